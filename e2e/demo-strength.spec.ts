import type { EventInput } from '../src/domain';
import { expect, openShop, personal, productsOf, test } from './demo-session';

/** What counts for more, told by the model that the shop ships: asked through the public API on the demo's own lists. */

const DEPARTMENTS = ['Kitchen', 'Cycling', 'Books', 'Beauty & Care'];
const GLANCE = { event: 'view_item', dwell: 2 } as const;

for (const [name, more] of [
  ['a long look', { event: 'view_item', dwell: 60 }],
  ['a wish', { event: 'add_to_wishlist' }],
  ['the cart', { event: 'add_to_cart' }],
] as const) {
  test(`${name} counts for more than a glance`, async ({ page }) => {
    await openShop(page);
    await personal(page);
    let raised = 0;
    for (const department of DEPARTMENTS) {
      const item = (await productsOf(page, department))[12]!;
      const place = (event: Pick<EventInput, 'event' | 'dwell'>) =>
        page.evaluate(
          async ([id, department, event]) => {
            const list = await (await fetch('/api/candidates?slot=all')).json();
            const found = list.items.find((one: { id: string }) => one.id === id);
            await window.homebody.forget('all');
            const [item_category, item_category2] = found.category;
            const items = [
              { item_id: id, item_name: found.title, item_brand: found.brand, item_category, item_category2 },
            ];
            await window.homebody.observe({ ...event, items });
            const ranking = await window.homebody.rerank(list);
            if (ranking.by !== 'model') throw new Error('the model did not rank');
            const places = ranking.items
              .filter((one) => (one.candidate as { category: string[] }).category[0] === department)
              .map((one) => one.position);
            return places.reduce((sum, one) => sum + one, 0) / places.length;
          },
          [item.id, department, event] as const,
        );
      const glance = await place(GLANCE);
      const stronger = await place(more);
      if (stronger < glance) raised++;
      test.info().annotations.push({
        type: department,
        description: `mean place ${glance.toFixed(1)} → ${stronger.toFixed(1)}`,
      });
    }
    expect(raised, `departments raised, of ${DEPARTMENTS.length}`).toBe(DEPARTMENTS.length);
  });
}
