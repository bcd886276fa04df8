import { expect, test } from '@playwright/test';
import { ShopPage } from './shop-page';

test('the worker script is not there', async ({ page }) => {
  const shop = new ShopPage(page);
  await shop.break('**/homebody/engine.js');
  await shop.open();
  const list = await shop.candidates();
  await shop.expectServerOrder(list);
  expect(await shop.codes()).toContain('worker-unavailable');
  expect((await shop.observe('x')).status).toBe('held');
  const refused = await page.evaluate(() => window.homebody.forget('all').catch((error) => error.code));
  expect(refused).toMatch(/^worker-/);
  await shop.expectServerOrder(list);
});

test('what the tag loads at idle is not there', async ({ page }) => {
  const shop = new ShopPage(page);
  await shop.break('**/homebody/client.js');
  await shop.open();
  await shop.expectServerOrder(await shop.candidates());
  expect(await page.evaluate(() => window.homebody.diagnostics().catch((error) => error.code))).toBe(
    'worker-unavailable',
  );
});

test('the worker dies in mid-session: the next one has every event', async ({ page }) => {
  const shop = new ShopPage(page);
  await shop.inWorker("new BroadcastChannel('die').onmessage = () => setTimeout(() => { throw new Error('boom'); });");
  await shop.open();
  const list = await shop.candidates();
  await shop.expectPersonal(list);
  await page.evaluate(() => new BroadcastChannel('die').postMessage('now'));
  await expect.poll(() => shop.codes()).toContain('worker-died');
  await shop.expectPersonal(list);
  const { live, replay, events } = await page.evaluate(() => window.homebody.verify());
  expect([events, live]).toEqual([2, replay]);
});

const model = '**/models/universal/';
for (const [what, address, how, code] of [
  ['is not there', `${model}model.json`, 'missing', 'model-unavailable'],
  ['lacks its weights', `${model}weights.safetensors`, 'missing', 'model-unavailable'],
  ['is truncated', `${model}weights.safetensors`, 'truncated', 'model-invalid'],
  ['has a wrong hash', `${model}weights.safetensors`, 'changed', 'model-invalid'],
  ['is no JSON', `${model}model.json`, 'truncated', 'model-invalid'],
] as const) {
  test(`the model folder ${what}`, async ({ page }) => {
    const shop = new ShopPage(page);
    await shop.break(address, async (route) => {
      if (how === 'missing') return route.fulfill({ status: 404 });
      const response = await route.fetch();
      const body = await response.body();
      if (how === 'changed') body[body.length - 1]! ^= 1;
      return route.fulfill({ response, body: how === 'truncated' ? body.subarray(0, body.length / 2) : body });
    });
    await shop.open();
    await shop.expectServerOrder(await shop.candidates());
    expect(await shop.codes()).toContain(code);
    // The log does not need a model.
    expect((await shop.observe('x')).status).toBe('stored');
  });
}

test('another model in the vectors: they are ignored, not mixed', async ({ page }) => {
  const shop = new ShopPage(page);
  await shop.open();
  const list = await shop.candidates();
  const items = list.items.map((item) => ({
    ...(item as object),
    vector: { model: 'another', q: btoa('\x01'.repeat(64)), qScale: 0.01 },
  }));
  await shop.expectPersonal({ ...list, items });
  expect(await shop.codes()).toContain('model-mismatch');
});
