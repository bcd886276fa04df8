/**
 * Binary NDCG at `k` of one list: Σ 1 / log2(place + 2) over the relevant among the first `k`, divided by that of the
 * best possible list, which has min(k, |relevant|) hits (Järvelin & Kekäläinen 2002; the ideal cut of formats.md).
 * @param top row numbers, best first; only the first `k` count
 */
export function ndcgAt(k: number, top: ArrayLike<number>, relevant: ReadonlySet<number>): number {
  if (relevant.size === 0) return Number.NaN;
  let gain = 0;
  for (let place = 0; place < Math.min(k, top.length); place++) {
    if (relevant.has(top[place]!)) gain += 1 / Math.log2(place + 2);
  }
  let ideal = 0;
  for (let place = 0; place < Math.min(k, relevant.size); place++) ideal += 1 / Math.log2(place + 2);
  return gain / ideal;
}

/** 1 when any relevant row is among the first `k`, else 0. */
export function hitAt(k: number, top: ArrayLike<number>, relevant: ReadonlySet<number>): number {
  for (let place = 0; place < Math.min(k, top.length); place++) if (relevant.has(top[place]!)) return 1;
  return 0;
}

/** The share of the relevant rows that is among the first `k`; NaN when there are none. */
export function recallAt(k: number, top: ArrayLike<number>, relevant: ReadonlySet<number>): number {
  let hits = 0;
  for (let place = 0; place < Math.min(k, top.length); place++) if (relevant.has(top[place]!)) hits++;
  return hits / relevant.size;
}

/**
 * 1 / (1 + place of the first relevant row) in the whole order; 0 when none is in it.
 * @param order row numbers, best first
 */
export function reciprocalRank(order: ArrayLike<number>, relevant: ReadonlySet<number>): number {
  for (let place = 0; place < order.length; place++) if (relevant.has(order[place]!)) return 1 / (1 + place);
  return 0;
}

/** Rows by falling score, ties by row (the order of the items file). */
export function orderOf(rows: ArrayLike<number>, scores: ArrayLike<number>): Int32Array {
  return Int32Array.from(rows).sort((a, b) => scores[b]! - scores[a]! || a - b);
}

/**
 * Area under the ROC curve: the chance that a relevant one has a higher score than another one, ties half (Mann &
 * Whitney 1947). NaN when all or none are relevant.
 */
export function aucOf(scores: ArrayLike<number>, isRelevant: ArrayLike<number | boolean>): number {
  const order = Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  let positives = 0;
  let rankSum = 0;
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && scores[order[to]!] === scores[order[from]!]) to++;
    for (let at = from; at < to; at++) {
      if (!isRelevant[order[at]!]) continue;
      positives++;
      rankSum += (from + to + 1) / 2;
    }
    from = Math.max(to, from + 1);
  }
  const negatives = scores.length - positives;
  if (positives === 0 || negatives === 0) return Number.NaN;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/**
 * Gini coefficient of how often each item was recommended: 0 when all are alike, towards 1 when few items get all.
 * `Σ_i (2 i − n − 1) x_i / (n Σ x)`, x rising, i from 1.
 */
export function giniOf(counts: ArrayLike<number>): number {
  const sorted = Float64Array.from(counts).sort();
  const n = sorted.length;
  let sum = 0;
  let weighted = 0;
  for (const [i, count] of sorted.entries()) {
    sum += count;
    weighted += (2 * (i + 1) - n - 1) * count;
  }
  return sum > 0 ? weighted / (n * sum) : Number.NaN;
}

/**
 * Self-information in bits of every item, `−log2 p(i)`, p the share of the training events with one added to every item
 * (the novelty of Vargas & Castells 2011): what nobody has met yet is finite and the most novel.
 * @param counts [items] events in training
 */
export function selfInformation(counts: ArrayLike<number>): Float64Array {
  const n = counts.length;
  let total = n;
  for (let i = 0; i < n; i++) total += counts[i]!;
  return Float64Array.from(counts, (count) => -Math.log2((count + 1) / total));
}

/**
 * Intra-list distance (Ziegler et al. 2005): 1 − mean cosine over all pairs of a list. An item without a vector is like
 * no other. NaN for fewer than two items.
 * @param vectors of length 1 or 0
 */
export function intraListDistance(vectors: readonly (Float32Array | undefined)[]): number {
  const n = vectors.length;
  if (n < 2) return Number.NaN;
  let sum = 0;
  for (let a = 0; a < n; a++) {
    for (let b = a + 1; b < n; b++) {
      const x = vectors[a];
      const y = vectors[b];
      if (x && y) for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
    }
  }
  return 1 - (2 * sum) / (n * (n - 1));
}
