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
