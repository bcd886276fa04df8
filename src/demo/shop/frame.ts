import { departmentAddress } from '../pages/routes';
import type { Shop } from './context';
import { h, icon } from './dom';
import { readTheme, writeTheme } from './theme';

export interface Frame {
  page(element: HTMLElement): void;
  banner(shown: boolean): void;
  toast(text: string): void;
}

/** What stands around every page: header, departments, the question of consent, small messages, footer. */
export function frame(shop: Shop, storage: Storage | undefined): Frame {
  const count = h('span', { class: 'count' });
  const cart = h('a', { href: '/cart', class: 'icon-button' }, icon('bag'), h('span', { class: 'sr' }, 'Cart'), count);
  const drawCount = () => {
    const number = shop.basket.count();
    count.textContent = number > 0 ? String(number) : '';
    cart.setAttribute('aria-label', number === 1 ? 'Cart, 1 thing' : `Cart, ${number} things`);
  };
  drawCount();
  shop.basket.onChange(drawCount);

  const field = h('input', { type: 'search', name: 'q', placeholder: 'Search', 'aria-label': 'Search the shop' });
  const search = h('form', { class: 'search', role: 'search', action: '/search' }, icon('search'), field);
  // On a phone the field is only its icon until it is used.
  search.addEventListener('click', () => field.focus());
  search.addEventListener('submit', (event) => {
    event.preventDefault();
    if (field.value.trim()) shop.navigate(`/search?${new URLSearchParams({ q: field.value.trim() })}`);
  });

  const theme = h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Dark mode' }, icon('moon'));
  const drawTheme = () => theme.setAttribute('aria-pressed', String(readTheme(storage) === 'dark'));
  drawTheme();
  theme.addEventListener('click', () => {
    writeTheme(storage, readTheme(storage) === 'dark' ? 'light' : 'dark');
    drawTheme();
  });

  const knows = h(
    'button',
    { type: 'button', class: 'knows', 'data-testid': 'open-drawer', 'aria-haspopup': 'dialog' },
    icon('device'),
    h('span', {}, 'What this device knows'),
  );
  knows.addEventListener('click', () => shop.openDrawer('about'));

  const departments = h('nav', { class: 'departments', 'aria-label': 'Departments' });
  void shop.api.departments().then((names) => {
    departments.append(...names.map((name) => h('a', { href: departmentAddress(name) }, name)));
  });

  const main = h('main', { id: 'main' });
  const message = h('div', { class: 'toast', role: 'status', popover: 'manual' });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const consent = banner(shop);

  document.body.append(
    h('a', { class: 'skip', href: '#main' }, 'Skip to the content'),
    h(
      'header',
      { class: 'top' },
      h(
        'a',
        { href: '/', class: 'brand' },
        h('span', { class: 'brand-mark', 'aria-hidden': 'true' }),
        'Homebody Goods',
      ),
      search,
      h('div', { class: 'tools' }, shop.homebody ? knows : undefined, theme, cart),
    ),
    departments,
    main,
    consent,
    message,
  );

  const footer = h(
    'footer',
    {},
    h('p', {}, 'A demo shop: 675 invented products, pictures drawn by code, nothing for sale.'),
    h('p', {}, 'No cookies, no trackers, no other servers. The order of the lists is made in this browser.'),
  );

  // A link to #main must not be taken for one of the shop's pages.
  document.querySelector('.skip')!.addEventListener('click', (event) => {
    event.preventDefault();
    main.querySelector<HTMLElement>('h1, h2')?.focus();
  });

  return {
    page(element) {
      main.replaceChildren(element);
      // Only now: a footer that was there before the first page would be pushed away by it.
      if (!footer.isConnected) main.after(footer);
    },
    banner: (shown) => {
      consent.hidden = !shown;
    },
    toast(text) {
      message.textContent = text;
      clearTimeout(timer);
      // Shown anew each time: a popover lies above a dialog only when it came later.
      message.hidePopover();
      message.showPopover();
      timer = setTimeout(() => message.hidePopover(), 3_000);
    },
  };
}

/** The question itself. It lies over the page, so that answering it moves nothing. */
function banner(shop: Shop): HTMLElement {
  const yes = h('button', { type: 'button', class: 'button', 'data-testid': 'consent-yes' }, 'Yes, on this device');
  const no = h('button', { type: 'button', class: 'button quiet', 'data-testid': 'consent-no' }, 'No, thank you');
  yes.addEventListener('click', () => void shop.setConsent('granted'));
  no.addEventListener('click', () => void shop.setConsent('denied'));
  return h(
    'section',
    { class: 'consent', 'aria-label': 'Consent', hidden: true },
    h(
      'p',
      {},
      h('strong', {}, 'May this page remember what you look at? '),
      'It stays in this browser, orders the lists for you, and can be erased at any time. Until you answer, nothing is stored.',
    ),
    h('p', { class: 'actions' }, yes, no),
  );
}
