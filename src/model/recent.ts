import type { CandidateBatch } from './batch';
import { slotDecay } from './counts';
import type { FeatureSpec } from './manifest';
import type { InterestModel } from './model';
import type { InterestState } from './state';

type TextSpec = Extract<FeatureSpec, { kind: 'text' }>;
type MaxSpec = Extract<FeatureSpec, { kind: 'textMax' }>;
type NeighbourSpec = Extract<FeatureSpec, { kind: 'neighbours' }>;
type Decay = { halfLife?: number; stepDecay?: number };

/** The look-back with events of one item joined, newest last. */
export interface LookBack {
  ids: string[];
  /** [m, E] */
  e: Float32Array;
  /** Indices into `state.recent` of each distinct item. */
  members: number[][];
}

export function lookBack(model: InterestModel, state: InterestState): LookBack {
  const members = new Map<string, number[]>();
  state.recent.forEach(({ id }, i) => {
    const list = members.get(id);
    if (list) list.push(i);
    else members.set(id, [i]);
  });
  const { embedding } = model.manifest.sizes;
  const e = new Float32Array(members.size * embedding);
  [...members.values()].forEach((list, j) => {
    e.set(state.recent[list.at(-1)!]!.e, j * embedding);
  });
  return { ids: [...members.keys()], e, members: [...members.values()] };
}

/** `Σ w_t decay_t` of each distinct item in the look-back, [m]. */
export function lookBackWeights(state: InterestState, look: LookBack, decay: Decay, now: number): Float64Array {
  const slot = { group: 'any' as const, ...decay };
  return Float64Array.from(look.members, (list) =>
    list.reduce((sum, i) => {
      const recent = state.recent[i]!;
      return sum + recent.weight * slotDecay(slot, recent, now, state.events);
    }, 0),
  );
}

/** Row i's dot products with all of the look-back, four at a time so that a candidate's value is loaded once for four. */
function dots(a: Float32Array, aAt: number, b: Float32Array, size: number, count: number, out: Float64Array): void {
  let j = 0;
  for (; j + 3 < count; j += 4) {
    const b0 = j * size;
    const b1 = b0 + size;
    const b2 = b1 + size;
    const b3 = b2 + size;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let i = 0; i < size; i += 1) {
      const value = a[aAt + i]!;
      s0 += value * b[b0 + i]!;
      s1 += value * b[b1 + i]!;
      s2 += value * b[b2 + i]!;
      s3 += value * b[b3 + i]!;
    }
    out[j] = s0;
    out[j + 1] = s1;
    out[j + 2] = s2;
    out[j + 3] = s3;
  }
  for (; j < count; j += 1) {
    let s = 0;
    for (let i = 0; i < size; i += 1) s += a[aAt + i]! * b[j * size + i]!;
    out[j] = s;
  }
}

function power(value: number, exponent: number): number {
  let result = value;
  for (let i = 1; i < exponent; i += 1) result *= value;
  return result;
}

/** Fills the columns of all text features; `columns[f]` is the column of `specs[f]` in `out` [n, J]. */
export function textFeatures(
  model: InterestModel,
  state: InterestState,
  batch: CandidateBatch,
  now: number,
  specs: readonly TextSpec[],
  columns: readonly number[],
  maxima: { specs: readonly MaxSpec[]; columns: readonly number[] },
  out: Float32Array,
): void {
  if (specs.length + maxima.specs.length === 0 || state.recent.length === 0) return;
  const look = lookBack(model, state);
  const m = look.ids.length;
  const { embedding: E } = model.manifest.sizes;
  const J = model.manifest.features.length;
  const weights = specs.map((spec) => lookBackWeights(state, look, spec, now));
  const totals = weights.map((list) => list.reduce((sum, value) => sum + value, 0));
  const similarity = new Float64Array(m);
  const self = Int32Array.from(look.ids, (id) => batch.rows.get(id) ?? -1);
  const F = specs.length;
  for (let i = 0; i < batch.size; i += 1) {
    dots(batch.e, i * E, look.e, E, m, similarity);
    for (let f = 0; f < F; f += 1) {
      const spec = specs[f]!;
      const list = weights[f]!;
      let sum = 0;
      for (let j = 0; j < m; j += 1) {
        const s = similarity[j]!;
        if (s > 0 && !(spec.other && self[j] === i)) sum += list[j]! * power(s, spec.power);
      }
      if (spec.mean) sum = totals[f]! > 0 ? sum / totals[f]! : 0;
      out[i * J + columns[f]!] = spec.log ? Math.log1p(sum) : sum;
    }
    maxima.specs.forEach((spec, f) => {
      let best = 0;
      for (let j = 0; j < m; j += 1) if (!(spec.other && self[j] === i)) best = Math.max(best, similarity[j]!);
      out[i * J + maxima.columns[f]!] = power(best, spec.power);
    });
  }
}

/** The part of each look-back item in one candidate's text feature, [m]; for explanations. */
export function textParts(
  model: InterestModel,
  state: InterestState,
  batch: CandidateBatch,
  row: number,
  now: number,
  spec: TextSpec | MaxSpec,
  look: LookBack,
): Float64Array {
  const { embedding: E } = model.manifest.sizes;
  const parts = spec.kind === 'text' ? lookBackWeights(state, look, spec, now) : look.ids.map(() => 1);
  const similarity = new Float64Array(parts.length);
  dots(batch.e, row * E, look.e, E, parts.length, similarity);
  return Float64Array.from(parts, (weight, j) => {
    const skipped = similarity[j]! <= 0 || (spec.other && look.ids[j] === batch.ids[row]);
    return skipped ? 0 : weight * power(similarity[j]!, spec.power);
  });
}

/** The part of each look-back item in one candidate's neighbour feature, [m]. */
export function neighbourParts(
  batch: CandidateBatch,
  row: number,
  look: LookBack,
  weights: Float64Array,
): Float64Array {
  const near = batch.neighbours[row];
  const parts = new Float64Array(weights.length);
  if (!near) return parts;
  look.ids.forEach((id, j) => {
    for (const [other, weight] of near) if (other === id) parts[j] = weights[j]! * weight;
  });
  return parts;
}

/** Fills the columns of the neighbour features. */
export function neighbourFeatures(
  model: InterestModel,
  state: InterestState,
  batch: CandidateBatch,
  now: number,
  specs: readonly NeighbourSpec[],
  columns: readonly number[],
  out: Float32Array,
): void {
  if (specs.length === 0 || state.recent.length === 0) return;
  const look = lookBack(model, state);
  const place = new Map(look.ids.map((id, j) => [id, j]));
  const J = model.manifest.features.length;
  specs.forEach((spec, f) => {
    const weights = lookBackWeights(state, look, spec, now);
    batch.neighbours.forEach((near, i) => {
      let sum = 0;
      for (const [id, weight] of near ?? []) {
        const j = place.get(id);
        if (j !== undefined) sum += weight * weights[j]!;
      }
      out[i * J + columns[f]!] = spec.log ? Math.log1p(Math.max(0, sum)) : sum;
    });
  });
}
