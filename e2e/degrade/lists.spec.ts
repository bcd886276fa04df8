import { expect, test } from '@playwright/test';
import { ShopPage } from './shop-page';

test('candidates that are no array', async ({ page }) => {
  const shop = new ShopPage(page);
  await shop.open();
  for (const items of [undefined, null, 'items', 3, { length: 2 }]) {
    const ranking = await shop.rerank({ slot: 'home', items } as never);
    expect(ranking.items).toEqual([]);
  }
  expect(await shop.codes()).toContain('invalid-input');
  expect(shop.exceptions).toEqual([]);
});

test('100,000 candidates: the first are ranked, the rest follow, and the page stays responsive', async ({ page }) => {
  const shop = new ShopPage(page);
  await shop.open();
  await shop.expectPersonal(await shop.candidates());
  const answer = await page.evaluate(async () => {
    const items = Array.from({ length: 100_000 }, (_, i) => ({ id: `n${i}`, title: `Thing number ${i}` }));
    const ranking = await window.homebody.rerank({ slot: 'home', items });
    const places = new Set(ranking.items.map((item) => item.originalPosition));
    return { length: ranking.items.length, places: places.size, last: ranking.items.at(-1)!.id, by: ranking.by };
  });
  expect(answer).toMatchObject({ length: 100_000, places: 100_000, last: 'n99999' });
  expect(await shop.codes()).toContain('too-many');
  expect(shop.exceptions).toEqual([]);
});

test('prototype keys, HTML and nonsense in candidates', async ({ page }) => {
  const shop = new ShopPage(page);
  await shop.open();
  await shop.expectPersonal(await shop.candidates());
  const answer = await page.evaluate(async () => {
    const items = [
      JSON.parse('{"id":"a","title":"A","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'),
      { id: '__proto__', title: 'Proto', category: ['__proto__', 'constructor'], brand: 'toString' },
      { id: 'constructor', title: 'hasOwnProperty' },
      { id: 'h', title: '<img src=x onerror="window.pwned = 1"><script>window.pwned = 1</' + 'script>' },
      { id: 'a', title: 'A again' },
      { title: 'no id' },
      { id: 'huge', title: 'x'.repeat(1_000_000), price: Number.NaN, vector: { q: 7 } },
      { id: 'f', title: 'F', extra: () => {}, node: document.body },
      null,
      'text',
    ];
    for (const id of ['__proto__', 'constructor', 'h']) {
      await window.homebody.observe({ event: 'view_item', items: [{ item_id: id, item_name: `<b>${id}</b>` }] });
    }
    const ranking = await window.homebody.rerank({ slot: 'home', items });
    const profile = await window.homebody.profile();
    return {
      ids: ranking.items.map((item) => item.id).sort(),
      same: ranking.items.every((item) => item.candidate === items[item.originalPosition]),
      why: ranking.dropped.map((item) => item.why).sort(),
      polluted: ({} as { polluted?: number }).polluted,
      pwned: (window as { pwned?: number }).pwned,
      by: ranking.by,
      met: profile.items.map((item) => item.id),
    };
  });
  expect(answer).toMatchObject({
    ids: ['__proto__', 'a', 'constructor', 'f', 'h', 'huge'],
    same: true,
    why: ['duplicate', 'invalid', 'invalid', 'invalid'],
    by: 'model',
  });
  expect([answer.polluted, answer.pwned]).toEqual([undefined, undefined]);
  expect(answer.met).toEqual(expect.arrayContaining(['__proto__', 'constructor', 'h']));
  expect(shop.exceptions).toEqual([]);
});
