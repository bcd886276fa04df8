import { expect, test } from '@playwright/test';
import { ShopPage } from './shop-page';

test('the GPU is lost in mid-session: the state is replayed elsewhere', async ({ page }) => {
  const shop = new ShopPage(page);
  await shop.inWorker(`
    const requestDevice = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (...a) {
      const device = await requestDevice.apply(this, a);
      new BroadcastChannel('lose-the-gpu').onmessage = () => device.destroy();
      return device;
    };`);
  await shop.open({ backend: 'webgpu' });
  const list = await shop.candidates();
  const before = await shop.expectPersonal(list);
  expect(before.backend).toBe('webgpu');
  await page.evaluate(() => new BroadcastChannel('lose-the-gpu').postMessage('now'));
  await expect.poll(() => shop.codes()).toContain('device-lost');
  const after = await shop.expectPersonal(list);
  expect(after.backend).not.toBe('webgpu');
  const { live, replay, events } = await page.evaluate(() => window.homebody.verify());
  expect(live).toBe(replay);
  // One event of each expectPersonal: the second is a view of the same item.
  expect(events).toBe(2);
});

test('wasm blocked by the CSP: plain TypeScript serves', async ({ page }) => {
  const shop = new ShopPage(page);
  await shop.inWorker('', { 'content-security-policy': "script-src 'self'" });
  await shop.open({ backend: 'wasm' });
  const ranking = await shop.expectPersonal(await shop.candidates());
  expect(ranking.backend).toBe('cpu');
  expect(await shop.codes()).toContain('backend-unavailable');
});
