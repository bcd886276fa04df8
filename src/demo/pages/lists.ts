import type { Shop } from '../shop/context';
import { h } from '../shop/dom';
import { orderBar } from '../shop/order-bar';
import type { Pictures } from '../shop/pictures';
import { RankedList } from '../shop/ranked-list';
import { departmentSlug } from './routes';

/** A department, ordered for the visitor like any other list. */
export async function categoryPage(shop: Shop, pictures: Pictures, slug: string, signal: AbortSignal) {
  const name = (await shop.api.departments()).find((department) => departmentSlug(department) === slug);
  if (!name) return missingPage();
  const list = new RankedList(shop, pictures, { slot: 'category', visible: 45, label: name, signal });
  shop.lists = [list];
  const { bar, stage } = orderBar(shop, list, name);
  bar.querySelector('h2')?.replaceWith(h('h1', { tabindex: '-1' }, name));
  void shop.api.candidates('category', { name }).then((shelf) => list.show(shelf));
  return h('div', {}, bar, stage);
}

/** What the server found for a text; a search is an event too. */
export async function searchPage(shop: Shop, pictures: Pictures, text: string, signal: AbortSignal) {
  const title = h('h1', { tabindex: '-1' }, text ? `“${text}”` : 'Search');
  const shelf = await shop.api.candidates('search', { q: text });
  if (shelf.listings.size === 0) {
    shop.lists = [];
    return h('div', { class: 'narrow' }, title, h('p', {}, 'Nothing found. Try “lamp”, “trail” or “bread”.'));
  }
  shop.push('search', { search_term: text });
  const visible = Math.min(45, shelf.listings.size);
  const list = new RankedList(shop, pictures, { slot: 'search', visible, label: `Found for ${text}`, signal });
  shop.lists = [list];
  const { bar, stage } = orderBar(shop, list, text);
  bar.querySelector('h2')?.replaceWith(title);
  void list.show(shelf);
  return h('div', {}, bar, stage);
}

export function missingPage(): HTMLElement {
  return h(
    'div',
    { class: 'narrow' },
    h('h1', { tabindex: '-1' }, 'Nothing here'),
    h('p', {}, 'This address leads nowhere. ', h('a', { href: '/' }, 'Back to the shop'), '.'),
  );
}
