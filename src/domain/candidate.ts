/** A shipped catalogue vector (formats.md). All arrays are base64 of little-endian int8; value = int8 × scale. */
export interface Vector {
  /** Id of the model that made it; a vector of another model is ignored. */
  model: string;
  /** `q ∈ R^D`, unit length. */
  q: string;
  qScale: number;
  /** `e ∈ R^E`, the whitened, unit-length text embedding. */
  e?: string;
  eScale?: number;
  /** Popularity bias `b_i`. */
  bias?: number;
  /** How much likelier than the shop's average product it is bought again, natural logarithm of the ratio. */
  repeat?: number;
  /** Median price of the item's narrowest category: what its price is compared with. */
  median?: number;
  /** `[item_id, weight]`, by id: the device never sees the catalogue. */
  neighbours?: [string, number][];
}

/** One entry of the server's list after validation. */
export interface Candidate {
  id: string;
  title: string;
  brand?: string;
  category?: string | string[];
  price?: number;
  currency?: string;
  url?: string;
  image?: string;
  /** The server's own score, higher is better. */
  prior?: number;
  vector?: Vector;
}

/** What the shop's endpoint returns for a slot; GA4's item field names are accepted too. Untrusted. */
export interface CandidateList {
  slot: string;
  requestId?: string;
  items: readonly unknown[];
}
