import { expect, test } from '@playwright/test';
import { asModule } from './examples';

test('every example of docs/api.md gives what it says', async ({ page }) => {
  const { source, comparisons } = await asModule('api.md', '/homebody/homebody.mjs');
  expect(comparisons).toBeGreaterThan(20);
  const exceptions: string[] = [];
  page.on('pageerror', (error) => exceptions.push(String(error)));
  await page.route('**/docs-example', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: '<!doctype html><script type="module" src="/docs-example.js"></script>',
    }),
  );
  await page.route('**/docs-example.js', (route) =>
    route.fulfill({ contentType: 'text/javascript', body: `${source}\nwindow.finished();` }),
  );
  const seen: { line: string; value: unknown; expected: unknown }[] = [];
  await page.exposeFunction('compare', (line: string, value: unknown, expected: unknown) => {
    seen.push({ line, value, expected });
  });
  const finished = new Promise<void>((resolve) => page.exposeFunction('finished', resolve));
  await page.goto('/docs-example');
  await Promise.race([finished, page.waitForEvent('pageerror').then((error) => Promise.reject(error))]);
  expect(seen.map(({ line, value }) => [line, value])).toEqual(seen.map(({ line, expected }) => [line, expected]));
  expect(seen).toHaveLength(comparisons);
  expect(exceptions).toEqual([]);
});
