import type { RankedItem } from '../../domain';
import { h } from '../shop/dom';
import type { RankedList } from '../shop/ranked-list';
import type { DrawerContext } from './index';
import { reasonWords } from './words';

const ITEMS = 12;

/** Why each product of the list behind the drawer is where it is: the score's own terms as signed bars. */
export async function whyTab(context: DrawerContext): Promise<HTMLElement> {
  const { shop, itemId } = context;
  const list = shop.lists.find((one) => one.ranking?.items.some((item) => item.id === itemId)) ?? shop.lists[0];
  const ranking = list?.ranking;
  if (!list || !ranking)
    return h('p', { class: 'drawer-part' }, 'There is no list of this device’s making on this page.');
  if (ranking.by === 'server') {
    return h(
      'p',
      { class: 'drawer-part' },
      'This list is in the order that the server sent: the model did not take part.',
    );
  }
  const titles = new Map((await shop.homebody!.profile()).items.map((item) => [item.id, item.title]));
  const name = (id: string) => titles.get(id) || shop.api.known.get(id)?.title || id;
  const asked = ranking.items.find((item) => item.id === itemId);
  const items = [...(asked ? [asked] : []), ...ranking.items.slice(0, ITEMS).filter((item) => item !== asked)];
  const most = Math.max(...items.flatMap((item) => item.reasons.map((reason) => Math.abs(reason.value))), 1e-9);
  return h(
    'div',
    {},
    h(
      'section',
      { class: 'drawer-part' },
      h(
        'p',
        { class: 'soft' },
        'Every product has a score. These are the parts of which it is the sum, no more and no less.',
      ),
      h(
        'p',
        { class: 'legend' },
        h('span', { class: 'plus' }, 'moves it up'),
        h('span', { class: 'minus' }, 'moves it down'),
      ),
    ),
    h('ol', { class: 'whys', 'data-testid': 'whys' }, ...items.map((item) => explain(context, list, item, most, name))),
  );
}

function explain(
  { pictures, itemId }: DrawerContext,
  list: RankedList,
  item: RankedItem,
  most: number,
  name: (id: string) => string,
): HTMLElement {
  const listing = list.shelf?.listings.get(item.id);
  const moved = item.originalPosition - item.position;
  const move =
    moved === 0
      ? 'where the shop has it'
      : `${moved > 0 ? '▲' : '▼'} ${Math.abs(moved)}, from ${item.originalPosition + 1}`;
  const reasons = item.reasons
    .filter((reason) => Math.abs(reason.value) > most / 200)
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .map((reason) => {
      const { title, text } = reasonWords(reason, name);
      const width = `${((Math.abs(reason.value) / most) * 50).toFixed(1)}%`;
      const sign = reason.value >= 0 ? 'plus' : 'minus';
      return h(
        'li',
        { 'data-term': reason.term },
        h('span', { class: 'why-text' }, h('b', {}, title), `, ${text}`),
        h('span', { class: `signed ${sign}` }, h('span', { style: `width:${width}` })),
        h('span', { class: 'number' }, `${reason.value >= 0 ? '+' : '−'}${Math.abs(reason.value).toFixed(2)}`),
      );
    });
  return h(
    'li',
    { class: item.id === itemId ? 'drawer-part asked' : 'drawer-part', 'data-item-id': item.id },
    h(
      'div',
      { class: 'why-head' },
      h('span', { class: 'thumb' }, listing ? pictures.image(listing) : undefined),
      h(
        'span',
        { class: 'grow' },
        h('a', { href: `/product/${item.id}` }, name(item.id)),
        h('small', {}, `Place ${item.position + 1}: ${move}`),
      ),
      h('span', { class: 'number' }, item.score.toFixed(2)),
    ),
    h('ul', { class: 'reasons' }, ...reasons),
  );
}
