import { availableParallelism, loadavg } from 'node:os';
import type { Browser } from '@playwright/test';
import { expect, test } from './demo-session';

const MOST = 50;
const TRIES = 3;

/**
 * A visit that drives itself: Playwright's own questions to a page (is it there, is it covered?) are tasks of its main
 * thread too, and longer than all that is measured here. Runs in the page; says on the console when it is over.
 */
async function session(): Promise<void> {
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const one = (selector: string) => document.querySelector<HTMLElement>(selector);
  const until = async (what: string, there: () => unknown) => {
    for (let turn = 0; !there(); turn++) {
      if (turn > 600) throw new Error(`waited for ${what}`);
      await pause(50);
    }
  };
  const click = async (selector: string) => {
    performance.mark(`step ${selector}`);
    await until(selector, () => one(selector));
    one(selector)!.click();
  };
  const personal = () => until('the personal order', () => document.body.dataset.order === 'personal');
  const card = (n: number) => `[data-testid=grid-category] .card:nth-child(${n}) .card-link`;

  performance.mark('main-thread');
  await until('the page', () => document.readyState === 'complete');
  await personal();
  for (const n of [1, 2, 3]) {
    await click('.departments a[href="/category/garden-plants"]');
    await click(card(n));
    await until('a product', () => one('[data-testid=add-to-cart]'));
    await pause(500);
  }
  await click('[data-testid=add-to-wishlist]');
  await click('.brand');
  await until('home', () => one('[data-testid=grid-home]'));
  await personal();
  await click('.center .button');
  await until('more cards', () => document.querySelectorAll('[data-testid=grid-home] .card').length >= 60);
  await click('[data-testid=open-drawer]');
  await click('[data-testid=sample-trail-runner]');
  await until('the sample', () => one('[data-testid=summary]')?.textContent?.includes('Running'));
  for (const tab of ['history', 'interests', 'why', 'engine']) {
    await click(`#drawer-tab-${tab}`);
    await pause(400);
  }
  one('dialog')!.dispatchEvent(new Event('cancel', { cancelable: true }));
  await pause(600);
  performance.mark('session over');
}

test(`no task of the main thread over ${MOST} ms in a session`, async ({ browser }) => {
  test.setTimeout(240_000);
  const found: string[][] = [];
  // On a machine that others use too, a task is slow now and then; one that is long by itself is so every time.
  while (found.length < TRIES && found.at(-1)?.length !== 0) found.push(await longTasks(browser));
  expect(found.at(-1), `${found.length} sessions: ${JSON.stringify(found)}`).toEqual([]);
});

/** The tasks over the limit of one session, and what they did longest. */
async function longTasks(browser: Browser): Promise<string[]> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript(`
    localStorage.setItem('shop.consent', 'granted');
    const longTasks = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) longTasks.push(Math.round(entry.duration));
    }).observe({ type: 'longtask', buffered: true });
    (${session})().then(
      () => console.log('session over ' + JSON.stringify(longTasks)),
      (error) => console.log('session failed ' + error),
    );`);
  await browser.startTracing(page, {
    categories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline', 'blink.user_timing'],
  });
  const ended = page.waitForEvent('console', (message) => message.text().startsWith('session '));
  await page.goto('/', { waitUntil: 'commit' });
  const said = (await ended).text();
  const trace = await browser.stopTracing();
  await context.close();
  expect(said).toMatch(/^session over/);
  // On a busy machine the Long Tasks API also counts the time that the processor gave to others.
  if (loadavg()[0]! < availableParallelism() / 2) {
    const api = (JSON.parse(said.slice('session over '.length)) as number[]).filter((duration) => duration > MOST);
    if (api.length > 0) return api.map((duration) => `${duration} ms by the Long Tasks API`);
  }
  return tasksOver(trace);
}

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  ts: number;
  dur: number;
  tdur?: number;
  args?: { data?: { url?: string; functionName?: string } };
}

/** By the processor time that each took, which a trace has and the Long Tasks API has not. */
function tasksOver(buffer: Buffer): string[] {
  const { traceEvents } = JSON.parse(buffer.toString()) as { traceEvents: TraceEvent[] };
  traceEvents.sort((a, b) => a.ts - b.ts);
  const here = traceEvents.find((event) => event.name === 'main-thread')!;
  const end = traceEvents.find((event) => event.name === 'session over')!;
  const tasks = traceEvents.filter(
    (event) =>
      event.pid === here.pid && event.tid === here.tid && event.tdur && event.ts > here.ts && event.ts < end.ts,
  );
  const runs = tasks.filter((event) => event.name.endsWith('RunTask'));
  expect(runs.length, 'tasks that the trace has').toBeGreaterThan(100);
  return runs
    .filter((run) => run.tdur! > MOST * 1000)
    .map((run) => {
      const longest = tasks
        .filter((event) => event !== run && event.ts >= run.ts && event.ts + event.dur <= run.ts + run.dur)
        .sort((a, b) => b.tdur! - a.tdur!)
        .slice(0, 6)
        .map(({ name, tdur, args }) => `${name} ${args?.data?.url ?? ''} ${(tdur! / 1000).toFixed(0)}`);
      const step = traceEvents.findLast((event) => event.name.startsWith('step ') && event.ts < run.ts);
      return `${(run.tdur! / 1000).toFixed(0)} ms after ${step?.name ?? 'start'}: ${longest.join('; ')}`;
    });
}
