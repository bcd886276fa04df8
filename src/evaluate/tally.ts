import { bootstrapMean } from './bootstrap';
import { aucOf, giniOf, intraListDistance, ndcgAt, recallAt } from './metrics';
import type { Judgement, Query } from './query';
import { rankOf, topPlaces } from './top';

/** Places of the list that is judged. */
export const LENGTH = 10;

/** Figures of one ranker on one slice. */
export interface ResultRow {
  name: string;
  slice: string;
  'ndcg@10': number;
  /** 95 % interval of NDCG@10, customers resampled. */
  low: number;
  high: number;
  'hr@10': number;
  'recall@10': number;
  mrr: number;
  /** Distinct items in any of the first tens. */
  coverage: number;
  /** Mean self-information of what is recommended, bits. */
  'novelty@10': number;
  /** 1 − mean cosine of the text of what is recommended together; NaN without vectors. */
  'diversity@10': number;
  /** Of how often each candidate was among the first ten. */
  'gini@10': number;
  /**
   * Of lists that were shown: AUC of each list, weighted by how many items it showed (GAUC of Zhu et al. 2018, with lists
   * as groups; those whose items are all relevant are left out).
   */
  gauc?: number;
  /** Rankings judged: baskets of next-basket, one a user of leave-one-out. */
  baskets: number;
  customers: number;
  settings?: string;
}

/** What a judged ranking came to. */
export interface Judged {
  ndcg: number;
  recall: number;
  /** 1 / rank of the first relevant item. */
  reciprocal: number;
  /** Item rows of the first ten. */
  top: number[];
  /** Of a list that was shown. */
  auc?: { value: number; items: number };
}

/** Judges one ranking: O(candidates) for the first ten and for each relevant item. */
export function judge(query: Query, judgement: Judgement, scores: ArrayLike<number>): Judged {
  const { candidates } = query;
  const isOut = (place: number): boolean => {
    const row = candidates[place]!;
    return (query.excluded?.has(row) || judgement.excluded?.has(row)) ?? false;
  };
  const top = topPlaces(scores, LENGTH, isOut).map((place) => candidates[place]!);
  let first = Number.POSITIVE_INFINITY;
  let at = top.findIndex((row) => judgement.relevant.has(row));
  if (at >= 0) first = at;
  else {
    // Below the first ten: the best of the relevant.
    let best = Number.NEGATIVE_INFINITY;
    at = -1;
    for (const row of judgement.relevant) {
      const place = placeOf(candidates, row);
      if (place < 0 || isOut(place)) continue;
      if (at < 0 || scores[place]! > best || (scores[place] === best && place < at)) {
        at = place;
        best = scores[place]!;
      }
    }
    if (at >= 0) first = rankOf(scores, at, isOut);
  }
  return {
    ndcg: ndcgAt(LENGTH, top, judgement.relevant),
    recall: recallAt(LENGTH, top, judgement.relevant),
    reciprocal: 1 / (1 + first),
    top,
    ...(query.positions ? { auc: listAuc(query, judgement, scores) } : {}),
  };
}

function listAuc({ candidates }: Query, { relevant }: Judgement, scores: ArrayLike<number>) {
  const value = aucOf(
    scores,
    Array.from(candidates, (row) => relevant.has(row)),
  );
  return { value, items: candidates.length };
}

/** Place of an item in the rising candidates; −1: it is none. */
function placeOf(candidates: Int32Array, row: number): number {
  let low = 0;
  let high = candidates.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (candidates[middle]! < row) low = middle + 1;
    else high = middle;
  }
  return candidates[low] === row ? low : -1;
}

/** What rows are made with. */
export interface RowContext {
  seed: number;
  resamples?: number;
  /** How many items were ranked. */
  candidates: number;
  /** [items] bits. */
  information: Float64Array;
  /** Whitened text by item row. */
  textOf?: (row: number) => Float32Array | undefined;
}

/** Sums of one ranker on one slice, by customer. */
export class Tally {
  /** NDCG@10 of every customer, for intervals and comparisons. */
  readonly byUser = new Map<number, { sum: number; count: number }>();
  private readonly shown = new Map<number, number>();
  private readonly tops: number[][] = [];
  private hits = 0;
  private recall = 0;
  private reciprocal = 0;
  private rankings = 0;
  private readonly auc = { sum: 0, items: 0, lists: 0 };

  add(user: number, { ndcg, recall, reciprocal, top, auc }: Judged): void {
    const mine = this.byUser.get(user) ?? { sum: 0, count: 0 };
    this.byUser.set(user, { sum: mine.sum + ndcg, count: mine.count + 1 });
    for (const item of top) this.shown.set(item, (this.shown.get(item) ?? 0) + 1);
    this.tops.push(top);
    this.hits += recall > 0 ? 1 : 0;
    this.recall += recall;
    this.reciprocal += reciprocal;
    this.rankings++;
    if (!auc) return;
    this.auc.lists++;
    if (Number.isNaN(auc.value)) return;
    this.auc.sum += auc.value * auc.items;
    this.auc.items += auc.items;
  }

  row(name: string, slice: string, context: RowContext): ResultRow {
    const groups = [...this.byUser.values()];
    const { low, high } = bootstrapMean(groups, context);
    const counts = new Float64Array(context.candidates);
    counts.set([...this.shown.values()]);
    const shown = [...this.shown.values()].reduce((sum, count) => sum + count, 0);
    let bits = 0;
    for (const [item, count] of this.shown) bits += count * context.information[item]!;
    const n = this.rankings;
    return {
      name,
      slice,
      'ndcg@10': groups.reduce((sum, group) => sum + group.sum, 0) / n,
      low,
      high,
      'hr@10': this.hits / n,
      'recall@10': this.recall / n,
      mrr: this.reciprocal / n,
      coverage: this.shown.size,
      'novelty@10': bits / shown,
      'diversity@10': this.diversity(context.textOf),
      'gini@10': giniOf(counts),
      ...(this.auc.lists > 0 ? { gauc: this.auc.sum / this.auc.items } : {}),
      baskets: n,
      customers: this.byUser.size,
    };
  }

  private diversity(textOf: RowContext['textOf']): number {
    if (!textOf) return Number.NaN;
    let sum = 0;
    let lists = 0;
    for (const top of this.tops) {
      const distance = intraListDistance(top.map(textOf));
      if (Number.isNaN(distance)) continue;
      sum += distance;
      lists++;
    }
    return sum / lists;
  }
}
