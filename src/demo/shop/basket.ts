import { type Listing, readListing } from './listing';

export interface Line {
  listing: Listing;
  quantity: number;
}

/** The shopper's cart and wishlist: the shop's own, on this device, as every shop has them. */
export interface Basket {
  lines(): Line[];
  count(): number;
  total(): number;
  add(listing: Listing): void;
  remove(id: string): Line | undefined;
  clear(): void;
  wished(id: string): boolean;
  /** Turns the wish on or off and tells which it is now. */
  wish(listing: Listing): boolean;
  onChange(listener: () => void): void;
}

/** `storage` may be full or forbidden; then the basket lasts as long as the page. */
export function createBasket(storage: Storage | undefined): Basket {
  const lines = new Map<string, Line>();
  const wishes = new Set<string>();
  const listeners = new Set<() => void>();

  for (const line of read<Line[]>(storage, 'shop.cart') ?? []) {
    const listing = readListing(line?.listing);
    if (listing && line.quantity > 0) lines.set(listing.id, { listing, quantity: line.quantity });
  }
  for (const id of read<string[]>(storage, 'shop.wishes') ?? []) wishes.add(String(id));

  function changed() {
    try {
      storage?.setItem('shop.cart', JSON.stringify([...lines.values()]));
      storage?.setItem('shop.wishes', JSON.stringify([...wishes]));
    } catch {
      // Storage full or forbidden: the cart still works until the page is left.
    }
    for (const listener of listeners) listener();
  }

  return {
    lines: () => [...lines.values()],
    count: () => [...lines.values()].reduce((sum, line) => sum + line.quantity, 0),
    total: () => [...lines.values()].reduce((sum, line) => sum + line.quantity * line.listing.price, 0),
    add(listing) {
      lines.set(listing.id, { listing, quantity: (lines.get(listing.id)?.quantity ?? 0) + 1 });
      changed();
    },
    remove(id) {
      const line = lines.get(id);
      lines.delete(id);
      changed();
      return line;
    },
    clear() {
      lines.clear();
      changed();
    },
    wished: (id) => wishes.has(id),
    wish(listing) {
      const on = !wishes.delete(listing.id);
      if (on) wishes.add(listing.id);
      changed();
      return on;
    },
    onChange: (listener) => void listeners.add(listener),
  };
}

function read<T>(storage: Storage | undefined, key: string): T | undefined {
  try {
    return JSON.parse(storage?.getItem(key) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}
