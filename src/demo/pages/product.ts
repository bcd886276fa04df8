import { addToCart } from '../shop/card';
import type { Shop } from '../shop/context';
import { h, icon, money } from '../shop/dom';
import { ga4Item } from '../shop/listing';
import type { Pictures } from '../shop/pictures';
import { RankedList } from '../shop/ranked-list';
import { missingPage } from './lists';
import { departmentAddress } from './routes';

/** One product, and what else the visitor may like. */
export async function productPage(shop: Shop, pictures: Pictures, id: string, signal: AbortSignal) {
  const listing = await shop.api.product(id);
  if (!listing) return missingPage();
  const [department = '', category = ''] = listing.category;
  shop.push('view_item', { items: [ga4Item(listing)], value: listing.price });
  const opened = shop.opened.get(department) ?? new Set();
  shop.opened.set(department, opened.add(id));

  const add = h('button', { type: 'button', class: 'button', 'data-testid': 'add-to-cart' }, 'Add to cart');
  add.addEventListener('click', () => addToCart(shop, listing));
  const wish = h(
    'button',
    {
      type: 'button',
      class: 'button quiet',
      'aria-pressed': String(shop.basket.wished(id)),
      'data-testid': 'add-to-wishlist',
    },
    icon('heart'),
    'Wishlist',
  );
  wish.addEventListener('click', () => {
    const on = shop.basket.wish(listing);
    wish.setAttribute('aria-pressed', String(on));
    if (on) shop.push('add_to_wishlist', { items: [ga4Item(listing)], value: listing.price });
  });

  const related = new RankedList(shop, pictures, {
    slot: 'product',
    visible: 12,
    label: 'You may also like',
    layout: 'row',
    signal,
  });
  shop.lists = [related];
  void shop.api.candidates('product', { id }).then((shelf) => related.show(shelf));

  return h(
    'div',
    {},
    h(
      'nav',
      { class: 'crumbs', 'aria-label': 'You are here' },
      h('a', { href: '/' }, 'Home'),
      ' / ',
      h('a', { href: departmentAddress(department) }, department),
      ` / ${category}`,
    ),
    h(
      'article',
      { class: 'product' },
      h('div', { class: 'picture large' }, pictures.image(listing)),
      h(
        'div',
        { class: 'product-text' },
        h('p', { class: 'card-brand' }, listing.brand),
        h('h1', { tabindex: '-1' }, listing.title),
        h('p', { class: 'price large' }, money(listing.price)),
        h('p', { class: 'soft' }, `${category} from ${listing.brand}. In stock, with you in two to three days.`),
        h('p', { class: 'actions' }, add, wish),
        h('p', { class: 'soft small' }, 'Free returns for 30 days. This is a demo: nothing is really sold here.'),
      ),
    ),
    h('div', { class: 'order-bar' }, h('div', {}, h('h2', {}, 'You may also like'))),
    related.element,
  );
}
