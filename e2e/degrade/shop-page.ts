import { expect, type Page, type Route } from '@playwright/test';
import type { CandidateList, Diagnostic, Ranking } from '../../src/domain';
import type { HomebodyTag } from '../../src/tag';
import { snippet } from '../docs/examples';

declare global {
  interface Window {
    homebody: HomebodyTag;
  }
}

/** A shop's page with nothing but the script tag, on the demo's origin; tells every exception that reached it. */
export class ShopPage {
  readonly exceptions: string[] = [];
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
    page.on('pageerror', (error) => this.exceptions.push(String(error)));
  }

  /** Opens the page; `data` are the tag's attributes, `before` is run in the page before the tag loads. */
  async open(data: Record<string, string> = {}, before = ''): Promise<void> {
    const attributes = { model: '/models/universal', consent: 'granted', scope: 'e2e', timeout: '20000', ...data };
    const tag = Object.entries(attributes).map(([name, value]) => `data-${name}="${value}"`);
    const html = `<!doctype html><title>Shop</title><script>${before};${await snippet()}</script>
      <script async src="/homebody/homebody.js" ${tag.join(' ')}></script><ul></ul>`;
    await this.#page.route('**/bare-shop', (route) => route.fulfill({ contentType: 'text/html', body: html }));
    await this.#page.goto('/bare-shop');
  }

  /** Runs `code` at the head of the engine's worker, before anything of ours; `headers` come with its script. */
  async inWorker(code: string, headers: Record<string, string> = {}): Promise<void> {
    await this.#page.route('**/homebody/engine.js', async (route) => {
      const response = await route.fetch();
      await route.fulfill({
        response,
        headers: { ...response.headers(), ...headers },
        body: code + (await response.text()),
      });
    });
  }

  async break(
    address: string | RegExp,
    how: (route: Route) => Promise<void> = (route) => route.fulfill({ status: 404 }),
  ) {
    await this.#page.route(address, how);
  }

  /** The demo's home list, or the first `count` of it. */
  candidates(count = 60): Promise<CandidateList> {
    return this.#page.evaluate(async (most) => {
      const list = await (await fetch('/api/candidates?slot=home')).json();
      return { ...list, items: list.items.slice(0, most) };
    }, count);
  }

  observe(itemId: string, event = 'view_item') {
    return this.#page.evaluate(
      ([id, name]) =>
        window.homebody.observe({ event: name as 'view_item', items: [{ item_id: id!, item_name: id! }] }),
      [itemId, event],
    );
  }

  rerank(list: CandidateList): Promise<Ranking> {
    return this.#page.evaluate((one) => window.homebody.rerank(one), list);
  }

  async codes(): Promise<string[]> {
    const { diagnostics } = await this.diagnostics();
    return diagnostics.map((one: Diagnostic) => one.code);
  }

  diagnostics() {
    return this.#page.evaluate(() => window.homebody.diagnostics());
  }

  /** The server's own order, complete, and no exception in the page. */
  async expectServerOrder(list: CandidateList): Promise<void> {
    const ranking = await this.rerank(list);
    expect(ranking.by).toBe('server');
    expect(ranking.items.map((item) => item.id)).toEqual((list.items as { id: string }[]).map((item) => item.id));
    expect(this.exceptions).toEqual([]);
  }

  /** A ranking by the model that a view changed: the viewed item's score rose above what the same list gave it before. */
  async expectPersonal(list: CandidateList): Promise<Ranking> {
    const before = await this.rerank(list);
    const viewed = (list.items as { id: string }[])[40]!.id;
    expect((await this.observe(viewed)).status).not.toBe('ignored');
    const after = await this.rerank(list);
    expect([before.by, after.by]).toEqual(['model', 'model']);
    const score = (ranking: Ranking) => ranking.items.find((item) => item.id === viewed)!.score;
    expect(score(after)).not.toBe(score(before));
    expect(after.items).toHaveLength(list.items.length);
    expect(this.exceptions).toEqual([]);
    return after;
  }
}
