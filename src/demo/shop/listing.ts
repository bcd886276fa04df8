import type { EventItemInput } from '../../domain';

/** A product as the shop's pages show it, whatever field names the server used. */
export interface Listing {
  id: string;
  title: string;
  brand: string;
  category: string[];
  price: number;
  motif: string;
}

/** Reads a candidate in formats.md's names or in GA4's; `undefined` when it has no id or title. */
export function readListing(raw: unknown): Listing | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const field = raw as Record<string, unknown>;
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const id = text(field.id ?? field.item_id);
  const title = text(field.title ?? field.item_name);
  if (!id || !title) return undefined;
  const path = field.category ?? [field.item_category, field.item_category2];
  return {
    id,
    title,
    brand: text(field.brand ?? field.item_brand),
    category: (Array.isArray(path) ? path : [path]).map(text).filter(Boolean),
    price: typeof field.price === 'number' ? field.price : 0,
    motif: text(field.motif),
  };
}

/** GA4's item fields, as the shop pushes them to `dataLayer`. */
export function ga4Item(listing: Listing, more: Partial<EventItemInput> = {}): EventItemInput {
  return {
    item_id: listing.id,
    item_name: listing.title,
    item_brand: listing.brand,
    item_category: listing.category[0],
    item_category2: listing.category[1],
    price: listing.price,
    currency: 'EUR',
    ...more,
  };
}
