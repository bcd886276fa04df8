import { expect, test } from '@playwright/test';
import { ShopPage } from './degrade/shop-page';

/** The second model that is shipped: its texts are embedded by MiniLM, here on the device, for candidates without vectors. */
test('the larger model ranks by meaning where no word is shared', async ({ page }) => {
  const shop = new ShopPage(page);
  await shop.open({ model: '/models/universal-minilm', backend: 'cpu' });
  const items = [
    { id: 'hose', title: 'Garden hose connector, half inch' },
    { id: 'shawl', title: 'Knitted cashmere shawl' },
    { id: 'bulb', title: 'LED light bulb, warm white' },
    { id: 'drill', title: 'Cordless drill with two batteries' },
    { id: 'mittens', title: 'Fleece lined mittens' },
    { id: 'router', title: 'Wireless network router' },
  ];
  const list = { slot: 'home', items };
  await page.evaluate(() =>
    window.homebody.observe({
      event: 'purchase',
      items: [{ item_id: 'scarf', item_name: 'Warm winter scarf of wool' }],
    }),
  );
  await expect(async () => {
    const ranking = await shop.rerank(list);
    expect(ranking.by).toBe('model');
    const first = ranking.items.slice(0, 2).map(({ id }) => id);
    expect(first.sort()).toEqual(['mittens', 'shawl']);
  }).toPass({ timeout: 60_000 });
  const { embedder } = await shop.diagnostics();
  expect(embedder).toMatchObject({ id: 'all-MiniLM-L6-v2', loaded: true });
  expect(shop.exceptions).toEqual([]);
});
