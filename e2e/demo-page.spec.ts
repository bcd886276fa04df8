import { expect, first, goHome, look, openDrawer, openShop, personal, productsOf, test } from './demo-session';

/** The page itself: that it never gets worse through us. */

test('no layout shift in a session', async ({ page }) => {
  const troubles = await openShop(page);
  await personal(page);
  const products = await productsOf(page, 'Garden & Plants');
  for (const { id } of products.slice(0, 3)) await look(page, 'Garden & Plants', id, 0.5);
  await page.getByTestId('add-to-wishlist').click();
  await goHome(page);
  await openDrawer(page);
  await page.getByTestId('sample-trail-runner').click();
  await expect(page.getByTestId('summary')).toContainText('Running');
  for (const tab of ['history', 'interests', 'why', 'engine']) {
    await page.locator(`#drawer-tab-${tab}`).click();
    await page.waitForTimeout(400);
  }
  await page.keyboard.press('Escape');
  await page.waitForTimeout(600);
  const measured = await page.evaluate(() => window.measured);
  expect(measured.shifts, JSON.stringify(measured.shifts)).toEqual([]);
  expect(troubles).toEqual([]);
});

test('by keyboard alone', async ({ page }) => {
  const troubles = await openShop(page);
  await personal(page);
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused();
  await page.getByTestId('open-drawer').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'What this device knows' })).toBeVisible();
  await page.getByRole('tab', { name: 'In short' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('tab', { name: 'History' })).toBeFocused();
  await expect(page.getByRole('tab', { name: 'History' })).toHaveAttribute('aria-selected', 'true');
  for (let press = 0; press < 40; press++) await page.keyboard.press('Tab');
  expect(
    await page.evaluate(() => document.activeElement === document.body || !!document.activeElement?.closest('dialog')),
  ).toBe(true);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByTestId('open-drawer')).toBeFocused();

  const link = page.getByTestId('grid-home').locator('.card-link').first();
  await link.focus();
  const outline = await link.evaluate((element) => getComputedStyle(element).outlineStyle);
  expect(outline).not.toBe('none');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  expect(troubles).toEqual([]);
});

test('on a phone', async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  const page = await context.newPage();
  const troubles = await openShop(page);
  await personal(page);
  const wider = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(await wider()).toBe(0);
  await page.getByTestId('grid-home').locator('.card-link').first().tap();
  await expect(page.getByTestId('add-to-cart')).toBeVisible();
  expect(await wider()).toBe(0);
  await page.locator('.brand').tap();
  await personal(page);
  await page.getByTestId('open-drawer').tap();
  await expect(page.getByTestId('summary')).toBeVisible();
  await expect.poll(async () => (await page.getByTestId('drawer').boundingBox())?.x).toBe(0);
  const drawer = await page.getByTestId('drawer').boundingBox();
  expect(drawer?.width).toBe(360);
  await page.getByRole('button', { name: 'Close' }).tap();
  const small = await page
    .locator('main button:visible, header button:visible')
    .evaluateAll((buttons) =>
      buttons
        .filter((button) => button.getBoundingClientRect().height < 36)
        .map((button) => button.outerHTML.slice(0, 80)),
    );
  expect(small).toEqual([]);
  expect(troubles).toEqual([]);
  await context.close();
});

test('in the dark, text keeps its contrast', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  const troubles = await openShop(page);
  await personal(page);
  const ratio = (selector: string) =>
    page
      .locator(selector)
      .first()
      .evaluate((element) => {
        const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
        const luminance = (colour: string) => {
          canvas.fillStyle = colour;
          canvas.fillRect(0, 0, 1, 1);
          const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) => {
            const share = value / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
          }) as [number, number, number];
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        let ground: Element | null = element;
        const clear = 'rgba(0, 0, 0, 0)';
        while (ground && getComputedStyle(ground).backgroundColor === clear) ground = ground.parentElement;
        const a = luminance(getComputedStyle(element).color);
        const b = luminance(getComputedStyle(ground ?? document.documentElement).backgroundColor);
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      });
  for (const theme of ['dark', 'light']) {
    if (theme === 'light') await page.getByRole('button', { name: 'Dark mode' }).click();
    for (const selector of [
      '.card-title',
      '.card-brand',
      '.status',
      '.guide .button',
      '.steps p',
      '.why:not([hidden])',
    ]) {
      expect(await ratio(selector), `${selector}, ${theme}`).toBeGreaterThan(4.5);
    }
  }
  expect(troubles).toEqual([]);
});

test('without Homebody the shop is the same shop', async ({ page }) => {
  const requests: string[] = [];
  page.on('request', (request) => requests.push(new URL(request.url()).pathname));
  const troubles = await openShop(page, '/?homebody=off');
  await expect(page.getByTestId('grid-home').locator('.card:not(.ghost)').nth(29)).toBeVisible();
  const ids = (await first(page, 30)).map((item) => item.id);
  const answer = await page.request.get('/api/candidates?slot=home');
  const items = ((await answer.json()) as { items: { id: string }[] }).items;
  expect(ids).toEqual(items.slice(0, 30).map((item) => item.id));
  expect(requests.filter((path) => path.startsWith('/homebody') || path.startsWith('/models'))).toEqual([]);
  await expect(page.getByTestId('open-drawer')).toHaveCount(0);
  expect(troubles).toEqual([]);
});

for (const [backend, name] of [
  ['wasm', 'WebAssembly'],
  ['cpu', 'plain TypeScript'],
] as const) {
  test(`?backend=${backend} is what runs`, async ({ page }) => {
    const troubles = await openShop(page, `/?backend=${backend}`);
    await personal(page);
    await openDrawer(page, 'Engine');
    await expect(page.getByTestId('backend')).toHaveText(name);
    await expect(page.getByTestId('bytes-sent')).toHaveText('0 bytes');
    expect(troubles).toEqual([]);
  });
}
