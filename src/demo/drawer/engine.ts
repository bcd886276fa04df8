import type { Diagnostics } from '../../domain';
import { h } from '../shop/dom';
import type { DrawerContext } from './index';

const BACKENDS = { webgpu: 'WebGPU', wasm: 'WebAssembly', cpu: 'plain TypeScript' } as const;

/** Which backend ran, how long it took, and what went over the network: all of it measured. */
export async function engineTab({ shop }: DrawerContext): Promise<HTMLElement> {
  if (!shop.homebody) return h('p', {}, 'Homebody is off.');
  const diagnostics = await shop.homebody.diagnostics();
  const received = await fetch('/api/received')
    .then((answer) => answer.json() as Promise<{ requests: number; bodyBytes: number }>)
    .catch(() => undefined);
  const { total, elsewhere } = shop.network.requests();
  const list = shop.lists[0];
  const ran = list?.ranking?.backend ?? diagnostics.backend;

  return h(
    'div',
    {},
    section('On the network', [
      ['Sent by this page', `${shop.network.bodyBytes()} bytes`, 'bytes-sent'],
      [
        'Received by the shop’s server',
        received ? `${received.bodyBytes} bytes of ${received.requests} requests` : 'unknown',
      ],
      ['Requests of this page', `${total}, of which ${elsewhere} to other servers`],
    ]),
    h(
      'p',
      { class: 'drawer-part soft small' },
      'Counted in this page where bodies are sent, and by the server for everything, the engine’s worker included. ',
      'The browser itself forbids other servers (Content-Security-Policy).',
    ),
    section('Ranking', [
      ['Backend', ran ? BACKENDS[ran] : 'none yet', 'backend'],
      [
        'This list',
        list?.ranking ? `${list.total} products in ${list.ranking.took.toFixed(1)} ms` : 'not ordered here',
      ],
      ['Model', diagnostics.model?.id ?? 'not loaded'],
      ['Text embedder', embedder(diagnostics)],
      ['Graphics card', gpu(diagnostics)],
    ]),
    section('Milliseconds (median, longest)', timings(diagnostics)),
    section('Storage', [
      [
        'Kept in',
        { indexeddb: 'IndexedDB, in this browser', memory: 'memory only', none: 'nothing' }[diagnostics.storage],
      ],
      [
        'This tab',
        { writer: 'writes', reader: 'reads, another one writes', none: 'is not connected' }[diagnostics.role],
      ],
      ['Waiting for a vector', String(diagnostics.waiting)],
    ]),
    diagnostics.diagnostics.length > 0 &&
      section(
        'Messages',
        diagnostics.diagnostics.map((one) => [
          one.code,
          `${one.message}${one.count > 1 ? ` (${one.count} times)` : ''}`,
        ]),
      ),
  );
}

function section(title: string, rows: (readonly [name: string, value: string, testId?: string])[]): HTMLElement {
  return h(
    'section',
    { class: 'drawer-part' },
    h('h3', {}, title),
    h(
      'dl',
      { class: 'facts wide' },
      ...rows.flatMap(([name, value, testId]) => [h('dt', {}, name), h('dd', { 'data-testid': testId }, value)]),
    ),
  );
}

function embedder({ embedder: one }: Diagnostics): string {
  if (!one) return 'none';
  return one.loaded ? `${one.id}, ${one.embedded} texts embedded here` : `${one.id}, not needed so far`;
}

function gpu({ gpu: one }: Diagnostics): string {
  if (!one) return 'not used';
  const name = one.description || [one.vendor, one.architecture].filter(Boolean).join(' ') || 'unnamed';
  return `${name}, ${one.dispatches} dispatches`;
}

function timings({ timings: all, calibration }: Diagnostics): [string, string][] {
  const rows: [string, string][] = Object.entries(all).map(([name, { median, max, count }]) => [
    name,
    `${median.toFixed(1)}, ${max.toFixed(1)} (${count})`,
  ]);
  for (const [backend, step] of Object.entries(calibration ?? {})) {
    rows.push([`one step by ${BACKENDS[backend as keyof typeof BACKENDS]}`, step.toFixed(3)]);
  }
  return rows.length > 0 ? rows : [['Nothing measured yet', '']];
}
