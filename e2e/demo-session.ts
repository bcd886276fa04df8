import { expect, type Page, test } from '@playwright/test';
import type { HomebodyTag } from '../src/tag';

declare global {
  interface Window {
    homebody: HomebodyTag;
    measured: { shifts: { value: number; what: string[] }[]; longTasks: number[] };
  }
}

/** A page that keeps count of layout shifts and long tasks, and fails on anything in the console. */
export async function openShop(page: Page, path = '/', consent: 'granted' | 'denied' | 'pending' = 'granted') {
  const troubles: string[] = [];
  page.on('pageerror', (error) => troubles.push(`page error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(`console: ${message.text()}`);
  });
  await page.addInitScript((answer) => {
    if (answer !== 'pending' && !localStorage.getItem('shop.consent')) localStorage.setItem('shop.consent', answer);
    window.measured = { shifts: [], longTasks: [] };
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number;
        hadRecentInput: boolean;
        sources: { node?: Element }[];
      })[]) {
        if (entry.hadRecentInput) continue;
        const what = entry.sources.map(({ node }) => node?.className || node?.nodeName || '?');
        window.measured.shifts.push({ value: entry.value, what });
      }
    }).observe({ type: 'layout-shift', buffered: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.measured.longTasks.push(Math.round(entry.duration));
    }).observe({ type: 'longtask', buffered: true });
  }, consent);
  await page.goto(path);
  return troubles;
}

/** Waits until the first list of the page is in an order that the model made. */
export async function personal(page: Page, slot = 'home') {
  await expect(page.getByTestId(`grid-${slot}`).locator('.card:not(.ghost)').first()).toBeVisible();
  await expect(page.getByTestId(`grid-${slot}`)).not.toHaveAttribute('aria-busy');
  if (slot === 'home') await expect(page.locator('body')).toHaveAttribute('data-order', 'personal');
}

/** The first `count` ids of a list, and their departments. */
export async function first(page: Page, count: number, slot = 'home') {
  return page
    .getByTestId(`grid-${slot}`)
    .locator('.card')
    .evaluateAll(
      (cards, most) =>
        cards.slice(0, most).map((card) => ({
          id: (card as HTMLElement).dataset.itemId ?? '',
          department: (card as HTMLElement).dataset.department ?? '',
        })),
      count,
    );
}

/** Opens a product from its department's page, as a visitor does, and looks at it for `seconds`. */
export async function look(page: Page, department: string, id: string, seconds = 0.3) {
  await page.locator('.departments a', { hasText: department }).click();
  await page.getByTestId('grid-category').locator(`[data-item-id="${id}"] .card-link`).click();
  await expect(page.getByTestId('add-to-cart')).toBeVisible();
  await page.waitForTimeout(seconds * 1000);
}

/** Products of a department in the shop's order. */
export async function productsOf(page: Page, department: string) {
  const query = new URLSearchParams({ slot: 'category', name: department });
  const answer = await page.request.get(`/api/candidates?${query}`);
  return ((await answer.json()) as { items: { id: string; category: string[] }[] }).items;
}

export async function goHome(page: Page) {
  await page.locator('.brand').click();
  await personal(page);
}

export async function openDrawer(page: Page, tab?: string) {
  await page.getByTestId('open-drawer').click();
  await expect(page.getByTestId('summary')).toBeVisible();
  if (tab) await page.getByRole('tab', { name: tab }).click();
}

export { expect, test };
