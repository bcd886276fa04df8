/** What a basket's list says: candidates in the order of `scores`. */
export interface Labels {
  /** 1 for an item of the basket. */
  relevant: Uint8Array;
  /** 1 for an item already met. */
  met: Uint8Array;
}

export interface LossOptions {
  /** Weight of the softmax cross-entropy: mean of −log softmax over the basket's items. */
  crossEntropy: number;
  /** Weight of the LambdaRank loss at 10 (Burges et al. 2006), on the first `depth` of the order. */
  lambda: number;
  /** Weight of the two losses over the whole list; default 1. */
  all?: number;
  /** Weight of the same two losses among the items already met; default 0. */
  known?: number;
  /** Weight of the same two losses among the items not met yet. */
  fresh: number;
  depth: number;
}

const CUT = 10;
const discount = (rank: number) => (rank < CUT ? 1 / Math.log2(rank + 2) : 0);

function crossEntropy(scores: Float64Array, rows: Int32Array, relevant: Uint8Array, weight: number, out: Float64Array) {
  let peak = Number.NEGATIVE_INFINITY;
  let positives = 0;
  for (const row of rows) {
    if (scores[row]! > peak) peak = scores[row]!;
    positives += relevant[row]!;
  }
  let total = 0;
  for (const row of rows) total += Math.exp(scores[row]! - peak);
  const logTotal = Math.log(total) + peak;
  let loss = 0;
  for (const row of rows) {
    out[row]! += weight * Math.exp(scores[row]! - logTotal);
    if (!relevant[row]) continue;
    out[row]! -= weight / positives;
    loss += (weight * (logTotal - scores[row]!)) / positives;
  }
  return loss;
}

/** Pairs (relevant i, other j): `|ΔNDCG@10| · log(1 + exp(s_j − s_i))`, ranks taken from the scores as they are. */
function lambdaRank(
  scores: Float64Array,
  rows: Int32Array,
  relevant: Uint8Array,
  options: LossOptions,
  weight: number,
  out: Float64Array,
): number {
  const order = rows.slice().sort((a, b) => scores[b]! - scores[a]! || a - b);
  let positives = 0;
  for (const row of rows) positives += relevant[row]!;
  let ideal = 0;
  for (let rank = 0; rank < Math.min(CUT, positives); rank += 1) ideal += discount(rank);
  const depth = Math.min(options.depth, order.length);
  let loss = 0;
  for (let a = 0; a < depth; a += 1) {
    const i = order[a]!;
    if (!relevant[i]) continue;
    for (let b = 0; b < depth; b += 1) {
      const j = order[b]!;
      if (relevant[j] || (a >= CUT && b >= CUT)) continue;
      const gain = (weight * Math.abs(discount(a) - discount(b))) / ideal;
      const margin = scores[j]! - scores[i]!;
      loss += gain * (Math.max(margin, 0) + Math.log1p(Math.exp(-Math.abs(margin))));
      const push = gain / (1 + Math.exp(-margin));
      out[i]! -= push;
      out[j]! += push;
    }
  }
  return loss;
}

/** Loss of one list; its gradient by score is written to `out` [n]. 0 for a list without a relevant item. */
export function listLoss(scores: Float64Array, labels: Labels, options: LossOptions, out: Float64Array): number {
  out.fill(0);
  const all = Int32Array.from(scores.keys());
  let loss = 0;
  for (const [rows, weight] of [
    [all, options.all ?? 1],
    [all.filter((row) => labels.met[row]), options.known ?? 0],
    [all.filter((row) => !labels.met[row]), options.fresh],
  ] as const) {
    if (weight === 0 || !rows.some((row) => labels.relevant[row])) continue;
    if (options.crossEntropy) loss += crossEntropy(scores, rows, labels.relevant, weight * options.crossEntropy, out);
    if (options.lambda) loss += lambdaRank(scores, rows, labels.relevant, options, weight * options.lambda, out);
  }
  return loss;
}

/** Binary NDCG@10 of one list, ideal cut at the number of relevant items; undefined without any. */
export function listNdcg(scores: Float64Array, relevant: Uint8Array, skip?: Uint8Array): number | undefined {
  const top: number[] = [];
  let positives = 0;
  for (let i = 0; i < scores.length; i += 1) {
    if (skip?.[i]) continue;
    positives += relevant[i]!;
    if (top.length === CUT && !(scores[i]! > scores[top[CUT - 1]!]!)) continue;
    let at = top.length;
    while (at > 0 && scores[i]! > scores[top[at - 1]!]!) at -= 1;
    top.splice(at, 0, i);
    if (top.length > CUT) top.pop();
  }
  if (positives === 0) return undefined;
  let gain = 0;
  top.forEach((row, rank) => {
    gain += relevant[row]! * discount(rank);
  });
  let ideal = 0;
  for (let rank = 0; rank < Math.min(CUT, positives); rank += 1) ideal += discount(rank);
  return gain / ideal;
}
