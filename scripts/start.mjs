// npm start: installs what is missing, builds when sources changed, serves the demo shop.
//   npm start -- [--port N] [--no-open]
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setup } from './setup.mjs';
import { isStale } from './stale.mjs';
import { run, StepFailed } from './steps.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const open = !process.argv.includes('--no-open');
const port = option('--port');

try {
  await setup();
  if (await isStale(root)) await run('node', ['scripts/build.mjs']);
} catch (error) {
  console.error(error instanceof StepFailed ? error.message : error);
  process.exit(error instanceof StepFailed ? error.status : 1);
}
const { startServer } = await import('./serve.mjs');
const server = await startServer({ root: 'dist/demo', quiet: true, ...(port === undefined ? {} : { port }) });
console.log(`\nHomebody's demo shop: ${server.url}\n`);
if (open) openBrowser(server.url);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.close().finally(() => process.exit(0)));

function option(/** @type {string} */ name) {
  const at = process.argv.findIndex((word) => word === name || word.startsWith(`${name}=`));
  if (at < 0) return undefined;
  const word = process.argv[at].slice(name.length + 1) || process.argv[at + 1];
  const value = Number(word);
  if (Number.isInteger(value) && value >= 0 && value < 65_536) return value;
  console.error(`${name} needs a port number, not ${word}.`);
  return process.exit(1);
}

/** Best effort: on a machine without a desktop nothing opens, and the address is on the screen. */
function openBrowser(/** @type {string} */ url) {
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', url]
        : ['xdg-open', url];
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
