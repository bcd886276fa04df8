// Builds everything into dist/: the script tag, the module, the engine with its chunks, types, command line and demo.
//   node scripts/build.mjs [--only tag,client,module,engine,types,cli,demo]
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { fingerprint } from './stale.mjs';
import { run } from './steps.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const asked = process.argv.indexOf('--only');
const only = asked > 0 ? new Set((process.argv[asked + 1] ?? '').split(',')) : undefined;
const wanted = (/** @type {string} */ part) => !only || only.has(part);

process.chdir(root);
process.env.NODE_ENV = 'production';
const started = performance.now();

if (!only) await rm('dist', { recursive: true, force: true });
await mkdir('dist', { recursive: true });

// A second process: the slowest part beside all others.
const declared = wanted('types') ? part('types', types) : undefined;
declared?.catch(() => {});
if (wanted('engine')) await part('wasm kernel', () => run('node', ['scripts/build-wasm.mjs']));
// Taken before anything is bundled: a file that changes during the build makes it stale again.
const sources = await fingerprint(root);
for (const mode of ['tag', 'client', 'module', 'engine']) {
  if (wanted(mode)) await part(mode, () => vite(mode));
}
if (wanted('cli')) await part('command line', () => run('node', ['scripts/build-cli.mjs']));
if (wanted('demo')) await part('demo', demo);
await declared;

if (!only) await writeFile('dist/.built', sources);
console.log(`built dist/ in ${seconds(started)} s`);

/** dist/homebody.d.ts: one file without imports of ours, so that it resolves under every `moduleResolution`. */
async function types() {
  await run('node', [
    ...['node_modules/dts-bundle-generator/dist/bin/dts-bundle-generator.js', '--silent', '--no-check'],
    ...['--export-referenced-types', 'false', '--project', 'tsconfig.types.json'],
    ...['-o', 'dist/homebody.d.ts', 'src/tag/module.ts'],
  ]);
}

/** dist/demo is a whole static site: the shop, our files as a shop would host them, and the models. */
async function demo() {
  await mkdir('dist/demo', { recursive: true });
  await run('node', ['scripts/catalogue.mjs', '--out', 'dist']);
  await run('node', ['scripts/vectors.mjs']);
  await vite('demo');
  for (const file of ['homebody.js', 'client.js', 'homebody.mjs', 'engine.js', 'chunks']) {
    await cp(`dist/${file}`, `dist/demo/homebody/${file}`, { recursive: true });
  }
}

async function vite(/** @type {string} */ mode) {
  if (mode === 'engine') await rm('dist/chunks', { recursive: true, force: true });
  const { build } = await import('vite');
  await build({ mode, logLevel: 'warn', configFile: 'vite.config.ts' });
}

async function part(/** @type {string} */ name, /** @type {() => Promise<unknown>} */ make) {
  const from = performance.now();
  await make();
  console.log(`  ${name} ${seconds(from)} s`);
}

function seconds(/** @type {number} */ from) {
  return ((performance.now() - from) / 1000).toFixed(1);
}
