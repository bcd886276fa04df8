import './style/base.css';
import './style/shop.css';
import './style/drawer.css';
import { cartPage, checkoutPage, thanksPage } from './pages/checkout';
import { homePage } from './pages/home';
import { categoryPage, missingPage, searchPage } from './pages/lists';
import { productPage } from './pages/product';
import { type Route, readRoute } from './pages/routes';
import { pushEvent } from './shop/analytics';
import { createApi } from './shop/api';
import { createBasket } from './shop/basket';
import type { Shop } from './shop/context';
import { breathe } from './shop/dom';
import { frame } from './shop/frame';
import { loadHomebody, readConsent, writeConsent } from './shop/homebody';
import { meterNetwork } from './shop/network';
import { createPictures, type Pictures } from './shop/pictures';

void start();

async function start(): Promise<void> {
  const network = meterNetwork(window);
  const storage = localStorageOrNothing();
  const consent = readConsent(storage);
  const pictures = createPictures();
  let page = new AbortController();

  const shop: Shop = {
    homebody: loadHomebody(window, consent),
    consent,
    async setConsent(answer) {
      shop.consent = answer;
      writeConsent(storage, answer);
      view.banner(false);
      await shop.homebody?.setConsent(answer).catch(() => {});
      // From here on `window.homebody` is the real thing and no longer the queue's stub.
      await shop.refresh();
    },
    api: createApi(),
    basket: createBasket(storage),
    network,
    push: (event, details) => pushEvent(window, event, details),
    navigate(path) {
      history.pushState(null, '', path);
      void show(true);
    },
    lists: [],
    async refresh() {
      for (const list of shop.lists) await list.rerank();
    },
    openDrawer(tab, itemId) {
      void import('./drawer').then(async ({ openDrawer }) => {
        await breathe();
        openDrawer(shop, pictures, tab, itemId);
      });
    },
    toast: (text) => view.toast(text),
    opened: new Map(),
    signal: new AbortController().signal,
  };
  // One thing after the other: each is a task of its own, so that none keeps the browser from painting for long.
  await breathe();
  const view = frame(shop, storage);
  await breathe();
  if (shop.homebody && consent === 'pending') view.banner(true);

  async function show(moveFocus: boolean): Promise<void> {
    page.abort();
    page = new AbortController();
    const { signal } = page;
    const route = readRoute(location.pathname, location.search);
    const made = await render(shop, pictures, route, signal).catch(() => troublePage());
    if (signal.aborted) return;
    view.page(made);
    const title = made.querySelector('h1')?.textContent ?? 'Homebody Goods';
    document.title = title === 'Homebody Goods' ? title : `${title} · Homebody Goods`;
    if (!moveFocus) return;
    scrollTo(0, 0);
    // After the frame: a focus asks for the layout, which would otherwise be done twice.
    requestAnimationFrame(() => {
      setTimeout(() => signal.aborted || made.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true }));
    });
  }

  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || event.defaultPrevented || link.origin !== location.origin || link.hasAttribute('download'))
      return;
    event.preventDefault();
    shop.navigate(link.pathname + link.search);
  });
  addEventListener('popstate', () => void show(true));
  void show(false);
}

async function render(shop: Shop, pictures: Pictures, route: Route, signal: AbortSignal): Promise<HTMLElement> {
  switch (route.page) {
    case 'home':
      return homePage(shop, pictures, signal);
    case 'category':
      return categoryPage(shop, pictures, route.slug, signal);
    case 'product':
      return productPage(shop, pictures, route.id, signal);
    case 'search':
      return searchPage(shop, pictures, route.text, signal);
    case 'cart':
      return cartPage(shop, pictures);
    case 'checkout':
      return checkoutPage(shop);
    case 'thanks':
      return thanksPage(shop);
    default:
      shop.lists = [];
      return missingPage();
  }
}

function troublePage(): HTMLElement {
  const page = missingPage();
  page.querySelector('h1')!.textContent = 'The shop does not answer';
  page.querySelector('p')!.textContent = 'Its server could not be reached. Is `npm start` still running?';
  return page;
}

function localStorageOrNothing(): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}
