import {
  type CandidateList,
  type EventInput,
  type EventItemInput,
  LIMITS,
  type RankedItem,
  type Ranking,
  type RerankOptions,
} from '../domain';
import type { WireRanking } from '../engine';
import { pushUnranked } from './fallback';

const MAX_TEXT = 10_000;

const ITEM = ['title', 'id', 'brand', 'category', 'price', 'currency', 'url', 'image', 'prior', 'vector'];
const GA4 = 'item_id item_name item_brand item_category item_category2 item_category3 item_category4 item_category5';
const GA4_ITEM = `${GA4} item_variant item_list_id price currency quantity index`.split(' ');
const EVENT = 'event id timestamp timestamp_micros utc_offset search_term dwell progress rating rating_max'.split(' ');
const VECTOR = ['model', 'q', 'qScale', 'e', 'eScale', 'bias', 'repeat', 'median', 'neighbours'];

/**
 * A copy with the named fields only, each a plain value: what a page hands us may hold functions, DOM nodes, getters
 * that throw or names like `__proto__`, none of which may reach `postMessage`. The engine validates the values.
 */
function pick(source: unknown, names: readonly string[]): Record<string, unknown> | undefined {
  if (typeof source !== 'object' || source === null) return undefined;
  const copy: Record<string, unknown> = {};
  try {
    for (const name of names) {
      const value = plain((source as Record<string, unknown>)[name], name);
      if (value !== undefined) copy[name] = value;
    }
  } catch {
    return undefined;
  }
  return copy;
}

function plain(value: unknown, name: string): unknown {
  if (typeof value === 'string') return value.length > MAX_TEXT ? value.slice(0, MAX_TEXT) : value;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (name === 'vector') return pick(value, VECTOR);
  if (Array.isArray(value)) {
    // Categories, or neighbours as [id, weight].
    return value
      .slice(0, LIMITS.neighbours)
      .map((part) => (Array.isArray(part) ? part.slice(0, 2).map(flat) : flat(part)));
  }
  return undefined;
}

function flat(value: unknown): unknown {
  return typeof value === 'string' ? value.slice(0, MAX_TEXT) : typeof value === 'number' ? value : null;
}

/** The event as it can be posted; `undefined` when it is no object. */
export function wireEvent(input: unknown): EventInput | undefined {
  const event = pick(input, EVENT) as EventInput | undefined;
  if (!event) return undefined;
  const items = (input as EventInput).items;
  if (Array.isArray(items)) {
    event.items = items
      .slice(0, LIMITS.eventItems)
      .map((item) => pick(item, [...GA4_ITEM, 'vector']) as never as EventItemInput);
  }
  return event;
}

/** The list as it can be posted: its first `LIMITS.candidates` items, each at its own place. */
export function wireList(list: CandidateList, items: readonly unknown[]): CandidateList {
  const names = [...new Set([...ITEM, ...GA4_ITEM])];
  const copy: CandidateList = {
    slot: String(list.slot ?? ''),
    items: items.slice(0, LIMITS.candidates).map((item) => pick(item, names) ?? null),
  };
  if (typeof list.requestId === 'string') copy.requestId = list.requestId;
  return copy;
}

/** Puts the server's own objects back; `undefined` when the answer is not a ranking of these items. */
export function restore(wire: WireRanking, items: readonly unknown[], limit: number): Ranking | undefined {
  if (!Array.isArray(wire?.items) || !Array.isArray(wire.dropped)) return undefined;
  const ranked: RankedItem[] = [];
  for (const item of wire.items) {
    const from = item?.originalPosition;
    if (typeof item?.id !== 'string' || !Number.isInteger(from) || from < 0 || from >= items.length) return undefined;
    ranked.push({ ...item, position: ranked.length, candidate: items[from] });
  }
  // Behind them, what was too many to rank.
  for (let from = LIMITS.candidates; from < items.length && ranked.length < limit; from++) {
    pushUnranked(ranked, items[from], from);
  }
  return { ...wire, items: ranked.slice(0, limit) };
}

/** `options` without the signal, which cannot be posted. */
export function wireOptions(options: RerankOptions): Omit<RerankOptions, 'signal'> {
  const copy = pick(options, ['limit', 'strategy', 'now', 'diversity', 'bought']) ?? {};
  return copy as Omit<RerankOptions, 'signal'>;
}
