import type { RankedItem, Ranking } from '../../domain';
import type { Shelf } from './api';
import { badge, card, ghost } from './card';
import type { Shop } from './context';
import { breathe, h } from './dom';
import { ga4Item } from './listing';
import type { Pictures } from './pictures';

export type Order = 'personal' | 'server';

export interface RankedListOptions {
  slot: string;
  /** Cards on screen at first. */
  visible: number;
  /** For screen readers. */
  label: string;
  /** `row` scrolls sideways. */
  layout?: 'grid' | 'row';
  signal: AbortSignal;
}

/** Milliseconds that a first rendering waits for a ranking once the engine has answered before. */
const WAIT = 250;
/** While the model loads, the server's order comes back: ask again after so many milliseconds. */
const RETRIES = [400, 800, 1600, 3200, 6400] as const;
const CHUNK = 4;

/**
 * One list of the shop: the server's candidates, and their order made on this device. The server's order is shown
 * first unless the engine is warm; a later ranking moves the cards without shifting anything else.
 */
export class RankedList {
  readonly element: HTMLUListElement;
  readonly slot: string;
  shelf: Shelf | undefined;
  /** The latest answer of the engine. */
  ranking: Ranking | undefined;
  order: Order = 'personal';
  /** Called after every new order. */
  onChange: (() => void) | undefined;
  #visible: number;
  #cards = new Map<string, HTMLLIElement>();
  #asked = 0;

  constructor(
    readonly shop: Shop,
    readonly pictures: Pictures,
    readonly options: RankedListOptions,
  ) {
    this.slot = options.slot;
    this.#visible = options.visible;
    this.element = h('ul', {
      class: options.layout === 'row' ? 'row' : 'grid',
      'aria-label': options.label,
      'data-testid': `grid-${options.slot}`,
      'aria-busy': 'true',
    });
    this.element.append(...Array.from({ length: options.visible }, ghost));
  }

  /** Ids in the server's order. */
  get serverIds(): string[] {
    return [...(this.shelf?.listings.keys() ?? [])];
  }

  /** Ids in the order that is shown, or would be with everything shown. */
  get ids(): string[] {
    return this.order === 'personal' && this.ranking ? this.ranking.items.map((item) => item.id) : this.serverIds;
  }

  get total(): number {
    return this.shelf?.listings.size ?? 0;
  }

  get shown(): number {
    return Math.min(this.#visible, this.total);
  }

  /** Fills the list for the first time. */
  async show(shelf: Shelf): Promise<void> {
    this.shelf = shelf;
    const ranking = this.rerank();
    const warm = this.shop.lists.some((list) => list.ranking?.by === 'model') || this.shop.opened.has('#warm');
    if (warm) await Promise.race([ranking, new Promise((resolve) => setTimeout(resolve, WAIT))]);
    if (this.options.signal.aborted) return;
    await this.#fill();
    this.element.removeAttribute('aria-busy');
    const items = this.ids
      .slice(0, 12)
      .map((id, index) => ga4Item(shelf.listings.get(id)!, { index, item_list_id: this.slot }));
    if (items.length > 0) this.shop.push('view_item_list', { items, item_list_id: this.slot });
    await ranking;
  }

  /** Asks the engine for an order and shows it. Never rejects. */
  async rerank(attempt = 0): Promise<void> {
    const { shelf, shop } = this;
    if (!shelf || !shop.homebody || shop.consent === 'denied') {
      this.ranking = undefined;
      await this.#apply();
      return;
    }
    const asked = ++this.#asked;
    const ranking = await shop.homebody.rerank(shelf.list, { signal: this.options.signal }).catch(() => undefined);
    if (!ranking || asked !== this.#asked || this.options.signal.aborted) return;
    this.ranking = ranking;
    if (ranking.by === 'model') shop.opened.set('#warm', new Set());
    await this.#apply();
    const again = RETRIES[attempt];
    if (ranking.by === 'server' && again !== undefined) {
      setTimeout(() => asked === this.#asked && !this.options.signal.aborted && this.rerank(attempt + 1), again);
    }
  }

  async setOrder(order: Order): Promise<void> {
    this.order = order;
    await this.#apply();
  }

  /** Shows `count` more cards. Their places are there at once, so that what follows moves only with the click itself. */
  async more(count: number): Promise<void> {
    const from = this.shown;
    this.#visible += count;
    const ghosts = Array.from({ length: this.shown - from }, ghost);
    this.element.append(...ghosts);
    await this.#replace(ghosts, this.ids.slice(from, this.shown));
    await this.#apply();
  }

  /** The first filling: one card for one ghost. */
  async #fill(): Promise<void> {
    const ids = this.ids.slice(0, this.#visible);
    const ghosts = [...this.element.children];
    await this.#replace(ghosts, ids);
    for (const old of ghosts.slice(ids.length)) old.remove();
    this.#filled = true;
    await this.#apply();
  }

  /** Puts cards in the places of ghosts, a few at a time; a list that was ordered anew meanwhile has no ghosts left. */
  async #replace(ghosts: Element[], ids: string[]): Promise<void> {
    for (let at = 0; at < ids.length; at += CHUNK) {
      for (let place = at; place < Math.min(at + CHUNK, ids.length); place++) {
        const old = ghosts[place];
        if (old?.parentNode === this.element) old.replaceWith(this.#card(ids[place]!));
      }
      await breathe();
    }
  }

  /** Whether the cards already stand like this. */
  #stands(ids: string[]): boolean {
    const { children } = this.element;
    return children.length === ids.length && ids.every((id, place) => children[place] === this.#cards.get(id));
  }

  #filled = false;

  async #apply(): Promise<void> {
    if (!this.#filled || !this.shelf) return;
    const ids = this.ids.slice(0, this.#visible);
    let made = 0;
    for (const id of ids) {
      if (this.#cards.has(id)) continue;
      this.#card(id);
      if (++made % CHUNK === 0) await breathe();
    }
    if (this.options.signal.aborted) return;
    if (this.#stands(ids)) {
      this.#badges(ids);
      this.onChange?.();
      return;
    }
    const before = this.#places();
    const here = new Set(this.element.children);
    for (const id of ids) if (!here.has(this.#card(id))) this.element.append(this.#card(id));
    for (const old of this.element.querySelectorAll('.ghost')) old.remove();
    this.shop.homebody?.apply?.(this.element, { items: this.#items(ids) });
    for (const extra of [...this.element.children].slice(ids.length)) extra.remove();
    this.#badges(ids);
    this.onChange?.();
    // In the frame that lays the new order out anyway, before it is painted.
    if (before.size > 0) requestAnimationFrame(() => this.#glide(before));
  }

  /** The ranking's items in the order shown; the server's order as items where there is no ranking. */
  #items(ids: string[]): RankedItem[] {
    const ranked = new Map(this.ranking?.items.map((item) => [item.id, item]));
    return ids.map((id, position) => {
      const item = ranked.get(id);
      return item ?? { id, position, originalPosition: position, score: 0, reasons: [], candidate: undefined };
    });
  }

  #badges(ids: string[]): void {
    const personal = this.order === 'personal' && this.ranking?.by === 'model';
    const ranked = new Map(this.ranking?.items.map((item) => [item.id, item]));
    for (const id of ids) {
      const element = this.#card(id);
      const item = ranked.get(id);
      badge(element, personal && item ? item.originalPosition - item.position : undefined);
      const why = element.querySelector<HTMLElement>('.why');
      if (why) why.hidden = !personal;
    }
  }

  #card(id: string): HTMLLIElement {
    const kept = this.#cards.get(id);
    if (kept) return kept;
    const made = card(this.shop, this.pictures, this.shelf!.listings.get(id)!, this.slot);
    this.#cards.set(id, made);
    return made;
  }

  #places(): Map<Element, DOMRect> {
    const places = new Map<Element, DOMRect>();
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return places;
    for (const child of this.element.children) places.set(child, child.getBoundingClientRect());
    return places;
  }

  /** Lets moved cards glide from their old place: a transform, which shifts no layout. */
  #glide(before: Map<Element, DOMRect>): void {
    const height = innerHeight;
    const moves: [Element, string][] = [];
    for (const child of this.element.children) {
      const now = child.getBoundingClientRect();
      if (now.top > height || now.bottom < 0) continue;
      const was = before.get(child);
      if (!was) moves.push([child, 'scale(.94)']);
      else if (was.left !== now.left || was.top !== now.top) {
        moves.push([child, `translate(${was.left - now.left}px, ${was.top - now.top}px)`]);
      }
    }
    for (const [child, transform] of moves) {
      child.animate(
        [
          { transform, opacity: 0.4 },
          { transform: 'none', opacity: 1 },
        ],
        {
          duration: 380,
          easing: 'cubic-bezier(.2,.7,.2,1)',
        },
      );
    }
  }
}
