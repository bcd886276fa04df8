import { readFile } from 'node:fs/promises';
import { expect, first, goHome, look, openDrawer, openShop, personal, productsOf, test } from './demo-session';

/** What the demo shop shows to a stranger, done by hand in a real browser. */

test('after three views in a department its share of the first ten rises', async ({ page }) => {
  const troubles = await openShop(page);
  await personal(page);
  const department = 'Cycling';
  const share = async () => (await first(page, 10)).filter((item) => item.department === department).length;
  const before = await share();
  const products = await productsOf(page, department);
  for (const { id } of products.slice(3, 6)) await look(page, department, id, 1);
  await goHome(page);
  expect(await share()).toBeGreaterThan(before);
  await expect(page.locator('.steps .done')).toHaveCount(2);
  expect(troubles).toEqual([]);
});

test('an item falls after it was bought', async ({ page }) => {
  const troubles = await openShop(page);
  await personal(page);
  const { id } = (await productsOf(page, 'Kitchen'))[0]!;
  await look(page, 'Kitchen', id, 1);
  await page.getByTestId('add-to-cart').click();
  await goHome(page);
  const before = (await first(page, 30)).findIndex((item) => item.id === id);
  expect(before).toBeGreaterThanOrEqual(0);

  await page.getByRole('link', { name: 'Cart, 1 thing' }).click();
  await page.getByRole('link', { name: 'To checkout' }).click();
  await page.getByTestId('pay').click();
  await expect(page.getByRole('heading', { name: 'Thank you' })).toBeVisible();
  await goHome(page);
  const after = (await first(page, 30)).findIndex((item) => item.id === id);
  expect(after === -1 || after > before, `from place ${before} to ${after}`).toBe(true);
  expect(troubles).toEqual([]);
});

test('nothing is stored before the visitor answers, and a no keeps the shop’s order', async ({ page }) => {
  const troubles = await openShop(page, '/', 'pending');
  const databases = () => page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
  await expect(page.getByTestId('consent-yes')).toBeVisible();
  const { id } = (await productsOf(page, 'Books'))[0]!;
  await look(page, 'Books', id);
  expect(await databases()).toEqual([]);
  await openDrawer(page);
  await expect(page.getByTestId('summary')).toContainText('not answered yet');
  await page.keyboard.press('Escape');
  expect(await databases()).toEqual([]);

  await page.getByTestId('consent-no').click();
  await page.locator('.brand').click();
  await expect(page.locator('.status').first()).toContainText('you said no');
  expect(await page.evaluate(() => window.homebody.observe({ event: 'view_item', items: [{ item_id: 'x' }] }))).toEqual(
    expect.objectContaining({ status: 'ignored' }),
  );
  expect(troubles).toEqual([]);
});

test('a yes keeps what was seen while the question was open', async ({ page }) => {
  const troubles = await openShop(page, '/', 'pending');
  const { id } = (await productsOf(page, 'Pets'))[0]!;
  await look(page, 'Pets', id);
  await page.getByTestId('consent-yes').click();
  await expect(page.getByTestId('consent-yes')).toBeHidden();
  await openDrawer(page, 'History');
  await expect(page.locator(`.log [data-item-id="${id}"]`)).toBeVisible();
  expect(troubles).toEqual([]);
});

test('the drawer forgets one event and one item', async ({ page }) => {
  const troubles = await openShop(page);
  await personal(page);
  const products = await productsOf(page, 'Shoes');
  for (const { id } of products.slice(0, 2)) await look(page, 'Shoes', id, 0.5);
  await goHome(page);
  await openDrawer(page, 'History');
  const total = () => page.evaluate(async () => (await window.homebody.profile()).events.total);
  const before = await total();
  await page.getByTestId('forget-event').first().click();
  await expect.poll(total).toBe(before - 1);

  const item = page.locator(`.log [data-item-id="${products[0]!.id}"]`);
  await item.getByTestId('forget-item').click();
  await expect(item).toHaveCount(0);
  const left = await page.evaluate(
    async (id) => JSON.stringify((await window.homebody.profile()).items).includes(id),
    products[0]!.id,
  );
  expect(left).toBe(false);
  expect(troubles).toEqual([]);
});

test('export, forget everything, import: the same again', async ({ page }) => {
  const troubles = await openShop(page);
  await personal(page);
  await openDrawer(page);
  await page.getByTestId('sample-home-cook').click();
  await expect(page.getByTestId('summary')).toContainText('Kitchen');
  // Its products come without vectors: their texts are embedded at idle, and then the state counts them in.
  const state = () => page.evaluate(async () => (await window.homebody.verify()).live);
  const waiting = () => page.evaluate(async () => (await window.homebody.diagnostics()).waiting);
  await expect.poll(waiting).toBe(0);
  const before = await state();

  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('export').click()]);
  const path = await download.path();
  expect(JSON.parse(await readFile(path, 'utf8'))).toBeTruthy();
  await page.getByTestId('forget-all').click();
  await expect.poll(() => page.evaluate(async () => (await window.homebody.profile()).events.total)).toBe(0);
  await expect(page.getByTestId('summary')).toContainText('Nothing');
  await page.getByTestId('import-file').setInputFiles(path);
  await expect(page.getByTestId('summary')).toContainText('Kitchen');
  await expect.poll(state).toBe(before);

  await page
    .getByTestId('import-file')
    .setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('{"not":"ours"}') });
  await expect(page.locator('.toast')).toContainText('no export of ours');
  expect(troubles).toEqual([]);
});

test('paused, nothing is added', async ({ page }) => {
  const troubles = await openShop(page);
  await personal(page);
  await openDrawer(page);
  await page.getByTestId('pause').click();
  await expect(page.getByTestId('resume')).toBeVisible();
  await page.keyboard.press('Escape');
  const total = () => page.evaluate(async () => (await window.homebody.profile()).events.total);
  const before = await total();
  const { id } = (await productsOf(page, 'Toys & Games'))[0]!;
  await look(page, 'Toys & Games', id);
  expect(await total()).toBe(before);
  await openDrawer(page);
  await page.getByTestId('resume').click();
  await expect(page.getByTestId('pause')).toBeVisible();
  expect(troubles).toEqual([]);
});

for (const [who, department] of [
  ['trail-runner', 'Running & Fitness'],
  ['home-cook', 'Kitchen'],
  ['new-parent', 'Baby'],
] as const) {
  test(`sample shopper: ${who}`, async ({ page }) => {
    const troubles = await openShop(page);
    await personal(page);
    const share = async () => (await first(page, 10)).filter((item) => item.department === department).length;
    const before = await share();
    await openDrawer(page);
    await page.getByTestId(`sample-${who}`).click();
    await expect(page.getByTestId('summary')).toContainText(department);
    await page.getByRole('tab', { name: 'Interests' }).click();
    await expect(page.getByTestId('plot').locator('canvas')).toBeVisible();
    await page.getByRole('tab', { name: 'Why this order' }).click();
    await expect(page.getByTestId('whys').locator('[data-term]').first()).toBeVisible();
    await page.keyboard.press('Escape');
    expect(await share()).toBeGreaterThan(before);
    expect(troubles).toEqual([]);
  });
}

test('the shop’s order and one’s own, side by side', async ({ page }) => {
  const troubles = await openShop(page);
  await personal(page);
  await openDrawer(page);
  await page.getByTestId('sample-trail-runner').click();
  await expect(page.getByTestId('summary')).toContainText('Running');
  await page.keyboard.press('Escape');
  const mine = (await first(page, 10)).map((item) => item.id);
  await page.getByRole('button', { name: 'Side by side' }).click();
  const column = (name: string) =>
    page
      .getByTestId(name)
      .locator('li')
      .evaluateAll((rows) => rows.slice(0, 10).map((row) => (row as HTMLElement).dataset.itemId));
  expect(await column('column-personal')).toEqual(mine);
  const server = await column('column-server');
  expect(server).not.toEqual(mine);
  await expect(page.getByTestId('column-personal').locator('.badge.up').first()).toBeVisible();
  await page.getByRole('button', { name: 'Shop’s order' }).click();
  await expect.poll(async () => (await first(page, 10)).map((item) => item.id)).toEqual(server);
  expect(troubles).toEqual([]);
});

test('a new visitor is asked again and starts with nothing', async ({ page }) => {
  const troubles = await openShop(page, '/', 'pending');
  await page.getByTestId('consent-yes').click();
  await personal(page);
  await openDrawer(page);
  await page.getByTestId('sample-new-parent').click();
  await expect(page.getByTestId('summary')).toContainText('Baby');
  await page.getByTestId('new-visitor').click();
  await expect(page.getByTestId('consent-yes')).toBeVisible();
  await page.getByTestId('consent-yes').click();
  await personal(page);
  expect(await page.evaluate(async () => (await window.homebody.profile()).events.byName.purchase)).toBeUndefined();
  expect(troubles).toEqual([]);
});
