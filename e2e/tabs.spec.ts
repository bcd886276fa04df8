import { expect, type Page, test } from '@playwright/test';
import { type Harness, startHarness } from './harness';

const PAGE = `<!doctype html><title>tab</title><script type="module">
  import { createRecommender } from '/homebody.mjs';
  window.homebody = createRecommender({
    model: '/models/tiny', embedder: false, consent: 'granted', retention: false, scope: 'tabs', backend: 'wasm',
  });
  window.stored = [];
  /** Observes one event after another until told to stop. */
  window.stream = async (tab) => {
    for (let n = 0; !window.halted; n += 1) {
      const item = { item_id: 'p' + (n % 20), item_name: 'Product ' + (n % 20) };
      const { status, eventId } = await homebody.observe({ event: 'view_item', id: tab + '-' + n, items: [item] });
      if (status === 'stored') window.stored.push(eventId);
      else window.refused = status;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
</script>`;

let harness: Harness;
test.beforeAll(async () => {
  harness = await startHarness({ pages: { '/': PAGE } });
});
test.afterAll(() => harness?.close());

interface Tab {
  homebody: {
    diagnostics(): Promise<{ role: string }>;
    verify(options: object): Promise<{ live: string; replay: string; ids: string[] }>;
    rerank(list: object): Promise<{ by: string }>;
  };
  stored: string[];
  refused?: string;
  halted?: boolean;
  stream(tab: string): Promise<void>;
}
declare const window: Tab;

const role = (page: Page) => page.evaluate(async () => (await window.homebody.diagnostics()).role);
const stored = (page: Page) => page.evaluate(() => window.stored);

test('the writing tab is killed while three tabs stream: another takes over, nothing acknowledged is lost', async ({
  context,
}) => {
  const pages = [];
  for (let n = 0; n < 3; n += 1) {
    const page = await context.newPage();
    await page.goto(`${harness.origin}/`);
    pages.push(page);
    expect(await role(page)).toBe(n === 0 ? 'writer' : 'reader');
  }
  const [writer, second, third] = pages as [Page, Page, Page];
  for (const [n, page] of pages.entries()) {
    await page.evaluate((tab) => {
      void window.stream(tab);
    }, `tab${n}`);
  }
  await expect.poll(async () => (await stored(third)).length).toBeGreaterThan(20);
  const before = await stored(writer);
  const reached = (await stored(third)).length;
  await writer.close({ runBeforeUnload: false });
  await expect.poll(async () => (await stored(third)).length).toBeGreaterThan(reached + 20);
  await Promise.all([second, third].map((page) => page.evaluate(() => (window.halted = true))));
  await expect.poll(() => role(second)).toBe('writer');
  expect(await role(third)).toBe('reader');
  const { live, replay, ids } = await third.evaluate(() => window.homebody.verify({ ids: true }));
  expect(live).toBe(replay);
  const there = new Set(ids);
  expect(there.size).toBe(ids.length);
  const all = [...before, ...(await stored(second)), ...(await stored(third))];
  expect(all.filter((id) => !there.has(id))).toEqual([]);
  expect(await third.evaluate(() => window.refused)).toBeUndefined();
  const list = { slot: 'home', items: [{ id: 'p1', title: 'Product 1' }] };
  expect(await third.evaluate((given) => window.homebody.rerank(given), list)).toMatchObject({ by: 'model' });
});
