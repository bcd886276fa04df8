// What each embedder costs on this machine, in Chromium, in a module worker, as built for production:
//   node bench/embedders.mjs [--out FILE.json]
// Prints a Markdown table: bytes over the wire (gzip), load time from this machine's own server, ms per title.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { cpus, tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { chromium } from '@playwright/test';
import { build } from 'vite';
import { chromiumArgs, systemChromium } from '../scripts/chromium.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const rows = [
  { name: 'lite, plain TypeScript', folder: 'potion-base-2M', backend: 'wasm', titles: 1000 },
  {
    name: 'lite, transformers.js on wasm',
    folder: 'potion-base-2M',
    kind: 'transformer',
    backend: 'wasm',
    titles: 200,
  },
  { name: 'MiniLM int8, wasm', folder: 'all-MiniLM-L6-v2', backend: 'wasm', titles: 50 },
  { name: 'MiniLM int8, WebGPU', folder: 'all-MiniLM-L6-v2', backend: 'webgpu', titles: 8 },
];

const titles = gunzipSync(await readFile(join(root, 'test/fixtures/online-retail/items.csv.gz')))
  .toString('utf8')
  .split('\n')
  .slice(1)
  .map((line) => line.split(',')[1]?.replaceAll('"', '') ?? '')
  .filter((title) => title !== '');

const site = await mkdtemp(join(tmpdir(), 'homebody-bench-'));
await build({
  configFile: false,
  root,
  publicDir: false,
  logLevel: 'error',
  build: {
    outDir: site,
    assetsInlineLimit: 0,
    modulePreload: false,
    chunkSizeWarningLimit: 100_000,
    rolldownOptions: {
      input: { worker: join(root, 'bench/embedders-worker.ts') },
      output: { format: 'es', entryFileNames: '[name].js' },
    },
  },
});

const TYPES = { '.js': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm' };
/** As strict as a shop can be: nothing from or to elsewhere, no eval. A worker obeys the policy of its own script. */
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";
/** Bytes sent since a row began, by address. */
const sent = new Map();
const zipped = new Map();
const server = createServer(async (request, response) => {
  response.setHeader('content-security-policy', POLICY);
  const path = new URL(request.url ?? '/', 'http://x').pathname;
  if (path === '/') return response.setHeader('content-type', 'text/html').end('<!doctype html><title>bench</title>');
  const file = join(path.startsWith('/models/') ? join(root, 'public') : site, path);
  const body =
    zipped.get(file) ??
    (await readFile(file).then(
      (bytes) => gzipSync(bytes),
      () => undefined,
    ));
  if (!body) return response.writeHead(404).end();
  zipped.set(file, body);
  sent.set(path, body.length);
  response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream');
  response.setHeader('content-encoding', 'gzip').end(body);
});
await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
const origin = `http://127.0.0.1:${server.address().port}`;

const executablePath = systemChromium();
const browser = await chromium.launch({ args: chromiumArgs, ...(executablePath ? { executablePath } : {}) });
const results = [];
const foreign = [];
try {
  for (const { name, folder, titles: count, ...options } of rows) {
    let answer;
    // Twice: the first visit fills the server's table of compressed files, the second is measured.
    for (let visit = 0; visit < 2; visit++) {
      const context = await browser.newContext();
      const page = await context.newPage();
      page.on('request', (request) => {
        if (!request.url().startsWith(origin)) foreign.push(request.url());
      });
      await page.goto(origin);
      sent.clear();
      answer = await page.evaluate(
        (task) =>
          new Promise((resolve, reject) => {
            const worker = new Worker('/worker.js', { type: 'module' });
            worker.onmessage = ({ data }) => resolve(data);
            worker.onerror = (event) => reject(new Error(event.message));
            worker.postMessage(task);
          }),
        { ...options, url: `${origin}/models/${folder}`, titles: titles.slice(0, visit === 0 ? 2 : count) },
      );
      await context.close();
    }
    const bytes = (/** @type {(path: string) => boolean} */ wanted) =>
      [...sent].reduce((sum, [path, size]) => sum + (wanted(path) ? size : 0), 0);
    const isModel = (path) => path.startsWith('/models/');
    results.push({
      name,
      ...answer,
      codeBytes: bytes((path) => path.endsWith('.js') && path !== '/worker.js'),
      wasmBytes: bytes((path) => path.endsWith('.wasm')),
      modelBytes: bytes(isModel),
    });
  }
} finally {
  await browser.close();
  server.close();
  await rm(site, { recursive: true, force: true });
}

if (foreign.length > 0) throw new Error(`Asked another origin: ${foreign.join(' ')}`);

const kb = (bytes) => (bytes / 1000).toFixed(0);
const ms = (value) => (value < 10 ? value.toFixed(2) : value.toFixed(0));
console.log(
  '| embedder | code KB | wasm KB | model KB | load ms | first title ms | ms a title alone | ms a title in one call |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
for (const row of results) {
  const cells = [kb(row.codeBytes), kb(row.wasmBytes), kb(row.modelBytes)];
  cells.push(...[row.load, row.first, row.alone, row.together].map(ms));
  console.log(`| ${row.name} (${row.runtime}) | ${cells.join(' | ')} |`);
}
console.log(`\n${cpus()[0]?.model}, ${cpus().length} cores; bytes are gzip.`);
const at = process.argv.indexOf('--out');
if (at > 0) await writeFile(process.argv[at + 1], `${JSON.stringify(results, null, 2)}\n`);
