import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';
import type { Backend } from '../../src/domain';
import { Agreement } from './agreement';
import { closeReplay, openReplay, readDiagnostics, replayCustomer } from './browser';
import { type CustomerCase, type ReplayCases, replayCases } from './cases';

const CUSTOMERS = 50;
const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

let cases: ReplayCases;
const customers: CustomerCase[] = [];

test.use({ timezoneId: 'UTC' });
test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  cases = await replayCases(at('test/fixtures/online-retail'), at('public/models/universal'));
  for (const user of cases.users) customers.push(await cases.customer(user));
});

test('the sample is 50 real customers, and the model ranks better than chance for them', () => {
  expect(customers.length).toBe(CUSTOMERS);
  expect(cases.candidates.length).toBe(3676);
  expect(customers.every((customer) => customer.baskets.length > 1)).toBe(true);
});

for (const backend of ['cpu', 'wasm', 'webgpu'] as const satisfies Backend[]) {
  test(`${backend}: 50 real histories replayed through the public API rank as in Node`, async ({ page, baseURL }) => {
    test.setTimeout(240_000);
    await openReplay(page, { origin: baseURL!, backend, candidates: cases.candidates });
    const agreement = new Agreement();
    for (const customer of customers) {
      const answers = await replayCustomer(page, customer);
      for (const answer of answers) expect(answer).toMatchObject({ by: 'model', backend });
      agreement.add(customer, answers);
    }
    const { gpu, diagnostics, timings } = await readDiagnostics(page);
    await closeReplay(page);
    console.log(
      `${backend}: ${agreement.baskets} baskets, NDCG@10 ${agreement.ndcg.browser.toFixed(4)} (Node ` +
        `${agreement.ndcg.node.toFixed(4)}), ${agreement.ties} places within ties, largest difference of a score ` +
        `${agreement.largest.toExponential(1)} of the range, rerank of ${cases.candidates.length} median ` +
        `${timings.rerank?.median.toFixed(0)} ms${gpu ? `, ${gpu.dispatches} dispatches on ${gpu.description || gpu.vendor}` : ''}`,
    );
    expect(diagnostics).toEqual([]);
    expect(agreement.differences).toEqual([]);
    expect(agreement.ndcg.node).toBeGreaterThan(0.2);
    expect(Math.abs(agreement.ndcg.browser - agreement.ndcg.node)).toBeLessThan(1e-3);
    expect(Math.abs(agreement.ndcg.browserNew - agreement.ndcg.nodeNew)).toBeLessThan(1e-3);
    if (backend === 'webgpu') {
      expect(`${gpu?.vendor}${gpu?.architecture}${gpu?.description}`).not.toBe('');
      // At least one dispatch for every basket's new events.
      expect(gpu?.dispatches).toBeGreaterThanOrEqual(agreement.baskets);
    } else expect(gpu?.dispatches ?? 0).toBe(0);
  });
}
