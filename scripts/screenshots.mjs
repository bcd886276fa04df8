// Takes the pictures of the demo shop for the documentation: `npm run screenshots` after `npm run build`.
// Writes docs/screenshots/*.png. The order of the lists on them is the shipped model's, nothing is arranged.
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { chromiumArgs, systemChromium } from './chromium.mjs';
import { startServer } from './serve.mjs';

const root = resolve(fileURLToPath(new URL('..', import.meta.url)));
const argument = (name, otherwise) => {
  const at = process.argv.indexOf(name);
  return at > 0 ? resolve(process.argv[at + 1]) : join(root, otherwise);
};
const out = argument('--out', 'docs/screenshots');
const site = argument('--root', 'dist/demo');
const DESKTOP = { width: 1280, height: 860 };

await mkdir(out, { recursive: true });
const server = await startServer({ root: site, port: 4890 });
const browser = await chromium.launch({ executablePath: systemChromium(), args: chromiumArgs });
try {
  await desktop();
  await dark();
  await phone();
} finally {
  await browser.close();
  await server.close();
}

async function desktop() {
  const page = await open({ viewport: DESKTOP });
  await save(page, 'first-visit');
  await become(page, 'home-cook');
  await page.keyboard.press('Escape');
  await page.mouse.move(0, 0);
  await save(page, 'desktop');
  await page.getByRole('button', { name: 'Side by side' }).click();
  await page.locator('.order-bar').first().scrollIntoViewIfNeeded();
  await page.evaluate(() => document.querySelector('.order-bar').scrollIntoView());
  await save(page, 'side-by-side');
  await page.getByRole('button', { name: 'Your order' }).click();
  await page.evaluate(() => scrollTo(0, 0));
  await page.getByTestId('open-drawer').click();
  for (const tab of ['History', 'Interests', 'Why this order', 'Engine']) {
    await page.getByRole('tab', { name: tab }).click();
    await save(page, `drawer-${tab.toLowerCase().replaceAll(' ', '-')}`);
  }
  await page.keyboard.press('Escape');
  await page.getByTestId('grid-home').locator('.card-link').first().click();
  await save(page, 'product');
  await page.context().close();
}

async function dark() {
  const page = await open({ viewport: DESKTOP, colorScheme: 'dark' });
  await become(page, 'trail-runner');
  await page.keyboard.press('Escape');
  await page.mouse.move(0, 0);
  await save(page, 'dark');
  await page.context().close();
}

async function phone() {
  const page = await open({
    viewport: { width: 390, height: 844 },
    isMobile: true,
    hasTouch: true,
    deviceScaleFactor: 2,
  });
  await become(page, 'new-parent');
  await save(page, 'phone-drawer');
  await page.getByRole('button', { name: 'Close' }).click();
  await page.evaluate(() => document.querySelector('.order-bar').scrollIntoView());
  await save(page, 'phone');
  await page.context().close();
}

async function open(options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.addInitScript(() => localStorage.setItem('shop.consent', 'granted'));
  await page.goto(server.url);
  await page.locator('body[data-order="personal"]').waitFor({ timeout: 60_000 });
  return page;
}

/** Takes on a sample shopper's history, and leaves the drawer open. */
async function become(page, name) {
  await page.getByTestId('open-drawer').click();
  await page.getByTestId(`sample-${name}`).click();
  await page.locator('.toast:popover-open').waitFor();
  await page.locator('.toast:popover-open').waitFor({ state: 'hidden' });
}

async function save(page, name) {
  // Until pictures near the screen are drawn and nothing glides any more.
  await page.waitForTimeout(1200);
  await page.screenshot({ path: join(out, `${name}.png`), animations: 'disabled' });
  console.log(`docs/screenshots/${name}.png`);
}
