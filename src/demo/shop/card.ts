import type { Shop } from './context';
import { h, icon, money } from './dom';
import type { Listing } from './listing';
import { ga4Item } from './listing';
import type { Pictures } from './pictures';

/** A product in a list. Every card of a list has one size, so that reordering shifts nothing. */
export function card(shop: Shop, pictures: Pictures, listing: Listing, slot: string): HTMLLIElement {
  const wish = h(
    'button',
    { class: 'round wish', type: 'button', 'aria-pressed': String(shop.basket.wished(listing.id)) },
    icon('heart'),
  );
  wish.setAttribute('aria-label', `Wishlist: ${listing.title}`);
  wish.addEventListener('click', () => {
    const on = shop.basket.wish(listing);
    wish.setAttribute('aria-pressed', String(on));
    if (on) shop.push('add_to_wishlist', { items: [ga4Item(listing)], value: listing.price });
    shop.toast(on ? `${listing.title} is on your wishlist.` : `${listing.title} is off your wishlist.`);
  });
  const add = h(
    'button',
    { class: 'round add', type: 'button', 'aria-label': `Add to cart: ${listing.title}` },
    icon('bag'),
  );
  add.addEventListener('click', () => addToCart(shop, listing));
  const why = h('button', { class: 'why', type: 'button', hidden: true }, 'Why here?');
  why.setAttribute('aria-label', `Why is ${listing.title} here?`);
  why.addEventListener('click', () => shop.openDrawer('why', listing.id));

  const link = h(
    'a',
    { href: `/product/${listing.id}`, class: 'card-link' },
    h('span', { class: 'picture' }, pictures.image(listing)),
    h('span', { class: 'card-brand' }, listing.brand),
    h('span', { class: 'card-title' }, listing.title),
  );
  link.addEventListener('click', () => {
    shop.push('select_item', { items: [ga4Item(listing)], item_list_id: slot });
  });
  return h(
    'li',
    {
      class: 'card',
      'data-homebody-item': listing.id,
      'data-item-id': listing.id,
      'data-department': listing.category[0],
    },
    link,
    h('span', { class: 'badge', hidden: true }),
    wish,
    h('span', { class: 'card-foot' }, h('span', { class: 'price' }, money(listing.price)), why, add),
  );
}

/** An empty card of the same size, shown until the real one is made. */
export function ghost(): HTMLLIElement {
  return h(
    'li',
    { class: 'card ghost', 'aria-hidden': 'true' },
    h('span', { class: 'picture' }),
    h('span', { class: 'card-brand' }),
    h('span', { class: 'card-title' }),
    h('span', { class: 'card-foot' }),
  );
}

/** Shows how many places an item moved: `▲ 12`, `▼ 3`, or nothing when it stayed. */
export function badge(item: HTMLElement, moved: number | undefined): void {
  const mark = item.querySelector<HTMLElement>('.badge');
  if (!mark) return;
  mark.hidden = !moved;
  if (!moved) return;
  mark.classList.toggle('up', moved > 0);
  const [sign, way] = moved > 0 ? ['▲', 'up'] : ['▼', 'down'];
  mark.replaceChildren(
    h('span', { 'aria-hidden': 'true' }, `${sign} ${Math.abs(moved)}`),
    h('span', { class: 'sr' }, `${Math.abs(moved)} places ${way}`),
  );
}

export function addToCart(shop: Shop, listing: Listing): void {
  shop.basket.add(listing);
  shop.push('add_to_cart', { items: [ga4Item(listing, { quantity: 1 })], value: listing.price });
  shop.toast(`${listing.title} is in your cart.`);
}
