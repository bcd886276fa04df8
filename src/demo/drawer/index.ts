import 'uplot/dist/uPlot.min.css';
import type { DrawerTab, Shop } from '../shop/context';
import { h, icon } from '../shop/dom';
import type { Pictures } from '../shop/pictures';
import { aboutTab } from './about';
import { engineTab } from './engine';
import { historyTab } from './history';
import { interestsTab } from './interests';
import { whyTab } from './why';

/** What a tab needs: the shop, a way to draw itself again, and the end of its life. */
export interface DrawerContext {
  shop: Shop;
  pictures: Pictures;
  /** Draws the tab again, and orders the lists behind the drawer again when what is known has changed. */
  changed(): Promise<void>;
  /** Fires when another tab is shown or the drawer is closed. */
  signal: AbortSignal;
  itemId?: string;
}

type Tab = (context: DrawerContext) => Promise<HTMLElement>;

const TABS: readonly [DrawerTab, string, Tab][] = [
  ['about', 'In short', aboutTab],
  ['history', 'History', historyTab],
  ['interests', 'Interests', interestsTab],
  ['why', 'Why this order', whyTab],
  ['engine', 'Engine', engineTab],
];

/**
 * Opens the drawer “What this device knows”: a modal dialog, so that the browser itself keeps the focus inside, closes
 * it with Escape and gives the focus back.
 */
export function openDrawer(shop: Shop, pictures: Pictures, first: DrawerTab = 'about', itemId?: string): void {
  if (document.querySelector('dialog.drawer')) return;
  const opener = document.activeElement;
  const panel = h('div', { class: 'drawer-panel', role: 'tabpanel', id: 'drawer-panel', tabindex: '0' });
  let life = new AbortController();
  let current = first;

  const show = async (tab: DrawerTab, focus = false): Promise<void> => {
    life.abort();
    life = new AbortController();
    const { signal } = life;
    for (const button of buttons) {
      const chosen = button.dataset.tab === tab;
      button.setAttribute('aria-selected', String(chosen));
      button.tabIndex = chosen ? 0 : -1;
      if (chosen && focus) button.focus();
    }
    panel.setAttribute('aria-labelledby', `drawer-tab-${tab}`);
    const [, , make] = TABS.find(([name]) => name === tab)!;
    current = tab;
    const changed = async () => {
      await shop.refresh();
      if (dialog.open) await show(current);
    };
    const made = await make({ shop, pictures, changed, signal, itemId }).catch((error) => trouble(error));
    if (signal.aborted) return;
    panel.replaceChildren(made);
  };

  const buttons = TABS.map(([name, title]) => {
    const button = h(
      'button',
      {
        type: 'button',
        role: 'tab',
        id: `drawer-tab-${name}`,
        'data-tab': name,
        'aria-controls': 'drawer-panel',
      },
      title,
    );
    button.addEventListener('click', () => void show(name));
    return button;
  });
  const tabs = h('div', { class: 'drawer-tabs', role: 'tablist', 'aria-label': 'What this device knows' }, ...buttons);
  tabs.addEventListener('keydown', (event) => {
    const at = buttons.findIndex((button) => button.tabIndex === 0);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    void show(TABS[(next + TABS.length) % TABS.length]![0], true);
  });

  const close = h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close' }, icon('close'));
  const dialog = h(
    'dialog',
    { class: 'drawer', 'aria-labelledby': 'drawer-title', 'data-testid': 'drawer' },
    h('div', { class: 'drawer-head' }, h('h2', { id: 'drawer-title' }, 'What this device knows'), close),
    tabs,
    panel,
  );
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (event) => {
    const link = event.target instanceof Element && event.target.closest('a[href^="/"]');
    if (event.target === dialog || link) dialog.close();
  });
  dialog.addEventListener('close', () => {
    life.abort();
    dialog.remove();
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  void show(first);
}

function trouble(error: unknown): HTMLElement {
  return h(
    'div',
    { class: 'drawer-part' },
    h('p', {}, 'Homebody does not answer. The shop goes on in the order that the server sent.'),
    h('p', { class: 'soft small' }, error instanceof Error ? error.message : String(error)),
  );
}
