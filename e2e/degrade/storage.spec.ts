import { expect, test } from '@playwright/test';
import { ShopPage } from './shop-page';

test('no IndexedDB: events live in memory, and say so', async ({ page }) => {
  const shop = new ShopPage(page);
  await shop.inWorker("Object.defineProperty(self, 'indexedDB', { value: undefined });");
  await shop.open();
  await shop.expectPersonal(await shop.candidates());
  expect((await shop.observe('x')).status).toBe('held');
  expect(await shop.codes()).toContain('storage-unavailable');
  expect((await shop.diagnostics()).storage).toBe('memory');
});

test('a database that cannot be written: held, not stored', async ({ page }) => {
  const shop = new ShopPage(page);
  await shop.inWorker(`
    for (const method of ['put', 'add']) {
      IDBObjectStore.prototype[method] = () => { throw new DOMException('disk full', 'QuotaExceededError'); };
    }`);
  await shop.open();
  await shop.expectPersonal(await shop.candidates());
  expect((await shop.observe('x')).status).toBe('held');
  expect(await shop.codes()).toContain('storage-write-failed');
});

test('an older tab keeps an older database open', async ({ page, context }) => {
  const old = await context.newPage();
  await old.route('**/old-tab', (route) => route.fulfill({ contentType: 'text/html', body: '<title>old</title>' }));
  await old.goto('/old-tab');
  await old.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const open = indexedDB.open('homebody-e2e', 1);
        // It never closes, whatever it is told.
        open.onsuccess = () => resolve(Object.assign(window, { kept: open.result }) && undefined);
        open.onerror = () => reject(open.error);
      }),
  );
  const shop = new ShopPage(page);
  await shop.open();
  await shop.expectPersonal(await shop.candidates());
  expect((await shop.observe('x')).status).toBe('held');
  expect(await shop.codes()).toContain('storage-blocked');
});

test('two tabs, the writing one killed: the other takes over and nothing is lost', async ({ page, context }) => {
  const first = new ShopPage(page);
  await first.open();
  const list = await first.candidates();
  await first.expectPersonal(list);
  const other = await context.newPage();
  const second = new ShopPage(other);
  await second.open();
  expect((await second.observe('from-the-second')).status).toBe('stored');
  expect((await first.diagnostics()).role).toBe('writer');
  expect((await second.diagnostics()).role).toBe('reader');
  await page.close();
  expect((await second.observe('after-the-kill')).status).toBe('stored');
  await expect.poll(async () => (await second.diagnostics()).role).toBe('writer');
  const { live, replay, events } = await other.evaluate(() => window.homebody.verify());
  expect(events).toBe(3);
  expect(live).toBe(replay);
  await second.expectPersonal(list);
});
