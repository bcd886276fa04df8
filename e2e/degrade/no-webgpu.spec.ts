import { expect, test } from '@playwright/test';
import { chromiumArgs, systemChromium } from '../../scripts/chromium.mjs';
import { ShopPage } from './shop-page';

const executablePath = systemChromium();

test.use({
  launchOptions: {
    args: [...chromiumArgs.filter((flag) => !flag.includes('webgpu')), '--disable-gpu'],
    ...(executablePath ? { executablePath } : {}),
  },
});

test('no WebGPU although it was asked for: another backend serves', async ({ page }) => {
  const shop = new ShopPage(page);
  await shop.open({ backend: 'webgpu' });
  const ranking = await shop.expectPersonal(await shop.candidates());
  expect(ranking.backend).toBe('wasm');
  expect(await shop.codes()).toContain('backend-unavailable');
});
