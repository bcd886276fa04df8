import type { CandidateBatch } from './batch';
import { type LookBack, lookBack, lookBackWeights } from './look-back';
import type { FeatureSpec } from './manifest';
import type { InterestModel } from './model';
import { type Near, nearness } from './near';
import type { InterestState } from './state';

type TextSpec = Extract<FeatureSpec, { kind: 'text' | 'textMax' }>;

/** A sum (or maximum) of a candidate's similarities that one or more columns read. */
interface TextSum {
  power: number;
  isMax: boolean;
  withoutSelf: boolean;
  /** [m]; of no use to a maximum. */
  weights: Float64Array;
  /** What columns make of it; those that differ in `only` alone share one. */
  readouts: { columns: number[]; isLog: boolean; total: number }[];
}

/** The text columns by the sums they read, powers rising, so that a power is raised from the one before. */
function textSums(model: InterestModel, state: InterestState, look: LookBack, now: number): TextSum[] {
  const sums = new Map<string, TextSum>();
  model.manifest.features.forEach((spec, column) => {
    if (spec.kind !== 'text' && spec.kind !== 'textMax') return;
    const { log, mean, only: _, ...what } = { log: false, mean: false, ...spec };
    const key = JSON.stringify(what);
    let sum = sums.get(key);
    if (!sum) {
      const isMax = spec.kind === 'textMax';
      const weights = isMax ? new Float64Array(0) : lookBackWeights(state, look, spec, now);
      sum = { power: spec.power, isMax, withoutSelf: !!spec.other, weights, readouts: [] };
      sums.set(key, sum);
    }
    const total = mean ? sum.weights.reduce((all, value) => all + value, 0) : 1;
    const same = sum.readouts.find((readout) => readout.isLog === log && readout.total === total);
    if (same) same.columns.push(column);
    else sum.readouts.push({ columns: [column], isLog: log, total });
  });
  return [...sums.values()].sort((a, b) => a.power - b.power);
}

function multiply(values: Float64Array, by: Float64Array): void {
  for (let i = 0; i < values.length; i += 1) values[i]! *= by[i]!;
}

function addTo(sums: Float64Array, values: Float64Array, weight: number): void {
  for (let i = 0; i < sums.length; i += 1) sums[i]! += weight * values[i]!;
}

function raiseTo(most: Float64Array, values: Float64Array, skipped: number): void {
  for (let i = 0; i < most.length; i += 1) if (values[i]! > most[i]! && i !== skipped) most[i] = values[i]!;
}

/**
 * Fills the text columns that read `sums` of `out` [n, J]: one item of the look-back after the other, for all candidates.
 * Sums are made in the order of the look-back, so that what else is in the list changes no bit of them.
 */
function fill(sums: readonly TextSum[], { columns, rows }: Near, size: number, out: Float32Array, J: number) {
  const raised = new Float64Array(size);
  const values = sums.map(() => new Float64Array(size));
  columns.forEach((column, j) => {
    raised.set(column);
    let reached = 1;
    sums.forEach(({ power, isMax, withoutSelf, weights }, s) => {
      for (; reached < power; reached += 1) multiply(raised, column);
      if (isMax) raiseTo(values[s]!, raised, withoutSelf ? rows[j]! : -1);
      else addTo(values[s]!, raised, weights[j]!);
    });
  });
  sums.forEach(({ power, isMax, withoutSelf, weights, readouts }, s) => {
    const value = values[s]!;
    rows.forEach((row, j) => {
      if (!withoutSelf || isMax || row < 0) return;
      value[row] = Math.max(0, value[row]! - weights[j]! * raise(columns[j]![row]!, power));
    });
    for (const { columns: read, isLog, total } of readouts) {
      for (let i = 0; i < size; i += 1) {
        const share = total > 0 ? value[i]! / total : 0;
        const x = isLog ? Math.log1p(share) : share;
        for (const column of read) out[i * J + column] = x;
      }
    }
  });
}

/** `value^power` by repeated multiplication, as the sums have it. */
function raise(value: number, power: number): number {
  let raised = value;
  for (let k = 1; k < power; k += 1) raised *= value;
  return raised;
}

/** Fills the columns of all `text` and `textMax` features of `out` [n, J]; returns what they were made of, if anything. */
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
  const near = nearness(batch, look, model.manifest.sizes.embedding);
  fill(sums, near, batch.size, out, model.manifest.features.length);
  return near;
}

/** The item of the look-back that has the largest part in one candidate's text feature, for explanations; −1: none. */
export function largestTextPart(near: Near, row: number, spec: TextSpec, weights: Float64Array): number {
  let best = -1;
  let most = 0;
  near.columns.forEach((column, j) => {
    const part = (spec.kind === 'text' ? weights[j]! : 1) * raise(column[row]!, spec.power);
    if (part > most && !(spec.other && near.rows[j] === row)) {
      best = j;
      most = part;
    }
  });
  return best;
}
