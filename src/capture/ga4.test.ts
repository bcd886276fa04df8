import { expect, test } from 'vitest';
import { Ga4Reader } from './ga4';

const item = { item_id: 'SKU1', item_name: 'Boots', price: 40 };

/** What gtag() pushes: its arguments. */
function gtagArguments(..._: unknown[]): IArguments {
  // biome-ignore lint/complexity/noArguments: gtag() pushes this very object.
  return arguments;
}

test("gtag()'s arguments", () => {
  const reader = new Ga4Reader();
  expect(reader.read(gtagArguments('event', 'add_to_cart', { currency: 'EUR', items: [item] }))).toEqual({
    event: 'add_to_cart',
    items: [item],
  });
  expect(reader.read(gtagArguments('js', new Date()))).toBeUndefined();
  expect(reader.read(gtagArguments('config', 'G-1'))).toBeUndefined();
  expect(reader.read(gtagArguments('event', 'page_view', {}))).toBeUndefined();
  expect(reader.read(gtagArguments('event', 'search', { search_term: 'boots' }))).toEqual({
    event: 'search',
    search_term: 'boots',
  });
});

test("Tag Manager's objects, with ecommerce in the push or before it", () => {
  const reader = new Ga4Reader();
  expect(reader.read({ event: 'view_item', ecommerce: { items: [item] } })).toEqual({
    event: 'view_item',
    items: [item],
  });
  expect(reader.read({ ecommerce: null })).toBeUndefined();
  expect(reader.read({ event: 'view_item' })).toBeUndefined();
  expect(reader.read({ ecommerce: { items: [item] } })).toBeUndefined();
  expect(reader.read({ event: 'select_item' })).toEqual({ event: 'select_item', items: [item] });
  expect(reader.read({ event: 'gtm.js', 'gtm.start': 1 })).toBeUndefined();
});

test('a purchase that a reloaded thank-you page pushes again has the same id', () => {
  const reader = new Ga4Reader();
  const push = { event: 'purchase', ecommerce: { transaction_id: 'T-7', items: [item] } };
  expect(reader.read(push)!.id).toBe('purchase:T-7');
  expect(reader.read(structuredClone(push))!.id).toBe('purchase:T-7');
});

test('nonsense is nobody', () => {
  const reader = new Ga4Reader();
  for (const junk of [null, undefined, 1, 'event', () => {}, [], [1, 2], { event: 'view_item', ecommerce: 'x' }]) {
    expect(reader.read(junk)).toBeUndefined();
  }
  expect(reader.read({ event: 'view_item', ecommerce: { items: 'no' } })).toBeUndefined();
  expect(reader.read({ event: 'view_item', ecommerce: { items: [null, 3, item] } })!.items).toEqual([item]);
});
