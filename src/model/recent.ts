import type { CandidateBatch } from './batch';
import { type LookBack, lookBack, lookBackWeights } from './look-back';
import type { FeatureSpec, Only } from './manifest';
import type { InterestModel } from './model';
import { type Near, nearness } from './near';
import type { InterestState } from './state';
import { project } from './vector';

type TextSpec = Extract<FeatureSpec, { kind: 'text' | 'textMax' }>;

/** A sum (or maximum) of a candidate's similarities that one or more columns read. */
interface TextSum {
  power: number;
  isMax: boolean;
  withoutSelf: boolean;
  /** [m]; of no use to a maximum. */
  weights: Float64Array;
  /** Whose columns read it: met candidates, those not met, or both. */
  only: Only | undefined;
  /** What columns make of it; those that differ in `only` alone share one. */
  readouts: { columns: number[]; isLog: boolean; total: number }[];
}

/** The spaces in which text columns measure: the text's own, and the item vectors' where training shaped it. */
type Space = 'text' | 'item';

export const spaceOf = (spec: TextSpec): Space => spec.space ?? 'text';

/** What the text columns of a list were made of, by space; a space that no column reads is absent. */
export type Nearness = Partial<Record<Space, Near>> & { look: LookBack };

/** The text columns of a space by the sums they read, powers rising, so that a power is raised from the one before. */
function textSums(model: InterestModel, state: InterestState, look: LookBack, now: number, space: Space): TextSum[] {
  const sums = new Map<string, TextSum>();
  model.manifest.features.forEach((spec, column) => {
    if ((spec.kind !== 'text' && spec.kind !== 'textMax') || spaceOf(spec) !== space) return;
    const { log, mean, only: _, ...what } = { log: false, mean: false, ...spec };
    const key = JSON.stringify(what);
    let sum = sums.get(key);
    if (!sum) {
      const isMax = spec.kind === 'textMax';
      const weights = isMax ? new Float64Array(0) : lookBackWeights(state, look, spec, now);
      sum = { power: spec.power, isMax, withoutSelf: !!spec.other, weights, only: spec.only, readouts: [] };
      sums.set(key, sum);
    }
    if (sum.only !== spec.only) sum.only = undefined;
    const total = mean ? sum.weights.reduce((all, value) => all + value, 0) : 1;
    const same = sum.readouts.find((readout) => readout.isLog === log && readout.total === total);
    if (same) same.columns.push(column);
    else sum.readouts.push({ columns: [column], isLog: log, total });
  });
  return [...sums.values()].sort((a, b) => a.power - b.power);
}

/** Fills one candidate's text columns; `raised` [m] is working space. */
function fill(sums: readonly TextSum[], near: Near, row: number, raised: Float64Array, out: Float32Array, at: number) {
  const { values } = near;
  const m = raised.length;
  const from = row * m;
  const self = near.self[row]!;
  for (let j = 0; j < m; j += 1) raised[j] = values[from + j]!;
  let reached = 1;
  for (const { power, isMax, withoutSelf, weights, readouts } of sums) {
    for (; reached < power; reached += 1) for (let j = 0; j < m; j += 1) raised[j]! *= values[from + j]!;
    let value = 0;
    if (isMax) {
      for (let j = 0; j < m; j += 1) if (raised[j]! > value && !(withoutSelf && j === self)) value = raised[j]!;
    } else {
      for (let j = 0; j < m; j += 1) value += weights[j]! * raised[j]!;
      if (withoutSelf && self >= 0) value = Math.max(0, value - weights[self]! * raised[self]!);
    }
    for (const { columns, isLog, total } of readouts) {
      const share = total > 0 ? value / total : 0;
      const read = isLog ? Math.log1p(share) : share;
      for (const column of columns) out[at + column] = read;
    }
  }
}

/** `q = normalize(W_q e + b_q)` of every item of the look-back, [m, D]: what the text alone says, without a residual. */
function projected(model: InterestModel, look: LookBack): Float64Array {
  const { item: D, embedding: E } = model.manifest.sizes;
  const out = new Float64Array(look.ids.length * D);
  look.ids.forEach((_, j) => {
    out.set(project(model, Float32Array.from(look.e.subarray(j * E, (j + 1) * E))), j * D);
  });
  return out;
}

/**
 * Fills the columns of all `text` and `textMax` features of `out` [n, J], but those that are not for a candidate, being met
 * or not; returns what they were made of, if anything.
 */
export function textFeatures(
  model: InterestModel,
  state: InterestState,
  batch: CandidateBatch,
  now: number,
  met: Uint8Array,
  out: Float32Array,
): Nearness | undefined {
  if (state.recent.length === 0) return undefined;
  const look = lookBack(model, state);
  const { item: D, embedding: E } = model.manifest.sizes;
  const J = model.manifest.features.length;
  const found: Nearness = { look };
  for (const space of ['text', 'item'] as const) {
    const sums = textSums(model, state, look, now, space);
    if (sums.length === 0) continue;
    const near =
      space === 'text'
        ? nearness(batch, look, batch.e, look.e, E, batch.near?.text)
        : nearness(batch, look, batch.q, projected(model, look), D, batch.near?.item);
    const raised = new Float64Array(look.ids.length);
    const known = sums.filter(({ only }) => only !== 'unmet');
    const fresh = sums.filter(({ only }) => only !== 'met');
    for (let i = 0; i < batch.size; i += 1) fill(met[i] ? known : fresh, near, i, raised, out, i * J);
    found[space] = near;
  }
  return found.text || found.item ? found : undefined;
}

/** The item of the look-back that has the largest part in one candidate's text feature, for explanations; −1: none. */
export function largestTextPart(near: Near, row: number, spec: TextSpec, weights: Float64Array): number {
  const m = near.look.ids.length;
  const { power } = spec;
  const self = spec.other ? near.self[row]! : -1;
  let best = -1;
  let most = 0;
  for (let j = 0; j < m; j += 1) {
    const value = near.values[row * m + j]!;
    let part = spec.kind === 'text' ? weights[j]! * value : value;
    for (let k = 1; k < power; k += 1) part *= value;
    if (part > most && j !== self) {
      best = j;
      most = part;
    }
  }
  return best;
}
