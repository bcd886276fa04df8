// npm run bench: builds the bench page, opens it in headless Chromium, prints medians and ratios, and writes
// bench/results/lstm.json and lstm.svg.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SingleBar } from 'cli-progress';
import { chromium } from 'playwright';
import { build, preview } from 'vite';
import { chromiumArgs, systemChromium } from '../scripts/chromium.mjs';
import { REFERENCE_NAME } from './names';
import { milliseconds, plot } from './plot';
import type { Message, Report } from './protocol';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Builds and serves the page for as long as `work` takes. */
async function served<T>(work: (url: string) => Promise<T>): Promise<T> {
  const outDir = mkdtempSync(join(tmpdir(), 'homebody-bench-'));
  try {
    await build({
      root: here,
      configFile: false,
      logLevel: 'error',
      base: './',
      publicDir: false,
      worker: { format: 'es' },
      build: { outDir, emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 20_000, assetsInlineLimit: 0 },
    });
    const server = await preview({
      root: here,
      configFile: false,
      logLevel: 'error',
      build: { outDir },
      preview: { port: 0, host: '127.0.0.1' },
    });
    try {
      const address = server.httpServer.address();
      if (!address || typeof address === 'string') throw new Error('the bench server has no port');
      return await work(`http://127.0.0.1:${address.port}/`);
    } finally {
      await server.close();
    }
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
}

/** Runs the page in Chromium and resolves to its report and the browser's version. */
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
        else bar.update(message.done, { label: message.label });
      });
    });
    report.catch(() => {});
    bar.start(100, 0, { label: 'starting' });
    await page.goto(url);
    return { report: await report, browser: `Chromium ${browser.version()}` };
  } finally {
    bar.stop();
    await browser.close();
  }
}

/** A table of medians, and each as a multiple of onnxruntime-web's at the same length. */
function table(report: Report): string {
  const lengths = [...new Set(report.rows.map((row) => row.steps))];
  const names = [...new Set(report.rows.map((row) => row.name))];
  const cell = (name: string, steps: number): string => {
    const row = report.rows.find((one) => one.name === name && one.steps === steps);
    const base = report.rows.find((one) => one.name === REFERENCE_NAME && one.steps === steps);
    if (!row) return '';
    return `${milliseconds(row.median)}${base ? ` (${(row.median / base.median).toFixed(2)}x)` : ''}`;
  };
  const rows = [
    ['median (ratio to onnxruntime-web)', ...lengths.map((steps) => `${steps} steps`)],
    ...names.map((name) => [name, ...lengths.map((steps) => cell(name, steps))]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((text, column) => text.padEnd(widths[column]!)).join('  ')).join('\n');
}

const { report, browser } = await served(measure);
console.log(`\n${table(report)}\n`);
for (const [name, why] of Object.entries(report.missing)) console.log(`left out: ${name}: ${why}`);
const results = join(here, 'results');
mkdirSync(results, { recursive: true });
const machine = { browser, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length };
writeFileSync(join(results, 'lstm.json'), `${JSON.stringify({ ...machine, ...report }, null, 2)}\n`);
const sizes = `input ${report.inputSize}, hidden ${report.hiddenSize}`;
writeFileSync(join(results, 'lstm.svg'), plot(report, `One LSTM (${sizes}), ${browser}, median time of a run`));
console.log('wrote bench/results/lstm.json and lstm.svg');
