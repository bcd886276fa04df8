import { badge } from './card';
import { h, money } from './dom';
import type { RankedList } from './ranked-list';

const ROWS = 20;

/** The server's order and this device's beside each other, with how far each product moved. */
export function compareView(list: RankedList): HTMLElement {
  const listings = list.shelf?.listings ?? new Map();
  const ranked = new Map(list.ranking?.items.map((item) => [item.id, item]));
  const column = (title: string, ids: string[], testId: string, personal: boolean) =>
    h(
      'section',
      { class: 'column', 'aria-label': title },
      h('h3', {}, title),
      h(
        'ol',
        { 'data-testid': testId },
        ...ids.slice(0, ROWS).map((id) => {
          const listing = listings.get(id)!;
          const item = ranked.get(id);
          const row = h(
            'li',
            { 'data-item-id': id, 'data-department': listing.category[0] },
            h('span', { class: 'thumb' }, list.pictures.image(listing)),
            h(
              'span',
              { class: 'column-text' },
              h('a', { href: `/product/${id}` }, listing.title),
              h('small', {}, `${listing.category[0]} · ${money(listing.price)}`),
            ),
            h('span', { class: 'badge inline', hidden: true }),
          );
          if (item && personal) badge(row, item.originalPosition - item.position);
          return row;
        }),
      ),
    );
  const mine = list.ranking ? list.ranking.items.map((item) => item.id) : list.serverIds;
  return h(
    'div',
    { class: 'compare' },
    column('The shop’s order', list.serverIds, 'column-server', false),
    column('Your order', mine, 'column-personal', true),
  );
}
