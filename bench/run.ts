// npm run bench [-- lstm | engine | prepare … | training | match … | ablation …]: builds the bench's pages, opens them in headless Chromium, prints medians and
// ratios, and writes bench/results/{lstm,engine}.{json,svg}. `engine` measures what is built in dist/.
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SingleBar } from 'cli-progress';
import { chromium } from 'playwright';
import { build, preview } from 'vite';
import { chromiumArgs, systemChromium } from '../scripts/chromium.mjs';
import { engineFiles } from './engine/data';
import { plot } from './plot';
import type { Message, Report } from './protocol';
import { table } from './report';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '..');
const BUILT = ['homebody.mjs', 'engine.js', 'chunks'];

/** Builds both pages, lays the built package and its model beside them, and serves all for as long as `work` takes. */
async function served(work: (url: string) => Promise<void>): Promise<void> {
  const outDir = mkdtempSync(join(tmpdir(), 'homebody-bench-'));
  const common = { root: here, configFile: false, logLevel: 'error' } as const;
  try {
    const input = { lstm: join(here, 'lstm/index.html'), engine: join(here, 'engine/index.html') };
    await build({
      ...common,
      base: './',
      publicDir: false,
      worker: { format: 'es' },
      build: {
        outDir,
        emptyOutDir: true,
        target: 'es2022',
        chunkSizeWarningLimit: 20_000,
        assetsInlineLimit: 0,
        rolldownOptions: { input },
      },
    });
    for (const name of BUILT) {
      if (existsSync(join(root, 'dist', name))) {
        cpSync(join(root, 'dist', name), join(outDir, 'homebody', name), { recursive: true });
      }
    }
    for (const [path, bytes] of engineFiles(root)) {
      mkdirSync(dirname(join(outDir, path)), { recursive: true });
      writeFileSync(join(outDir, path), bytes);
    }
    const server = await preview({ ...common, build: { outDir }, preview: { port: 0, host: '127.0.0.1' } });
    try {
      const address = server.httpServer.address();
      if (!address || typeof address === 'string') throw new Error('the bench server has no port');
      await work(`http://127.0.0.1:${address.port}/`);
    } finally {
      await server.close();
    }
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
}

/** Runs a page in Chromium and resolves to its report and the browser's version. */
async function measure(url: string): Promise<{ report: Report; browser: string }> {
  const executablePath = systemChromium();
  const browser = await chromium.launch({ args: chromiumArgs, ...(executablePath ? { executablePath } : {}) });
  const bar = new SingleBar({ format: '{bar} {percentage}% {label}', hideCursor: true });
  try {
    const page = await browser.newPage();
    const report = new Promise<Report>((resolve, reject) => {
      page.on('pageerror', reject);
      void page.exposeFunction('benchMessage', (message: Message) => {
        if (message.type === 'done') resolve(message.report);
        else if (message.type === 'failed') reject(new Error(message.message));
        else {
          bar.setTotal(message.total);
          bar.update(message.done, { label: message.label });
        }
      });
    });
    report.catch(() => {});
    bar.start(1, 0, { label: 'starting' });
    await page.goto(url);
    return { report: await report, browser: `Chromium ${browser.version()}` };
  } finally {
    bar.stop();
    await browser.close();
  }
}

function publish(name: string, report: Report, browser: string): void {
  console.log(`\n${report.title}, ${browser}\n${table(report)}\n`);
  for (const [contender, why] of Object.entries(report.missing)) console.log(`left out: ${contender}: ${why}`);
  const results = join(here, 'results');
  mkdirSync(results, { recursive: true });
  const machine = { browser, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length };
  writeFileSync(join(results, `${name}.json`), `${JSON.stringify({ ...machine, ...report }, null, 2)}\n`);
  writeFileSync(join(results, `${name}.svg`), plot(report, `${report.title}, ${browser}`));
  console.log(`wrote bench/results/${name}.json and ${name}.svg`);
}

const wanted = process.argv.slice(2);
if (wanted[0] === 'prepare') {
  await import('./prepare');
  process.exit();
}
if (wanted[0] === 'training') {
  await import('./training');
  process.exit();
}
if (wanted[0] === 'match') {
  await import('./match');
  process.exit();
}
if (wanted[0] === 'ablation') {
  await import('./ablation');
  process.exit();
}
await served(async (url) => {
  for (const name of ['lstm', 'engine']) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    if (name === 'engine' && !existsSync(join(root, 'dist/engine.js'))) {
      console.log('left out: engine: nothing is built; run `npm run build` first');
      continue;
    }
    const { report, browser } = await measure(`${url}${name}/`);
    publish(name, report, browser);
  }
});
