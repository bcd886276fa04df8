import { type BrowserContext, expect, type Page, test } from '@playwright/test';
import { openShop, productsOf } from './demo-session';

/** The promise about the network: what a visitor does leaves no trace in what is asked of the server. */

const CLICKS = 100;

interface Asked {
  method: string;
  address: string;
  body: string | null;
}

/** Every request of a browser context, its workers' included. */
function record(context: BrowserContext): Asked[] {
  const asked: Asked[] = [];
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol === 'data:' || url.protocol === 'blob:') return;
    asked.push({ method: request.method(), address: url.origin + url.pathname + url.search, body: request.postData() });
  });
  return asked;
}

/** The same hundred clicks, whatever order the lists are in: departments, products, wishes, carts, and home again. */
async function session(page: Page): Promise<void> {
  const departments = ['Kitchen', 'Books', 'Cycling', 'Baby', 'Pets'];
  let clicks = 0;
  for (let round = 0; clicks < CLICKS; round++) {
    const department = departments[round % departments.length]!;
    const products = await productsOf(page, department);
    const { id } = products[(round * 7) % 20]!;
    await page.locator('.departments a', { hasText: department }).click();
    await page.getByTestId('grid-category').locator(`[data-item-id="${id}"] .card-link`).click();
    await page.getByTestId(round % 2 === 0 ? 'add-to-wishlist' : 'add-to-cart').click();
    await page.locator('.brand').click();
    await page.getByTestId('grid-home').locator('.card:not(.ghost)').first().waitFor();
    clicks += 4;
  }
  // Long enough for anything that was put off.
  await page.waitForTimeout(3_000);
}

test('a hundred clicks with and without Homebody ask the server for the same', async ({ browser }) => {
  test.setTimeout(300_000);
  const logs: Asked[][] = [];
  for (const path of ['/', '/?homebody=off']) {
    const context = await browser.newContext();
    const page = await context.newPage();
    const asked = record(context);
    const troubles = await openShop(page, path);
    await session(page);
    expect(troubles).toEqual([]);
    await context.close();
    logs.push(asked);
  }
  const [withUs, without] = logs as [Asked[], Asked[]];
  const origin = new URL(withUs[0]!.address).origin;
  const ours = ({ address }: Asked) =>
    address.startsWith(`${origin}/homebody/`) || address.startsWith(`${origin}/models/`);
  const shop = (log: Asked[]) =>
    log.filter((one) => !ours(one)).map((one) => `${one.method} ${one.address}`.replace('?homebody=off', ''));

  expect(shop(withUs).sort()).toEqual(shop(without).sort());
  expect(without.filter(ours)).toEqual([]);
  const files = withUs.filter(ours);
  expect(files.length).toBeGreaterThan(0);
  for (const { method, address } of files) {
    expect(method).toBe('GET');
    expect(address, 'one address for every shopper').not.toMatch(/[?#]/);
  }
  for (const log of logs) {
    expect(log.filter((one) => one.body !== null)).toEqual([]);
    expect(log.filter((one) => !one.address.startsWith(origin))).toEqual([]);
  }
});
