/** Bounds of what a page or a server may hand in. What is over them is cut or skipped with a diagnostic, never thrown. */
export const LIMITS = {
  /** Characters of an id; longer ones are invalid, since cutting would join different items. */
  id: 200,
  /** Characters of a title; longer ones are cut. */
  title: 1000,
  /** Characters of a brand, a category, a variant or a search term; longer ones are cut. */
  name: 200,
  /** Categories of one item. */
  categories: 10,
  /** Characters of an address; longer ones are left out. */
  url: 2000,
  /** Candidates of a list that are ranked; the others follow in the server's order. */
  candidates: 5000,
  /** Items of one event. */
  eventItems: 500,
  /** Values of a shipped vector. */
  vector: 4096,
  neighbours: 64,
  /** Seconds that one look can last. */
  dwell: 86_400,
  /** Milliseconds that a timestamp may be ahead of the clock. */
  clockSkew: 5 * 60_000,
  /** Events and items of an imported document. */
  importEvents: 100_000,
  importItems: 100_000,
} as const;
