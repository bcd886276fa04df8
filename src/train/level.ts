import type { FeatureSpec } from '../model';
import type { Shape } from './customer';
import type { Tensors } from './parameters';

const CUT = 10;
const WIDEST = 8;
const STEP = 0.25;
/** NDCG@10 that a smaller level may cost: the least intervention that is as good. */
const SLACK = 0.0003;

/** One list, cut to what can reach the first ten whatever the level: the best met and the best unmet products. */
export interface LevelList {
  /** Scores, falling. */
  met: readonly number[];
  unmet: readonly number[];
  /** 1 for a product of the basket, in the same order. */
  metRelevant: readonly number[];
  unmetRelevant: readonly number[];
  /** Products of the basket. */
  relevant: number;
}

/**
 * What is added to the score of every product met, in a list without and with a prior: where products met stand against
 * those not met, chosen on customers that the weights were not trained on. The loss over new products pulls their scores
 * apart, which orders them better and mixes too many of them among the others; a level moves all of them together, so
 * their own order, and every figure on new products, stays.
 */
export interface Levels {
  none: number;
  prior: number;
}

function cut(scores: Float64Array, relevant: Uint8Array, met: Uint8Array, wanted: 0 | 1) {
  const rows = [...scores.keys()].filter((row) => met[row] === wanted);
  rows.sort((a, b) => scores[b]! - scores[a]! || a - b);
  const first = rows.slice(0, CUT);
  return { scores: first.map((row) => scores[row]!), relevant: first.map((row) => relevant[row]!) };
}

/** @param scores, relevant, met [n] of one basket's candidates */
export function levelList(scores: Float64Array, relevant: Uint8Array, met: Uint8Array): LevelList {
  const known = cut(scores, relevant, met, 1);
  const fresh = cut(scores, relevant, met, 0);
  return {
    met: known.scores,
    unmet: fresh.scores,
    metRelevant: known.relevant,
    unmetRelevant: fresh.relevant,
    relevant: relevant.reduce((sum, one) => sum + one, 0),
  };
}

/** Binary NDCG@10 of a list whose met products are raised by `level`; a tie goes to what was met. */
export function levelledNdcg(list: LevelList, level: number): number {
  let a = 0;
  let b = 0;
  let gain = 0;
  let ideal = 0;
  for (let rank = 0; rank < CUT; rank += 1) {
    const discount = 1 / Math.log2(rank + 2);
    if (rank < list.relevant) ideal += discount;
    const known = a < list.met.length ? list.met[a]! + level : Number.NEGATIVE_INFINITY;
    const fresh = b < list.unmet.length ? list.unmet[b]! : Number.NEGATIVE_INFINITY;
    if (known === fresh && known === Number.NEGATIVE_INFINITY) continue;
    gain += discount * (known >= fresh ? list.metRelevant[a++]! : list.unmetRelevant[b++]!);
  }
  return ideal > 0 ? gain / ideal : 0;
}

/** The level nearest to 0 whose mean NDCG@10 is within {@link SLACK} of the best one's. */
export function bestLevel(lists: readonly LevelList[]): { level: number; ndcg: number } {
  const tried: { level: number; ndcg: number }[] = [];
  for (let level = -WIDEST; level <= WIDEST; level += STEP) {
    const sum = lists.reduce((total, list) => total + levelledNdcg(list, level), 0);
    tried.push({ level, ndcg: sum / Math.max(1, lists.length) });
  }
  const best = Math.max(...tried.map(({ ndcg }) => ndcg));
  tried.sort((a, b) => Math.abs(a.level) - Math.abs(b.level));
  return tried.find(({ ndcg }) => ndcg >= best - SLACK)!;
}

/**
 * Puts levels into the gate's row of the `met` column (in place): its bias, and its weight on `hasPrior`.
 * @returns false where the gate reads no `hasPrior` or there is no `met` column: the weights stay as they are
 */
export function applyLevels(weights: Tensors, shape: Pick<Shape, 'manifest' | 'hasPriorAt'>, levels: Levels): boolean {
  const row = shape.manifest.features.findIndex((spec: FeatureSpec) => spec.kind === 'met');
  if (row < 0 || shape.hasPriorAt < 0) return false;
  const columns = weights.get('gate.weight').length / shape.manifest.features.length;
  weights.get('gate.bias')[row]! += levels.none;
  weights.get('gate.weight')[row * columns + shape.hasPriorAt]! += levels.prior - levels.none;
  return true;
}
