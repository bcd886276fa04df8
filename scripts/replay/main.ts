/**
 * `HOMEBODY_DATA=<folder> npm run replay [-- --backends webgpu,wasm,cpu] [--customers N] [--model <folder>]`
 *
 * Replays a whole log through the public API in headless Chromium and compares every ranking with the Node evaluator's.
 * Needs `npm run build`.
 */
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { Presets, SingleBar } from 'cli-progress';
import mri from 'mri';
import { Agreement } from '../../e2e/replay/agreement';
import { closeReplay, openReplay, readDiagnostics, replayCustomer } from '../../e2e/replay/browser';
import { replayCases } from '../../e2e/replay/cases';
import type { Backend } from '../../src/domain';
import { chromiumArgs, systemChromium } from '../chromium.mjs';
import { startServer } from '../serve.mjs';

const BACKENDS = ['webgpu', 'wasm', 'cpu'] as const satisfies Backend[];

const args = mri<{ backends: string; customers?: string; model?: string }>(process.argv.slice(2), {
  string: ['backends', 'customers', 'model'],
  default: { backends: BACKENDS.join(',') },
});
const folder = process.env.HOMEBODY_DATA;
const backends = args.backends.split(',') as Backend[];
const limit = args.customers === undefined ? Number.POSITIVE_INFINITY : Number(args.customers);
if (!folder || !backends.every((one) => (BACKENDS as readonly string[]).includes(one)) || !(limit > 0)) {
  console.error(
    'Usage: HOMEBODY_DATA=<folder> npm run replay -- [--backends webgpu,wasm,cpu] [--customers N] [--model <folder>]',
  );
  process.exit(2);
}

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const cases = await replayCases(folder, args.model ?? at('public/models/universal'));
const users = cases.users.slice(0, limit);
const executablePath = systemChromium();
const server = await startServer({ root: at('dist/demo'), port: 4190 });
const browser = await chromium.launch({ args: chromiumArgs, ...(executablePath ? { executablePath } : {}) });
const bar = new SingleBar(
  { format: '{bar} {percentage}% | {value}/{total} customers | {eta_formatted} left', stream: process.stderr },
  Presets.shades_classic,
);
let isEqual = true;
try {
  const context = await browser.newContext({ timezoneId: 'UTC' });
  const pages = new Map<Backend, { page: Awaited<ReturnType<typeof context.newPage>>; agreement: Agreement }>();
  for (const backend of backends) {
    const page = await context.newPage();
    await openReplay(page, {
      origin: server.url,
      backend,
      candidates: cases.candidates,
      ...(args.model ? { modelFolder: args.model } : {}),
    });
    pages.set(backend, { page, agreement: new Agreement() });
  }
  bar.start(users.length, 0);
  for (const user of users) {
    const customer = await cases.customer(user);
    for (const { page, agreement } of pages.values()) agreement.add(customer, await replayCustomer(page, customer));
    bar.increment();
  }
  bar.stop();
  for (const [backend, { page, agreement }] of pages) {
    const { gpu, timings } = await readDiagnostics(page);
    await closeReplay(page);
    const { ndcg } = agreement;
    isEqual &&= agreement.differences.length === 0 && Math.abs(ndcg.browser - ndcg.node) < 1e-3;
    console.log(
      JSON.stringify({
        backend,
        customers: users.length,
        baskets: agreement.baskets,
        ndcg,
        differences: agreement.differences.length,
        first: agreement.differences[0],
        ties: agreement.ties,
        largest: agreement.largest,
        rerankMs: timings.rerank?.median,
        gpu,
      }),
    );
  }
} finally {
  bar.stop();
  await browser.close();
  await server.close();
}
process.exitCode = isEqual ? 0 : 1;
