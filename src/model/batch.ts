import { medianOf, relativePrice } from './encode';
import type { PriorScale } from './manifest';
import type { InterestModel } from './model';
import type { MeasuredColumns } from './near';
import type { ItemVector } from './vector';
import { indexWords, type WordIndex, wordsOf } from './words';

/** A candidate as the scorer needs it. */
export interface ScoredItem {
  id: string;
  /** Read by columns of shared words alone. */
  title?: string | undefined;
  categories: readonly string[];
  brand?: string | undefined;
  /** Absent: text, neighbours and interest are 0. */
  vector?: ItemVector | undefined;
  price?: number | undefined;
  /** The server's own score, higher is better. */
  prior?: number | undefined;
}

/** Candidates as matrices. Made once for a list (or a whole catalogue) and read by {@link candidateFeatures}. */
export interface CandidateBatch {
  size: number;
  ids: readonly string[];
  rows: ReadonlyMap<string, number>;
  /** [n, D]; zeros where unknown. */
  q: Float32Array;
  /** [n, E]; zeros where unknown. */
  e: Float32Array;
  bias: Float32Array;
  /** [n] how readily each is bought again; 0 where unknown. */
  repeat: Float32Array;
  /** log2 of the price over its category's median, ± 4, over 4; NaN where unknown. */
  price: Float32Array;
  /** NaN where missing. May be overwritten between calls: it is standardised anew each time. */
  prior: Float64Array;
  /** Distinct names, and for row i the indices `categoryIndex[categoryStart[i] .. categoryStart[i + 1]]`. */
  categoryNames: readonly string[];
  categoryStart: Int32Array;
  categoryIndex: Int32Array;
  brandNames: readonly string[];
  /** −1: none. */
  brandIndex: Int32Array;
  neighbours: readonly (readonly (readonly [string, number])[] | undefined)[];
  /**
   * The same lists turned around: for an item of whose events some candidate's score takes account, pairs of
   * candidate's row and weight. A shopper has met few items and a list has many neighbours. Empty for a model without
   * neighbour features.
   */
  speaksFor: ReadonlyMap<string, number[]>;
  /** Absent for a model that reads no words. */
  words?: WordIndex;
  /** Set by whoever ranks these same candidates for many shoppers: saves measuring texts again. */
  near?: MeasuredColumns;
}

function intern(names: string[], index: Map<string, number>, name: string): number {
  let at = index.get(name);
  if (at === undefined) {
    at = names.length;
    names.push(name);
    index.set(name, at);
  }
  return at;
}

/** Lays candidates out as matrices. When an id is repeated, the first one is found by id. */
export function prepareCandidates(model: InterestModel, items: readonly ScoredItem[]): CandidateBatch {
  const { item: D, embedding: E } = model.manifest.sizes;
  const n = items.length;
  const q = new Float32Array(n * D);
  const e = new Float32Array(n * E);
  const bias = new Float32Array(n);
  const repeat = new Float32Array(n);
  const price = new Float32Array(n);
  const prior = new Float64Array(n);
  const rows = new Map<string, number>();
  const categoryNames: string[] = [];
  const brandNames: string[] = [];
  const categoryMap = new Map<string, number>();
  const brandMap = new Map<string, number>();
  const categoryStart = new Int32Array(n + 1);
  const categoryIndex: number[] = [];
  const brandIndex = new Int32Array(n).fill(-1);
  const speaksFor = new Map<string, number[]>();
  const reads = model.manifest.features.some(({ kind }) => kind === 'neighbours');
  items.forEach((item, i) => {
    for (const [id, weight] of (reads && item.vector?.neighbours) || []) {
      const pairs = speaksFor.get(id);
      if (pairs) pairs.push(i, weight);
      else speaksFor.set(id, [i, weight]);
    }
    if (!rows.has(item.id)) rows.set(item.id, i);
    if (item.vector) {
      q.set(item.vector.q, i * D);
      if (item.vector.e) e.set(item.vector.e, i * E);
      bias[i] = item.vector.bias ?? 0;
      repeat[i] = item.vector.repeat ?? 0;
    }
    price[i] =
      relativePrice(item.price, item.vector?.median ?? medianOf(model.manifest, item.categories)) ?? Number.NaN;
    prior[i] = item.prior ?? Number.NaN;
    for (const name of new Set(item.categories)) categoryIndex.push(intern(categoryNames, categoryMap, name));
    categoryStart[i + 1] = categoryIndex.length;
    if (item.brand) brandIndex[i] = intern(brandNames, brandMap, item.brand);
  });
  return {
    size: n,
    ids: items.map((item) => item.id),
    rows,
    q,
    e,
    bias,
    repeat,
    price,
    prior,
    categoryNames,
    categoryStart,
    categoryIndex: Int32Array.from(categoryIndex),
    brandNames,
    brandIndex,
    neighbours: items.map((item) => item.vector?.neighbours),
    speaksFor,
    ...(model.readsWords ? { words: indexWords(items.map((item) => wordsOf(item.title ?? ''))) } : {}),
  };
}

/**
 * The prior as a feature (manifest, PriorScale), z-standardised within the list; a constant or absent prior gives 0. What is
 * below 0 anywhere is an order and no amount, and is read by `rank` where the logarithm is asked for.
 */
export function standardisePrior(prior: Float64Array, asked: PriorScale): Float64Array {
  const out = new Float64Array(prior.length);
  let known: number[] = [];
  for (let i = 0; i < prior.length; i += 1) if (!Number.isNaN(prior[i]!)) known.push(i);
  if (known.length === 0) return out;
  const scale = asked === 'log' && prior.some((value) => value < 0) ? 'rank' : asked;
  if (scale === 'rank') known = [...prior.keys()];
  const values = new Float64Array(prior.length);
  if (scale === 'rank') {
    const worth = (i: number) => (Number.isNaN(prior[i]!) ? Number.NEGATIVE_INFINITY : prior[i]!);
    const order = known.sort((a, b) => (worth(a) === worth(b) ? 0 : worth(b) - worth(a)));
    for (let from = 0; from < order.length; ) {
      let to = from;
      while (to < order.length && worth(order[to]!) === worth(order[from]!)) to += 1;
      for (let i = from; i < to; i += 1) values[order[i]!] = -Math.log((from + to + 1) / 2 + 60);
      from = to;
    }
  } else for (const i of known) values[i] = scale === 'log' ? Math.log1p(prior[i]!) : prior[i]!;
  let mean = 0;
  for (const i of known) mean += values[i]! / known.length;
  let variance = 0;
  for (const i of known) variance += (values[i]! - mean) ** 2 / known.length;
  const deviation = Math.sqrt(variance);
  if (!(deviation > 1e-12) || !Number.isFinite(deviation)) return out;
  for (const i of known) out[i] = (values[i]! - mean) / deviation;
  return out;
}
