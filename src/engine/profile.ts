import type { ItemFacts, LoggedEvent, Profile } from '../domain';
import { DEFAULT_DWELL, DEFAULT_KINDS, eventItems, kindWeight } from '../model';
import type { Core } from './core';

const WEEK = 7 * 86_400_000;
/** What a later event leaves of an earlier one's weight, beside the half-life of a week. */
const PER_EVENT = 0.93;
const POINTS = 48;
const LATEST = 100;
const ITEMS = 50;
const NAMES = 12;

/** Decayed weights by name: what the shopper did with it, fading with time and with what came after. */
class Weights {
  private readonly byName = new Map<string, number>();
  private time = Number.NaN;

  fade(time: number): void {
    const gap = Number.isNaN(this.time) ? 0 : Math.max(0, time - this.time);
    const factor = PER_EVENT * 2 ** (-gap / WEEK);
    for (const [name, weight] of this.byName) this.byName.set(name, weight * factor);
    this.time = time;
  }

  add(name: string, weight: number): void {
    this.byName.set(name, (this.byName.get(name) ?? 0) + weight);
  }

  /** Strongest first; the shares of all names sum to 1. */
  shares(): [string, number][] {
    const positive = [...this.byName].filter(([, weight]) => weight > 1e-6);
    const total = positive.reduce((sum, [, weight]) => sum + weight, 0);
    const sorted = positive.sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
    return sorted.slice(0, NAMES).map(([name, weight]) => [name, weight / total]);
  }
}

type Doing = Profile['items'][number];

function doings(events: readonly LoggedEvent[], facts: (id: string) => ItemFacts | undefined): Doing[] {
  const byId = new Map<string, Doing>();
  for (const event of events) {
    if (event.name === 'view_item_list') continue;
    for (const { id } of event.items) {
      const known = facts(id);
      const doing = byId.get(id) ?? {
        id,
        title: known?.title || id,
        categories: known?.categories ?? [],
        views: 0,
        carts: 0,
        purchases: 0,
        lastTime: event.time,
      };
      if (event.name === 'view_item' || event.name === 'select_item') doing.views += 1;
      if (event.name === 'add_to_cart') doing.carts += 1;
      if (event.name === 'purchase') doing.purchases += 1;
      if (event.name === 'refund') doing.purchases = Math.max(0, doing.purchases - 1);
      doing.lastTime = event.time;
      byId.set(id, doing);
    }
  }
  const met = (doing: Doing) => doing.views + 2 * doing.carts + 3 * doing.purchases;
  return [...byId.values()].sort((a, b) => met(b) - met(a) || b.lastTime - a.lastTime).slice(0, ITEMS);
}

/** What is stored and inferred, in words for people: computed from the log and the fact table, by weights like the model's. */
export function profileOf(core: Core): Profile {
  const { log, items, view, store, isPaused } = core;
  const manifest = view?.ready.model.manifest ?? { kinds: DEFAULT_KINDS, dwell: DEFAULT_DWELL };
  const facts = (id: string) => items.get(id)?.facts;
  const { events } = log;
  const categories = new Weights();
  const brands = new Weights();
  const timeline: Profile['timeline'] = [];
  const byName: Record<string, number> = {};
  const every = Math.max(1, Math.ceil(events.length / POINTS));
  events.forEach((event, i) => {
    byName[event.name] = (byName[event.name] ?? 0) + 1;
    if (event.name !== 'view_item_list') {
      const sign = event.name === 'refund' ? -(manifest.kinds.purchase ?? 1) : kindWeight(manifest, event);
      categories.fade(event.time);
      brands.fade(event.time);
      for (const item of eventItems(event)) {
        const known = facts(item.id);
        if (known?.categories[0]) categories.add(known.categories[0], sign);
        if (known?.brand) brands.add(known.brand, sign);
      }
    }
    if ((events.length - 1 - i) % every === 0) {
      timeline.push({ time: event.time, shares: Object.fromEntries(categories.shares()) });
    }
  });
  const liked = categories.shares();
  const interests = [
    ...liked.map(([name, share]) => ({ kind: 'category' as const, name, share })),
    ...brands.shares().map(([name, share]) => ({ kind: 'brand' as const, name, share })),
  ].sort((a, b) => b.share - a.share);
  return {
    consent: 'granted',
    paused: isPaused,
    summary: summarise(events.length, liked, isPaused),
    events: {
      total: events.length,
      ...(events.length > 0 ? { first: events[0]!.time, last: events.at(-1)!.time } : {}),
      byName,
      latest: events.slice(-LATEST).reverse(),
    },
    interests,
    items: doings(events, facts),
    timeline,
    ...(view ? { model: view.ready.model.manifest.id } : {}),
    storage: { bytes: sizeOf(core), ...(store.kind === 'indexeddb' ? { database: store.name } : {}) },
  };
}

/** What the log and the fact table take, roughly: their length as JSON. */
function sizeOf({ log, items }: Core): number {
  return JSON.stringify(log.events).length + JSON.stringify([...items.all()]).length;
}

function summarise(total: number, liked: [string, number][], isPaused: boolean): string {
  const paused = isPaused ? ' Recording is paused.' : '';
  if (total === 0) return `Nothing about you is stored on this device.${paused}`;
  const what = `${total} ${total === 1 ? 'action is' : 'actions are'} stored, on this device only.`;
  const names = liked.slice(0, 3).map(([name]) => name);
  const list = names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : names[0];
  return `${what}${list ? ` You seem most interested in ${list}.` : ''}${paused}`;
}
