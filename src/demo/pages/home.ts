import type { Shop } from '../shop/context';
import { breathe, h } from '../shop/dom';
import { orderBar } from '../shop/order-bar';
import type { Pictures } from '../shop/pictures';
import { RankedList } from '../shop/ranked-list';
import { guide } from './guide';
import { departmentAddress } from './routes';

const FIRST = 30;
const MORE = 30;

/** The home page: what to do, the big list, a row of small things, the departments. */
export function homePage(shop: Shop, pictures: Pictures, signal: AbortSignal): HTMLElement {
  const list = new RankedList(shop, pictures, { slot: 'home', visible: FIRST, label: 'Products', signal });
  const small = new RankedList(shop, pictures, {
    slot: 'small',
    visible: 12,
    label: 'Products under 20 euros',
    layout: 'row',
    signal,
  });
  shop.lists = [list, small];
  const { bar, stage } = orderBar(shop, list, shop.homebody ? 'For you' : 'Best sellers');
  const more = h('button', { class: 'button quiet', type: 'button' }, 'Show more');
  more.addEventListener('click', async () => {
    await list.more(MORE);
    more.hidden = list.shown >= list.total;
  });
  const steps = shop.homebody && guide(shop, list);
  const tiles = h('ul', { class: 'tiles' });
  void shop.api.departments().then((names) => {
    tiles.append(...names.map((name) => h('li', {}, h('a', { href: departmentAddress(name) }, name))));
  });
  void load(shop, list, small);
  return h(
    'div',
    {},
    h('h1', { class: 'sr', tabindex: '-1' }, 'Homebody Goods'),
    steps,
    bar,
    stage,
    h('p', { class: 'center' }, more),
    h('div', { class: 'order-bar' }, h('div', {}, h('h2', {}, 'Small things under € 20'))),
    small.element,
    h('div', { class: 'order-bar' }, h('div', {}, h('h2', {}, 'All departments'))),
    tiles,
  );
}

async function load(shop: Shop, list: RankedList, small: RankedList): Promise<void> {
  await breathe();
  await list.show(await shop.api.candidates('home'));
  await small.show(await shop.api.candidates('small'));
}
