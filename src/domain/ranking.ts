/** One term of an item's score. The values of an item's reasons sum to its score. */
export interface Reason {
  /** Stable name: `interest`, `familiarity`, `text`, `neighbours`, `popularity`, `conversion`, `prior`, `novelty`, `bought`, `diversity`. */
  term: string;
  value: number;
  /** What in the history carries the term most: an item id, a category or a brand that the shopper met. */
  because?: { itemId?: string; category?: string; brand?: string };
}

export interface RankedItem {
  id: string;
  /** 0-based place in the new order. */
  position: number;
  /** 0-based place in the list the server sent. */
  originalPosition: number;
  score: number;
  reasons: Reason[];
  /** Chance that the item is bought, 0 to 1, where strategy `conversion` ranked. */
  conversion?: number;
  /** The server's own object, as it was sent. */
  candidate: unknown;
}

export type DropReason = 'duplicate' | 'already bought' | 'invalid';

/** The answer to `rerank()`. */
export interface Ranking {
  rankId: string;
  slot: string;
  requestId?: string;
  items: RankedItem[];
  dropped: { id: string; why: DropReason }[];
  /** How the order was made. `server` is the last resort: the list as it came. */
  by: 'model' | 'server';
  /** Model id, when `by` is `model`. */
  model?: string;
  /** Executor that served, when `by` is `model`. */
  backend?: Backend;
  /** Milliseconds spent in the engine. */
  took: number;
}

export type Backend = 'webgpu' | 'wasm' | 'cpu';
export type Strategy = 'relevance' | 'conversion' | 'explore';

export interface RerankOptions {
  /** At most so many items come back; default all. */
  limit?: number;
  /** Default `relevance`. */
  strategy?: Strategy;
  signal?: AbortSignal;
  /** Unix ms to rank at; default the engine's clock. */
  now?: number;
  /** 0 (off, default) to 1: MMR's trade of relevance for distance between neighbours in the list. */
  diversity?: number;
  /** What happens to items the shopper has bought: `demote` (default) for a month, `drop`, or `keep` (shops of repeat buyers). */
  bought?: 'demote' | 'drop' | 'keep';
}
