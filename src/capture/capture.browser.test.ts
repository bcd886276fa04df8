import { afterEach, expect, test, vi } from 'vitest';
import type { EventInput } from '../domain';
import { startCapture } from './capture';
import { productFacts } from './json-ld';

let stop = () => {};
afterEach(() => {
  stop();
  document.body.innerHTML = '';
});

function capture(sources: string[], options: { dwell?: number; clock?: () => number; dataLayer?: unknown[] } = {}) {
  const seen: EventInput[] = [];
  const observe = async (event: EventInput) => {
    seen.push(event);
    return { status: 'stored' as const, eventId: '' };
  };
  const running = startCapture({ observe }, { sources: new Set(sources), dwell: 0, now: () => 1_000, ...options });
  stop = () => running.stop();
  return { seen, flush: () => running.flush() };
}

const view = (id: string) => ({ event: 'view_item', ecommerce: { items: [{ item_id: id }] } });

test("the host's dataLayer: history, its own push, its result, and what it throws", () => {
  const pushed: unknown[] = [];
  const layer: unknown[] = [view('old')];
  layer.push = (...entries: unknown[]) => {
    pushed.push(...entries);
    if ((entries[0] as { fail?: boolean }).fail) throw new Error('the host');
    return 42;
  };
  const { seen } = capture(['datalayer'], { dataLayer: layer });
  expect(layer.push(view('a'), view('b'))).toBe(42);
  expect(() => layer.push({ fail: true })).toThrow('the host');
  expect(pushed).toHaveLength(3);
  expect(seen.map((event) => event.items![0]!.item_id)).toEqual(['old', 'a', 'b']);
  expect(seen[0]!.timestamp).toBe(1_000);
  stop();
  layer.push(view('after'));
  expect(seen).toHaveLength(3);
});

test('Tag Manager wraps our push: after stop() ours stays in the chain, silent', () => {
  const layer: unknown[] = [];
  const { seen } = capture(['datalayer'], { dataLayer: layer });
  const ours = layer.push;
  layer.push = (...entries: unknown[]) => ours.apply(layer, entries);
  layer.push(view('a'));
  stop();
  layer.push(view('b'));
  expect(layer).toHaveLength(2);
  expect(seen).toHaveLength(1);
});

test('an observe that throws does not reach the host', () => {
  const layer: unknown[] = [];
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const failing = {
    observe() {
      throw new Error('ours');
    },
  };
  const running = startCapture(failing, { sources: new Set(['datalayer']), dwell: 0, dataLayer: layer });
  expect(() => layer.push(view('a'))).not.toThrow();
  expect(warn).toHaveBeenCalledOnce();
  running.stop();
  warn.mockRestore();
});

test('a view is logged once, with its dwell, before whatever follows it', () => {
  let clock = 0;
  const layer: unknown[] = [];
  const { seen, flush } = capture(['datalayer'], { dataLayer: layer, dwell: 30, clock: () => clock });
  layer.push(view('a'));
  expect(seen).toHaveLength(0);
  clock = 12_340;
  layer.push({ event: 'add_to_cart', ecommerce: { items: [{ item_id: 'a' }] } });
  expect(seen.map((event) => [event.event, event.dwell, event.timestamp])).toEqual([
    ['view_item', 12.3, 1_000],
    ['add_to_cart', undefined, 1_000],
  ]);
  layer.push(view('b'));
  clock = 14_340;
  flush();
  flush();
  expect(seen).toHaveLength(3);
  expect(seen[2]).toMatchObject({ event: 'view_item', dwell: 2 });
  layer.push(view('c'));
  clock = 99_000;
  window.dispatchEvent(new PageTransitionEvent('pagehide'));
  expect(seen[3]!.dwell).toBe(30);
  layer.push(view('d'));
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
  document.dispatchEvent(new Event('visibilitychange'));
  expect(seen).toHaveLength(5);
  // Nobody looks at a hidden page.
  layer.push(view('e'));
  expect(seen[5]).toMatchObject({ items: [{ item_id: 'e' }] });
  expect(seen[5]!.dwell).toBeUndefined();
  vi.restoreAllMocks();
});

test('JSON-LD: products in arrays and graphs, paths of categories, broken scripts', () => {
  document.body.innerHTML = `
    <script type="application/ld+json">{ broken</script>
    <script type="application/ld+json">{"@context":"https://schema.org","@graph":[
      {"@type":"BreadcrumbList"},
      {"@type":["Product","Thing"],"sku":"S1","name":"Boots","brand":{"@type":"Brand","name":"Alp"},
       "category":"Shoes > Boots","offers":[{"price":"39.90","priceCurrency":"EUR"}]}]}</script>
    <script type="application/ld+json">[{"@type":"Product","productID":7,"name":"Socks","brand":"Wool","offers":{"lowPrice":3}}]</script>
    <script type="application/ld+json">{"@type":"Product","name":"nameless"}</script>`;
  expect([...productFacts(document).values()]).toEqual([
    {
      item_id: 'S1',
      item_name: 'Boots',
      item_brand: 'Alp',
      item_category: 'Shoes',
      item_category2: 'Boots',
      price: 39.9,
      currency: 'EUR',
    },
    { item_id: '7', item_name: 'Socks', item_brand: 'Wool', price: 3 },
  ]);
});

test('JSON-LD fills in what the event does not say, and is a view on its own page', () => {
  document.body.innerHTML = `<script type="application/ld+json">{"@type":"Product","sku":"S1","name":"Boots","category":"Shoes"}</script>`;
  const layer: unknown[] = [{ event: 'view_item', ecommerce: { items: [{ item_id: 'S1', item_name: 'Own' }] } }];
  expect(capture(['datalayer', 'jsonld'], { dataLayer: layer }).seen[0]!.items).toEqual([
    { item_id: 'S1', item_name: 'Own', item_category: 'Shoes' },
  ]);
  stop();
  expect(capture(['jsonld']).seen).toMatchObject([{ event: 'view_item', items: [{ item_id: 'S1' }] }]);
});

test('attributes: views, links, buttons, and a host that stops the click', () => {
  document.body.innerHTML = `
    <main data-homebody-view data-homebody-item="P" data-homebody-title="Page"></main>
    <ul><li data-homebody-item="A" data-homebody-title="Lamp" data-homebody-category="Home > Lamps" data-homebody-price="9.5">
      <a href="#x"><b>Lamp</b></a><button data-homebody-event="add_to_cart">+</button><i>no</i></li></ul>`;
  document.querySelector('ul')!.addEventListener('click', (event) => event.stopPropagation());
  const { seen } = capture(['attributes']);
  document.querySelector('b')!.click();
  document.querySelector('button')!.click();
  document.querySelector('i')!.click();
  const lamp = { item_id: 'A', item_name: 'Lamp', item_category: 'Home', item_category2: 'Lamps', price: 9.5 };
  expect(seen).toMatchObject([
    { event: 'view_item', items: [{ item_id: 'P', item_name: 'Page' }] },
    { event: 'select_item', items: [lamp] },
    { event: 'add_to_cart', items: [lamp] },
  ]);
  stop();
  document.querySelector('b')!.click();
  expect(seen).toHaveLength(3);
});
