import type { CandidateBatch } from './batch';
import { type LookBack, lookBack, lookBackWeights } from './look-back';
import type { FeatureSpec } from './manifest';
import type { InterestModel } from './model';
import { type Near, nearness } from './near';
import type { InterestState } from './state';
import { readsWords } from './words';

type TextSpec = Extract<FeatureSpec, { kind: 'text' }>;

/** A sum of a candidate's similarities that one or more columns read. */
interface TextSum {
  power: number;
  isWords: boolean;
  /** [m] */
  weights: Float64Array;
  /** What columns make of it. */
  readouts: { column: number; isLog: boolean; total: number }[];
}

/** The text columns by the sums they read, powers rising, so that a power is raised from the one before. */
function textSums(model: InterestModel, state: InterestState, look: LookBack, now: number): TextSum[] {
  const sums = new Map<string, TextSum>();
  model.manifest.features.forEach((spec, column) => {
    if (spec.kind !== 'text') return;
    const { log: isLog = false, mean, only: _, ...what } = spec;
    const key = JSON.stringify(what);
    let sum = sums.get(key);
    if (!sum) {
      const weights = lookBackWeights(state, look, spec, now);
      sum = { power: spec.power, isWords: readsWords(spec), weights, readouts: [] };
      sums.set(key, sum);
    }
    const total = mean ? sum.weights.reduce((all, value) => all + value, 0) : 1;
    sum.readouts.push({ column, isLog, total });
  });
  return [...sums.values()].sort((a, b) => a.power - b.power);
}

function multiply(values: Float64Array, by: Float64Array): void {
  for (let i = 0; i < values.length; i += 1) values[i]! *= by[i]!;
}

function addTo(sums: Float64Array, values: Float64Array, weight: number): void {
  for (let i = 0; i < sums.length; i += 1) sums[i]! += weight * values[i]!;
}

/**
 * Fills the columns that read `sums` of `out` [n, J] from similarities [m, n]: one item of the look-back after the other,
 * for all candidates, so that sums are made in its order whatever else is in the list.
 */
function fill(
  sums: readonly TextSum[],
  similarities: readonly Float64Array[],
  size: number,
  out: Float32Array,
  J: number,
) {
  const raised = new Float64Array(size);
  const values = sums.map(() => new Float64Array(size));
  similarities.forEach((column, j) => {
    raised.set(column);
    let reached = 1;
    sums.forEach(({ power, weights }, s) => {
      for (; reached < power; reached += 1) multiply(raised, column);
      addTo(values[s]!, raised, weights[j]!);
    });
  });
  sums.forEach(({ readouts }, s) => {
    const value = values[s]!;
    for (const { column, isLog, total } of readouts) {
      for (let i = 0; i < size; i += 1) {
        const share = total > 0 ? value[i]! / total : 0;
        out[i * J + column] = isLog ? Math.log1p(share) : share;
      }
    }
  });
}

/** Fills the columns of all `text` features of `out` [n, J]; returns what they were made of, if anything. */
export function textFeatures(
  model: InterestModel,
  state: InterestState,
  batch: CandidateBatch,
  now: number,
  out: Float32Array,
): Near | undefined {
  if (state.recent.length === 0) return undefined;
  const look = lookBack(model, state);
  const sums = textSums(model, state, look, now);
  if (sums.length === 0) return undefined;
  const near = nearness(model, batch, look);
  const J = model.manifest.features.length;
  for (const isWords of [false, true]) {
    const read = sums.filter((sum) => sum.isWords === isWords);
    if (read.length > 0) fill(read, isWords ? near.words : near.columns, batch.size, out, J);
  }
  return near;
}

/** The item of the look-back that has the largest part in one candidate's text feature, for explanations; −1: none. */
export function largestTextPart(near: Near, row: number, spec: TextSpec, weights: Float64Array): number {
  let best = -1;
  let most = 0;
  (readsWords(spec) ? near.words : near.columns).forEach((column, j) => {
    const part = weights[j]! * column[row]! ** spec.power;
    if (part > most) {
      best = j;
      most = part;
    }
  });
  return best;
}
