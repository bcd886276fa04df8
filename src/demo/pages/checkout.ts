import type { Shop } from '../shop/context';
import { h, money } from '../shop/dom';
import { ga4Item } from '../shop/listing';
import type { Pictures } from '../shop/pictures';

/** The cart, with what is in it and a way out of it. */
export function cartPage(shop: Shop, pictures: Pictures): HTMLElement {
  shop.lists = [];
  const body = h('div', {});
  const draw = () => {
    const lines = shop.basket.lines();
    if (lines.length === 0) {
      body.replaceChildren(h('p', {}, 'Your cart is empty. ', h('a', { href: '/' }, 'Look around'), '.'));
      return;
    }
    const rows = lines.map(({ listing, quantity }) => {
      const remove = h('button', { type: 'button', class: 'button quiet' }, 'Remove');
      remove.setAttribute('aria-label', `Remove ${listing.title}`);
      remove.addEventListener('click', () => {
        shop.basket.remove(listing.id);
        shop.push('remove_from_cart', { items: [ga4Item(listing, { quantity })], value: quantity * listing.price });
        draw();
        body.closest('main')?.querySelector<HTMLElement>('h1')?.focus();
      });
      return h(
        'li',
        { 'data-item-id': listing.id },
        h('span', { class: 'thumb' }, pictures.image(listing)),
        h('span', { class: 'grow' }, h('a', { href: `/product/${listing.id}` }, listing.title), ` × ${quantity}`),
        h('span', { class: 'price' }, money(quantity * listing.price)),
        remove,
      );
    });
    body.replaceChildren(
      h('ul', { class: 'lines' }, ...rows),
      h('p', { class: 'sum' }, 'Together ', h('strong', {}, money(shop.basket.total()))),
      h('p', { class: 'actions' }, h('a', { href: '/checkout', class: 'button' }, 'To checkout')),
    );
  };
  draw();
  const items = shop.basket.lines().map(({ listing, quantity }) => ga4Item(listing, { quantity }));
  if (items.length > 0) shop.push('view_cart', { items, value: shop.basket.total() });
  return h('div', { class: 'narrow' }, h('h1', { tabindex: '-1' }, 'Your cart'), body);
}

/** A payment that takes no money and asks for no name. */
export function checkoutPage(shop: Shop): HTMLElement {
  shop.lists = [];
  const lines = shop.basket.lines();
  const items = lines.map(({ listing, quantity }) => ga4Item(listing, { quantity }));
  if (lines.length === 0) {
    const empty = h('p', {}, 'There is nothing to pay for. ', h('a', { href: '/' }, 'Back to the shop'), '.');
    return h('div', { class: 'narrow' }, h('h1', { tabindex: '-1' }, 'Checkout'), empty);
  }
  shop.push('begin_checkout', { items, value: shop.basket.total() });
  const pay = h(
    'button',
    { type: 'submit', class: 'button', 'data-testid': 'pay' },
    `Pay ${money(shop.basket.total())}`,
  );
  const form = h(
    'form',
    { class: 'pay' },
    h('p', { class: 'soft' }, 'A pretended payment: no name, no card, no money. The shop pushes its purchase event.'),
    h('fieldset', {}, h('legend', {}, 'Pay with'), choice('Play money', true), choice('A friendly nod', false)),
    h('p', { class: 'actions' }, pay, h('a', { href: '/cart', class: 'button quiet' }, 'Back to the cart')),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    shop.push('purchase', { items, value: shop.basket.total(), transaction_id: crypto.randomUUID() });
    shop.basket.clear();
    shop.navigate('/thanks');
  });
  return h('div', { class: 'narrow' }, h('h1', { tabindex: '-1' }, 'Checkout'), form);
}

export function thanksPage(shop: Shop): HTMLElement {
  shop.lists = [];
  return h(
    'div',
    { class: 'narrow' },
    h('h1', { tabindex: '-1' }, 'Thank you'),
    h('p', {}, 'Your pretended order is on its pretended way. What you bought now makes room for other things.'),
    h('p', { class: 'actions' }, h('a', { href: '/', class: 'button' }, 'See your list')),
  );
}

function choice(text: string, checked: boolean): HTMLElement {
  return h('label', { class: 'choice' }, h('input', { type: 'radio', name: 'payment', value: text, checked }), text);
}
