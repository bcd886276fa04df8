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
 * Dot products of two candidates, a and b, with all of the look-back, four at a time: every value that is loaded is used
 * several times, and the tables are Float64, since converting loaded float32 costs a third of the time. Every product is
 * summed in the order of its dimensions, so that the result does not depend on which candidates go together.
 */
function dots(a: Float64Array, b: Float64Array, look: Float64Array, outA: Float64Array, outB: Float64Array): void {
  const size = a.length;
  const count = outA.length;
  let j = 0;
  for (; j + 3 < count; j += 4) {
    const j0 = j * size;
    const j1 = j0 + size;
    const j2 = j1 + size;
    const j3 = j2 + size;
    let a0 = 0;
    let a1 = 0;
    let a2 = 0;
    let a3 = 0;
    let b0 = 0;
    let b1 = 0;
    let b2 = 0;
    let b3 = 0;
    for (let i = 0; i < size; i += 1) {
      const x = a[i]!;
      const y = b[i]!;
      const e0 = look[j0 + i]!;
      const e1 = look[j1 + i]!;
      const e2 = look[j2 + i]!;
      const e3 = look[j3 + i]!;
      a0 += x * e0;
      a1 += x * e1;
      a2 += x * e2;
      a3 += x * e3;
      b0 += y * e0;
      b1 += y * e1;
      b2 += y * e2;
      b3 += y * e3;
    }
    outA[j] = a0;
    outA[j + 1] = a1;
    outA[j + 2] = a2;
    outA[j + 3] = a3;
    outB[j] = b0;
    outB[j + 1] = b1;
    outB[j + 2] = b2;
    outB[j + 3] = b3;
  }
  for (; j < count; j += 1) {
    let sumA = 0;
    let sumB = 0;
    for (let i = 0; i < size; i += 1) {
      sumA += a[i]! * look[j * size + i]!;
      sumB += b[i]! * look[j * size + i]!;
    }
    outA[j] = sumA;
    outB[j] = sumB;
  }
}

function load(e: Float32Array, row: number, out: Float64Array): void {
  const at = row * out.length;
  for (let i = 0; i < out.length; i += 1) out[i] = e[at + i]!;
}

/** A column that a text feature fills. */
interface TextColumn {
  column: number;
  power: number;
  isMax: boolean;
  isLog: boolean;
  withoutSelf: boolean;
  /** Divides the sum. */
  total: number;
  /** [m]; ones for a maximum. */
  weights: Float64Array;
}

function textColumns(model: InterestModel, state: InterestState, look: LookBack, now: number): TextColumn[] {
  const columns: TextColumn[] = [];
  model.manifest.features.forEach((spec, column) => {
    if (spec.kind !== 'text' && spec.kind !== 'textMax') return;
    const isMax = spec.kind === 'textMax';
    const weights = isMax ? new Float64Array(look.ids.length).fill(1) : lookBackWeights(state, look, spec, now);
    const total = !isMax && spec.mean ? weights.reduce((sum, value) => sum + value, 0) : 1;
    const { power, other } = spec;
    columns.push({ column, power, isMax, isLog: !isMax && !!spec.log, withoutSelf: !!other, total, weights });
  });
  // By power, so that a power is raised from the one before.
  return columns.sort((a, b) => a.power - b.power);
}

/** One candidate's columns from its similarities [m], which are raised in place; `self`: its place in the look-back. */
function fill(
  columns: readonly TextColumn[],
  s: Float64Array,
  raised: Float64Array,
  self: number,
  out: Float32Array,
  at: number,
) {
  const m = s.length;
  for (let j = 0; j < m; j += 1) {
    if (!(s[j]! > 0)) s[j] = 0;
    raised[j] = s[j]!;
  }
  let reached = 1;
  for (const { column, power, isMax, isLog, withoutSelf, total, weights } of columns) {
    for (; reached < power; reached += 1) for (let j = 0; j < m; j += 1) raised[j]! *= s[j]!;
    let value = 0;
    if (isMax) {
      for (let j = 0; j < m; j += 1) if (raised[j]! > value && !(withoutSelf && j === self)) value = raised[j]!;
    } else {
      for (let j = 0; j < m; j += 1) value += weights[j]! * raised[j]!;
      if (withoutSelf && self >= 0) value = Math.max(0, value - weights[self]! * raised[self]!);
      value = total > 0 ? value / total : 0;
    }
    out[at + column] = isLog ? Math.log1p(value) : value;
  }
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
  const { embedding: E } = model.manifest.sizes;
  const [a, b] = [new Float64Array(E), new Float64Array(E)];
  const [nearA, nearB, raised] = [new Float64Array(m), new Float64Array(m), new Float64Array(m)];
  const self = new Int32Array(batch.size).fill(-1);
  look.ids.forEach((id, j) => {
    const row = batch.rows.get(id);
    if (row !== undefined) self[row] = j;
  });
  for (let i = 0; i < batch.size; i += 2) {
    const hasPair = i + 1 < batch.size;
    load(batch.e, i, a);
    if (hasPair) load(batch.e, i + 1, b);
    dots(a, b, look.e, nearA, nearB);
    fill(columns, nearA, raised, self[i]!, out, i * J);
    if (hasPair) fill(columns, nearB, raised, self[i + 1]!, out, (i + 1) * J);
  }
}

/** The part of each look-back item in one candidate's text feature, [m], from {@link lookBackWeights}; for explanations. */
export function textParts(
  batch: CandidateBatch,
  row: number,
  spec: TextSpec | MaxSpec,
  look: LookBack,
  weights: Float64Array,
): Float64Array {
  const m = look.ids.length;
  const a = new Float64Array(m > 0 ? look.e.length / m : 0);
  const parts = new Float64Array(m);
  load(batch.e, row, a);
  dots(a, a, look.e, parts, new Float64Array(m));
  for (let j = 0; j < m; j += 1) {
    const isOut = parts[j]! <= 0 || (spec.other && look.ids[j] === batch.ids[row]);
    const weight = spec.kind === 'text' ? weights[j]! : 1;
    parts[j] = isOut ? 0 : weight * parts[j]! ** spec.power;
  }
  return parts;
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
