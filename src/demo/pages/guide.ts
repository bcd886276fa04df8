import type { Shop } from '../shop/context';
import { h } from '../shop/dom';
import type { RankedList } from '../shop/ranked-list';

const VIEWS = 3;

/** Says what this is and what to do, and shows what it did: the three steps of a first visit. */
export function guide(shop: Shop, list: RankedList): HTMLElement {
  const step = (title: string, text: string) => {
    const note = h('p', {}, text);
    const element = h('li', {}, h('strong', {}, title), note);
    return { element, note };
  };
  const first = step('Open three things from one department', 'Kitchen, say. Or bikes. Or whatever you like.');
  const second = step('Come back to this page', 'The list below has a new order: yours.');
  const third = step('Ask why', 'Each product tells why it is there. You can forget anything.');
  const open = h('button', { type: 'button', class: 'button' }, 'What this device knows');
  open.addEventListener('click', () => shop.openDrawer('about'));
  const samples = h('button', { type: 'button', class: 'button quiet' }, 'Try a sample shopper');
  samples.addEventListener('click', () => shop.openDrawer('about'));

  const draw = () => {
    const [name, views] = favourite(shop);
    first.element.classList.toggle('done', views >= VIEWS);
    if (name) first.note.textContent = `${Math.min(views, VIEWS)} of ${VIEWS} opened in ${name}.`;
    const top = (ids: string[]) =>
      ids.slice(0, 10).filter((id) => list.shelf?.listings.get(id)?.category[0] === name).length;
    const seen = name !== '' && views >= VIEWS && list.ranking?.by === 'model';
    second.element.classList.toggle('done', seen);
    if (seen) {
      const mine = list.ranking?.items.map((item) => item.id) ?? [];
      second.note.textContent = `${name}: ${top(mine)} of your first ten. In the shop’s order: ${top(list.serverIds)}.`;
    }
  };
  draw();
  const drawBar = list.onChange;
  // The order bar sets its own listener later; this one runs with it.
  queueMicrotask(() => {
    const bar = list.onChange ?? drawBar;
    list.onChange = () => {
      bar?.();
      draw();
    };
  });

  return h(
    'section',
    { class: 'guide', 'aria-label': 'How this shop works' },
    h(
      'div',
      { class: 'guide-text' },
      h('p', { class: 'guide-title' }, 'This shop gets to know you. Its server does not.'),
      h(
        'p',
        {},
        'Your clicks stay in this browser. A small model here reorders the lists that the server sends to everyone alike.',
      ),
      h('p', { class: 'actions' }, open, samples),
    ),
    h('ol', { class: 'steps' }, first.element, second.element, third.element),
  );
}

function favourite(shop: Shop): [string, number] {
  let best: [string, number] = ['', 0];
  for (const [name, ids] of shop.opened) if (!name.startsWith('#') && ids.size > best[1]) best = [name, ids.size];
  return best;
}
