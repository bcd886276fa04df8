import { afterEach, expect, test } from 'vitest';
import { applyRanking } from './apply';

afterEach(() => {
  document.body.innerHTML = '';
  scrollTo(0, 0);
});

const ranking = (...ids: string[]) => ({
  items: ids.map((id, position) => ({ id, position, originalPosition: 0, score: 0, reasons: [], candidate: {} })),
});

function list(ids: string[], above = 0): HTMLUListElement {
  document.body.innerHTML = `<div style="height:${above}px"></div><ul style="margin:0;padding:0;list-style:none">${ids
    .map(
      (id) =>
        `<li ${id.startsWith('-') ? '' : `data-homebody-item="${id}"`} style="height:60px"><button>${id}</button></li>`,
    )
    .join('')}</ul><p>below</p>`;
  return document.querySelector('ul')!;
}

const order = (ul: Element) => [...ul.children].map((child) => child.textContent!.trim());

test('order, identity, listeners; unkeyed children keep their places', () => {
  const ul = list(['a', '-ad', 'b', 'c', 'd']);
  const nodes = new Map([...ul.children].map((child) => [child.textContent, child]));
  let clicks = 0;
  nodes.get('c')!.addEventListener('click', () => clicks++);
  expect(applyRanking(ul, ranking('c', 'zz', 'a'))).toEqual({ moved: 3, missing: ['zz'] });
  expect(order(ul)).toEqual(['c', '-ad', 'a', 'b', 'd']);
  for (const child of ul.children) expect(nodes.get(child.textContent)).toBe(child);
  (ul.children[0] as HTMLElement).click();
  expect(clicks).toBe(1);
  expect(applyRanking(ul, ranking('c', 'a')).moved).toBe(0);
});

test('a key function, and twice the same id', () => {
  const ul = list(['-a', '-b', '-a']);
  const [first, second, third] = ul.children;
  applyRanking(ul, ranking('b', 'a', 'a'), { key: (child) => child.textContent!.slice(1) });
  expect([...ul.children]).toEqual([second, first, third]);
});

test.for(['a', 'c', 'e'])('the focus stays on %s without a blur', async (id) => {
  const ul = list(['a', 'b', 'c', 'd', 'e']);
  const button = [...ul.querySelectorAll('button')].find((one) => one.textContent === id)!;
  button.focus();
  const events: string[] = [];
  for (const name of ['blur', 'focus']) button.addEventListener(name, () => events.push(name));
  applyRanking(ul, ranking('e', 'd', 'c', 'b', 'a'));
  expect(order(ul)).toEqual(['e', 'd', 'c', 'b', 'a']);
  await frames(3);
  expect(document.activeElement).toBe(button);
  expect(events).toEqual([]);
});

const frames = async (n: number) => {
  for (let i = 0; i < n; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
};

/** Sum of layout shifts (Layout Instability API) that `change` causes. */
async function shifts(change: () => void): Promise<number> {
  await frames(3);
  let sum = 0;
  const observer = new PerformanceObserver((entries) => {
    for (const entry of entries.getEntries()) sum += (entry as PerformanceEntry & { value: number }).value;
  });
  observer.observe({ type: 'layout-shift', buffered: false });
  change();
  await frames(4);
  await new Promise((resolve) => setTimeout(resolve, 100));
  for (const entry of observer.takeRecords()) sum += (entry as PerformanceEntry & { value: number }).value;
  observer.disconnect();
  return sum;
}

test('no layout shift, and the test would see one', async () => {
  const ul = list(['a', 'b', 'c', 'd', 'e']);
  expect(await shifts(() => applyRanking(ul, ranking('e', 'c', 'a', 'b', 'd')))).toBe(0);
  expect(order(ul)).toEqual(['e', 'c', 'a', 'b', 'd']);
  expect(await shifts(() => ul.prepend(document.createElement('h1'), 'pushes everything down'))).toBeGreaterThan(0);
});

test('no layout shift when one child holds the focus', async () => {
  const ul = list(['a', 'b', 'c', 'd', 'e']);
  ul.querySelector('button')!.focus();
  expect(await shifts(() => applyRanking(ul, ranking('e', 'c', 'a', 'b', 'd')))).toBe(0);
});

test('the scroll position stays', async () => {
  const ul = list(
    Array.from({ length: 60 }, (_, i) => `i${i}`),
    400,
  );
  scrollTo(0, 900);
  await frames(2);
  const before = scrollY;
  applyRanking(ul, ranking(...Array.from({ length: 60 }, (_, i) => `i${59 - i}`)));
  await frames(3);
  expect(scrollY).toBe(before);
  expect(before).toBe(900);
});
