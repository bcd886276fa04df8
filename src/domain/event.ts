import type { Vector } from './candidate';

/** GA4's recommended ecommerce events that we take, and four of content sites (`rate`, `like`, `share`, `search`). */
export const EVENT_NAMES = [
  'view_item_list',
  'select_item',
  'view_item',
  'add_to_wishlist',
  'add_to_cart',
  'remove_from_cart',
  'purchase',
  'refund',
  'rate',
  'like',
  'share',
  'search',
] as const;
export type EventName = (typeof EVENT_NAMES)[number];

/** One item of an event in GA4's field names (`item_id` …). Unknown fields are ignored. */
export interface EventItemInput {
  item_id: string | number;
  item_name?: string;
  item_brand?: string;
  item_category?: string;
  item_category2?: string;
  item_category3?: string;
  item_category4?: string;
  item_category5?: string;
  item_variant?: string;
  item_list_id?: string;
  price?: number;
  currency?: string;
  quantity?: number;
  index?: number;
  /** A shipped catalogue vector; the first one accepted for a model is frozen until the model changes. */
  vector?: Vector;
}

/** What a page hands to `observe()`. */
export interface EventInput {
  event: EventName;
  /** Any stable id; a repeated id changes nothing. Absent: a UUID is made on arrival. */
  id?: string;
  /** Unix milliseconds. Absent: the engine's clock. */
  timestamp?: number;
  /** GA4's microseconds; used when `timestamp` is absent. */
  timestamp_micros?: number;
  /** Minutes that local time is ahead of UTC; absent: the device's own at that time. Fixed in the log so that a replay gives the same. */
  utc_offset?: number;
  items?: EventItemInput[];
  /** `search` only. */
  search_term?: string;
  /** Seconds the item was really looked at. */
  dwell?: number;
  /** 0..1, how far a reader got (content sites). */
  progress?: number;
  /** `rate`: on `rating_max`'s scale (default 5). */
  rating?: number;
  rating_max?: number;
}

/** One item as the log keeps it. */
export interface EventItem {
  id: string;
  quantity?: number;
  price?: number;
}

/** One record of the event log: validated, with its final id, time and order. Plain data. */
export interface LoggedEvent {
  id: string;
  /** Arrival number, unique and rising on this device; order of the log is (time, seq). */
  seq: number;
  name: EventName;
  /** Unix ms. */
  time: number;
  /** Minutes that local time was ahead of UTC. */
  utcOffset: number;
  items: EventItem[];
  search?: string;
  dwell?: number;
  progress?: number;
  /** 0..1 */
  rating?: number;
}

/** What is known of an item: a row of the fact table. Plain data. */
export interface ItemFacts {
  id: string;
  title: string;
  brand?: string;
  /** From the broadest to the narrowest. */
  categories: string[];
  price?: number;
  currency?: string;
  url?: string;
  image?: string;
}

/** The text that is embedded for an item: title, then brand and categories. */
export function itemText(facts: Pick<ItemFacts, 'title' | 'brand' | 'categories'>): string {
  return [facts.title, facts.brand, ...facts.categories].filter((part) => part && part.trim() !== '').join('. ');
}
