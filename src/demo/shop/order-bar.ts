import { compareView } from './compare';
import type { Shop } from './context';
import { h } from './dom';
import type { RankedList } from './ranked-list';

const BACKENDS = { webgpu: 'WebGPU', wasm: 'WebAssembly', cpu: 'plain TypeScript' } as const;

/** Heading of a list: who ordered it, how fast, and the switch between the device's order and the server's. */
export function orderBar(shop: Shop, list: RankedList, title: string): { bar: HTMLElement; stage: HTMLElement } {
  const status = h('p', { class: 'status', role: 'status' }, '\u00a0');
  const stage = h('div', { class: 'stage' }, list.element);
  const bar = h('div', { class: 'order-bar' }, h('div', {}, h('h2', {}, title), status));
  if (!shop.homebody) {
    status.textContent = 'In the order that the server sent.';
    return { bar, stage };
  }

  const choices = [
    ['personal', 'Your order'],
    ['server', 'Shop’s order'],
    ['both', 'Side by side'],
  ] as const;
  const buttons = choices.map(([value, text]) =>
    h('button', { type: 'button', 'aria-pressed': String(value === 'personal'), 'data-order': value }, text),
  );
  let chosen: (typeof choices)[number][0] = 'personal';
  for (const button of buttons) {
    button.addEventListener('click', async () => {
      chosen = button.dataset.order as typeof chosen;
      for (const other of buttons) other.setAttribute('aria-pressed', String(other === button));
      if (chosen !== 'both') await list.setOrder(chosen);
      draw();
    });
  }
  bar.append(h('div', { class: 'segmented', role: 'group', 'aria-label': 'Order of this list' }, ...buttons));

  const draw = () => {
    status.textContent = statusOf(shop, list);
    if (chosen === 'both') stage.replaceChildren(compareView(list));
    else if (stage.firstChild !== list.element) stage.replaceChildren(list.element);
    document.body.dataset.order = list.ranking?.by === 'model' && chosen !== 'server' ? 'personal' : 'server';
  };
  list.onChange = draw;
  draw();
  return { bar, stage };
}

function statusOf(shop: Shop, list: RankedList): string {
  const { ranking } = list;
  if (shop.consent === 'denied') return 'In the order that the server sent: you said no to personal lists.';
  if (!ranking) return 'In the order that the server sent.';
  if (ranking.by === 'server') return 'In the order that the server sent, while the model loads.';
  if (list.order === 'server') return 'In the order that the server sent: best sellers first.';
  const backend = ranking.backend ? BACKENDS[ranking.backend] : 'this device';
  return `${list.total} products ordered on this device in ${ranking.took.toFixed(0)} ms, by ${backend}.`;
}
