import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, expect, type Page, test } from '@playwright/test';
import { type Logged, LoggingProxy } from './logging-proxy';

/** The built site, as it lies on the server. */
const SITE = fileURLToPath(new URL('../../dist/demo', import.meta.url));

interface Session {
  log: Logged[];
  /** Events that Homebody stored, and how its lists were made. */
  stored: number;
  by: string | undefined;
}

/** 100 clicks through the demo shop: a product, into the cart, onto the wishlist, home again; 25 times. */
async function shopping(browser: Browser, address: string, query: string, ids: string[]): Promise<Session> {
  const proxy = new LoggingProxy();
  const context = await browser.newContext({
    proxy: { server: await proxy.listen(), bypass: '<-loopback>' },
    serviceWorkers: 'block',
  });
  try {
    await context.addInitScript(() => localStorage.setItem('shop.consent', 'granted'));
    const page = await context.newPage();
    await page.goto(`${address}/${query}`);
    let clicks = 0;
    for (const id of ids) {
      clicks += await clickThrough(page, id);
    }
    expect(clicks).toBe(100);
    // The engine and the embedder load at idle: all of it must have come before the log is read.
    const { stored, by } = await page.evaluate(async () => {
      const { homebody } = window as { homebody?: Window['homebody'] };
      if (!homebody) return { stored: 0, by: undefined };
      const list = await (await fetch('/api/candidates?slot=home')).json();
      const ranking = await homebody.rerank(list);
      return { stored: (await homebody.profile()).events.total, by: ranking.by };
    });
    // The shop alone asks for the list once more too, so that both sessions ask for the same.
    if (by === undefined) await page.evaluate(async () => void (await fetch('/api/candidates?slot=home')));
    await page.waitForTimeout(3_000);
    return { log: proxy.log, stored, by };
  } finally {
    await context.close();
    proxy.close();
  }
}

async function clickThrough(page: Page, id: string): Promise<number> {
  await page.evaluate((item) => {
    const link = Object.assign(document.createElement('a'), { href: `/product/${item}`, textContent: item, id: 'way' });
    link.style.cssText = 'position:fixed;z-index:99;top:0;left:0;background:#fff';
    document.body.append(link);
  }, id);
  await page.click('#way');
  await page.evaluate(() => document.querySelector('#way')?.remove());
  await page.waitForURL(`**/product/${id}`);
  await page.click('[data-testid=add-to-cart]');
  await page.click('[data-testid=add-to-wishlist]');
  await page.click('a.brand');
  await page.waitForSelector('[data-testid=grid-home]');
  return 4;
}

const entries = (log: Logged[]) => log.map(({ method, url, body }) => `${method} ${url} ${body}`);

/**
 * What is in `a` and not in `b`. How often is left out: the shop's own pages ask once more or less for the same address
 * when a click comes a moment earlier.
 */
function beyond(a: string[], b: string[]): string[] {
  const known = new Set(b);
  return a.filter((entry) => !known.has(entry));
}

test('nothing leaves: with and without Homebody, the requests differ by its static files alone', async ({
  browser,
  baseURL,
}) => {
  test.setTimeout(300_000);
  const { items } = await (await fetch(`${baseURL}/api/candidates?slot=home`)).json();
  const ids: string[] = items.map((item: { id: string }) => item.id);
  const without = await shopping(browser, baseURL!, '?homebody=off', ids.slice(0, 25));
  const withIt = await shopping(browser, baseURL!, '', ids.slice(0, 25));
  const another = await shopping(browser, baseURL!, '', ids.slice(100, 125));

  // The sessions really happened: Homebody saw them, and ranked by them.
  expect(without.by).toBeUndefined();
  expect(withIt.by).toBe('model');
  expect(withIt.stored).toBeGreaterThanOrEqual(75);

  const plain = (log: Logged[]) => entries(log).map((entry) => entry.replace('/?homebody=off ', '/ '));
  const ours = (session: Session) => [...new Set(beyond(plain(session.log), plain(without.log)))];
  expect(beyond(plain(without.log), plain(withIt.log))).toEqual([]);
  const files = ours(withIt);
  expect(files.length).toBeGreaterThan(3);
  for (const entry of files) {
    expect(entry).toMatch(new RegExp(`^GET ${baseURL}/(homebody|models)/[\\w./-]+ 0$`));
  }
  // Their addresses are the same for every shopper: files of the build, none made for one. Which of the lazy ones a visit
  // needs is a matter of timing (the embedder: only when an event comes before a list that has its product's vector).
  const others = ours(another).filter((entry) => !entry.includes('/api/'));
  expect(others.length).toBeGreaterThan(3);
  for (const entry of new Set([...files, ...others])) {
    const { pathname, search } = new URL(entry.split(' ')[1]!);
    expect(existsSync(`${SITE}${pathname}`), entry).toBe(true);
    expect(search).toBe('');
  }
  // No request has a body, to whatever host, and none a cookie.
  for (const { log } of [without, withIt, another]) {
    expect(log.filter(({ body, cookie, method }) => body > 0 || cookie !== '' || method !== 'GET')).toEqual([]);
    expect([...new Set(log.map(({ url }) => new URL(url).origin))]).toEqual([baseURL]);
  }
});
