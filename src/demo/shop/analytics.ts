import type { EventItemInput } from '../../domain';

/** GA4 events that the shop pushes, some of which (`view_cart`, `begin_checkout`) are only for its statistics. */
export type ShopEvent =
  | 'view_item_list'
  | 'select_item'
  | 'view_item'
  | 'add_to_wishlist'
  | 'add_to_cart'
  | 'remove_from_cart'
  | 'view_cart'
  | 'begin_checkout'
  | 'purchase'
  | 'search';

export interface ShopEventDetails {
  items?: EventItemInput[];
  item_list_id?: string;
  transaction_id?: string;
  value?: number;
  search_term?: string;
}

/** Pushes an event to `dataLayer` exactly as shops with Google Tag Manager do; nobody listens but Homebody. */
export function pushEvent(target: Window, event: ShopEvent, details: ShopEventDetails): void {
  const host = target as { dataLayer?: unknown[] };
  host.dataLayer ??= [];
  const { search_term, ...ecommerce } = details;
  host.dataLayer.push({ ecommerce: null });
  host.dataLayer.push({ event, ...(search_term ? { search_term } : {}), ecommerce: { currency: 'EUR', ...ecommerce } });
}
