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
  e: Float64Array;
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
  const e = new Float64Array(members.size * embedding);
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

/**
 * Dot products of one candidate with all of the look-back, four at a time so that a value of the candidate is loaded once
 * for four. Float64 tables: converting every loaded float32 costs a third of the time.
 */
function dots(row: Float64Array, b: Float64Array, count: number, out: Float64Array): void {
  const size = row.length;
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
      const value = row[i]!;
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
    for (let i = 0; i < size; i += 1) s += row[i]! * b[j * size + i]!;
    out[j] = s;
  }
}

/** `max(0, e_i · e_j)` of candidate `row` with each item of the look-back, into `out` [m]. */
function similarities(
  batch: CandidateBatch,
  row: number,
  look: LookBack,
  scratch: Float64Array,
  out: Float64Array,
): void {
  const at = row * scratch.length;
  for (let i = 0; i < scratch.length; i += 1) scratch[i] = batch.e[at + i]!;
  dots(scratch, look.e, out.length, out);
  for (let j = 0; j < out.length; j += 1) if (!(out[j]! > 0)) out[j] = 0;
}

/** A column that a text feature fills. */
interface TextColumn {
  spec: TextSpec | MaxSpec;
  column: number;
  /** [m], absent for a maximum. */
  weights?: Float64Array;
  total: number;
}

function textColumns(model: InterestModel, state: InterestState, look: LookBack, now: number): TextColumn[] {
  const columns: TextColumn[] = [];
  model.manifest.features.forEach((spec, column) => {
    if (spec.kind === 'textMax') columns.push({ spec, column, total: 0 });
    if (spec.kind !== 'text') return;
    const weights = lookBackWeights(state, look, spec, now);
    columns.push({ spec, column, weights, total: weights.reduce((sum, value) => sum + value, 0) });
  });
  // By power, so that a power is raised from the one before.
  return columns.sort((a, b) => a.spec.power - b.spec.power);
}

function textValue({ spec, weights, total }: TextColumn, raised: Float64Array, self: number): number {
  const own = spec.other && self >= 0 ? self : -1;
  if (!weights) {
    let best = 0;
    for (let j = 0; j < raised.length; j += 1) if (raised[j]! > best && j !== own) best = raised[j]!;
    return best;
  }
  let sum = 0;
  for (let j = 0; j < raised.length; j += 1) sum += weights[j]! * raised[j]!;
  if (own >= 0) sum -= weights[own]! * raised[own]!;
  if (spec.kind === 'text' && spec.mean) sum = total > 0 ? sum / total : 0;
  return spec.kind === 'text' && spec.log ? Math.log1p(Math.max(0, sum)) : sum;
}

/** Fills the columns of all `text` and `textMax` features of `out` [n, J]. */
export function textFeatures(
  model: InterestModel,
  state: InterestState,
  batch: CandidateBatch,
  now: number,
  out: Float32Array,
): void {
  if (state.recent.length === 0) return;
  const look = lookBack(model, state);
  const columns = textColumns(model, state, look, now);
  if (columns.length === 0) return;
  const m = look.ids.length;
  const J = model.manifest.features.length;
  const scratch = new Float64Array(model.manifest.sizes.embedding);
  const similarity = new Float64Array(m);
  const raised = new Float64Array(m);
  const self = new Int32Array(batch.size).fill(-1);
  look.ids.forEach((id, j) => {
    const row = batch.rows.get(id);
    if (row !== undefined) self[row] = j;
  });
  for (let i = 0; i < batch.size; i += 1) {
    similarities(batch, i, look, scratch, similarity);
    raised.set(similarity);
    let power = 1;
    for (const entry of columns) {
      for (; power < entry.spec.power; power += 1) for (let j = 0; j < m; j += 1) raised[j]! *= similarity[j]!;
      out[i * J + entry.column] = textValue(entry, raised, self[i]!);
    }
  }
}

/** The part of each look-back item in one candidate's text feature, [m]; for explanations. */
export function textParts(
  state: InterestState,
  batch: CandidateBatch,
  row: number,
  now: number,
  spec: TextSpec | MaxSpec,
  look: LookBack,
): Float64Array {
  const m = look.ids.length;
  const weights = spec.kind === 'text' ? lookBackWeights(state, look, spec, now) : new Float64Array(m).fill(1);
  const similarity = new Float64Array(m);
  similarities(batch, row, look, new Float64Array(m > 0 ? look.e.length / m : 0), similarity);
  return weights.map((weight, j) =>
    spec.other && look.ids[j] === batch.ids[row] ? 0 : weight * similarity[j]! ** spec.power,
  );
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
