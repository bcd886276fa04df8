import type { ForgetTarget, LoggedEvent } from '../../domain';
import { h } from '../shop/dom';
import type { DrawerContext } from './index';
import { ago, eventWords } from './words';

/** Every event, newest first, and the things met most; each can be forgotten, exactly. */
export async function historyTab(context: DrawerContext): Promise<HTMLElement> {
  const { shop, pictures } = context;
  if (!shop.homebody) return h('p', {}, 'Homebody is off.');
  const profile = await shop.homebody.profile();
  const titles = new Map(profile.items.map((item) => [item.id, item.title]));
  const name = (id: string) => titles.get(id) || shop.api.known.get(id)?.title || id;
  const now = Date.now();

  const forget = (target: ForgetTarget, label: string, testId: string) => {
    const button = h('button', { type: 'button', class: 'link', 'aria-label': label, 'data-testid': testId }, 'Forget');
    button.addEventListener('click', async () => {
      button.disabled = true;
      const { removed } = await shop.homebody!.forget(target);
      shop.toast(removed === 1 ? 'One event forgotten.' : `${removed} events forgotten.`);
      await context.changed();
    });
    return button;
  };
  const thumb = (id: string | undefined) => {
    const known = id ? shop.api.known.get(id) : undefined;
    return h('span', { class: 'thumb small' }, known ? pictures.image(known) : undefined);
  };

  if (profile.events.total === 0) {
    return h('p', { class: 'drawer-part' }, 'Nothing yet. Open a product, and it will be here.');
  }
  const items = profile.items
    .slice(0, 8)
    .map((item) =>
      h(
        'li',
        { 'data-item-id': item.id },
        thumb(item.id),
        h(
          'span',
          { class: 'grow' },
          h('a', { href: `/product/${item.id}` }, name(item.id)),
          h('small', {}, counts(item)),
        ),
        forget({ item: item.id }, `Forget ${name(item.id)}`, 'forget-item'),
      ),
    );
  const events = [...profile.events.latest].sort((a, b) => b.time - a.time || b.seq - a.seq);
  const rows = events.map((event: LoggedEvent) =>
    h(
      'li',
      { 'data-event': event.name },
      thumb(event.items[0]?.id),
      h('span', { class: 'grow' }, eventWords(event, name), h('small', {}, ago(event.time, now))),
      forget({ event: event.id }, `Forget: ${eventWords(event, name)}`, 'forget-event'),
    ),
  );
  const rest = profile.events.total - rows.length;
  return h(
    'div',
    {},
    h('section', { class: 'drawer-part' }, h('h3', {}, 'Met most'), h('ul', { class: 'log' }, ...items)),
    h(
      'section',
      { class: 'drawer-part' },
      h('h3', {}, `${profile.events.total} events, newest first`),
      h('ol', { class: 'log', 'data-testid': 'event-log' }, ...rows),
      rest > 0 && h('p', { class: 'soft small' }, `And ${rest} earlier ones; an export has them all.`),
    ),
  );
}

function counts(item: { views: number; carts: number; purchases: number }): string {
  const parts: [number, string][] = [
    [item.views, 'looked at'],
    [item.carts, 'in the cart'],
    [item.purchases, 'bought'],
  ];
  return parts
    .filter(([count]) => count > 0)
    .map(([count, did]) => (count === 1 ? did : `${did} ${count} times`))
    .join(', ');
}
