import { expect, test } from '@playwright/test';
import { chromiumArgs, launchOptions } from '../../scripts/chromium.mjs';
import { ShopPage } from './shop-page';

const args = [...chromiumArgs.filter((flag) => !flag.includes('webgpu')), '--disable-gpu'];

test.use({ launchOptions: launchOptions(args) });

test('no WebGPU although it was asked for: another backend serves', async ({ page }) => {
  const shop = new ShopPage(page);
  await shop.open({ backend: 'webgpu' });
  const ranking = await shop.expectPersonal(await shop.candidates());
  expect(ranking.backend).toBe('wasm');
  expect(await shop.codes()).toContain('backend-unavailable');
});
