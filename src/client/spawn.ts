/**
 * Starts the engine's module worker. A worker must come from the page's own origin; when the shop hosts our files
 * elsewhere, a one-line blob imports them (that host must send CORS headers, and a CSP needs `worker-src blob:`).
 */
export function spawnWorker(url: string): Worker {
  if (new URL(url).origin === location.origin) return new Worker(url, { type: 'module', name: 'homebody' });
  const blob = URL.createObjectURL(new Blob([`import ${JSON.stringify(url)};`], { type: 'text/javascript' }));
  try {
    return new Worker(blob, { type: 'module', name: 'homebody' });
  } finally {
    // The fetch of the worker's script has its own reference by now in every engine but old Safari, which needs the delay.
    setTimeout(() => URL.revokeObjectURL(blob), 10_000);
  }
}
