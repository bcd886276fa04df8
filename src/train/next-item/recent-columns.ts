import { type FeatureSpec, halfLifeDecay, type ModelManifest } from '../../model';
import type { Candidates, ColumnData, Similarities } from './columns';
import type { TrainingKernel } from './kernel';
import type { UserSequence } from './sequences';

type Spec = Extract<FeatureSpec, { kind: 'text' | 'neighbours' }>;

/** A column, or several that read one sum, walked along a sequence: `start`, then `advance` step by step. */
export interface RecentColumn {
  start(sequence: UserSequence, step: number): void;
  advance(sequence: UserSequence, step: number): void;
  /** Values after `step` as they read when the next step comes, [candidates]. */
  read(sequence: UserSequence, step: number, spec: FeatureSpec, out: Float32Array): void;
}

export interface ColumnContext {
  kernel: TrainingKernel;
  manifest: ModelManifest;
  data: ColumnData;
  candidates: Candidates;
  similar: Similarities | undefined;
  /** Neighbours fitted without the user's fold; else those fitted on all. */
  isTraining: boolean;
}

/** Columns of one key share their sum. */
export function sumKey(spec: FeatureSpec): string {
  const { kind, halfLife, stepDecay, power } = spec as Spec & { power?: number };
  return JSON.stringify([kind, halfLife, stepDecay, power]);
}

/**
 * `A_t = decay A_{t−1} + w_t row(i_t)` over the last `recent` steps that weigh anything (src/model/recent.ts): what leaves
 * the look-back is taken out again. Where only some times are known the decays do not chain, and every reading sums anew.
 */
export function recentColumn(context: ColumnContext, spec: Spec): RecentColumn {
  const { kernel, manifest, data, candidates, similar, isTraining } = context;
  const m = candidates.rows.length;
  const width = 16 * Math.ceil(m / 16);
  const sum = kernel.zeros(width);
  const power = spec.kind === 'text' ? spec.power : 1;
  const { halfLife, stepDecay = 1 } = spec;
  /** Rows raised to the power, made when first met. */
  const raised = new Map<number, number>();
  const recent: number[] = [];
  let isMixed = false;

  const decayTo = (sequence: UserSequence, from: number, step: number, now: number): number => {
    const time = halfLife === undefined ? 1 : halfLifeDecay((now - sequence.time[from]!) / 1000, halfLife);
    return time * stepDecay ** (sequence.event[step]! - sequence.event[from]!);
  };
  const rowOf = (item: number): number => {
    const plain = similar!.address[item]!;
    if (power === 1) return plain;
    const known = raised.get(item);
    if (known) return known;
    const at = kernel.reserve(width);
    const [from, to] = [kernel.floats(plain, width), kernel.floats(at, width)];
    for (let i = 0; i < width; i += 1) {
      const value = from[i]!;
      let product = value;
      for (let k = 1; k < power; k += 1) product *= value;
      to[i] = product;
    }
    raised.set(item, at);
    return at;
  };
  /** sum ← sum + weight · row(item) */
  const addItem = (sequence: UserSequence, item: number, weight: number): void => {
    if (spec.kind === 'text') {
      kernel.run.addScaled(sum, rowOf(item), weight, width);
      return;
    }
    const tables = data.neighbours;
    const table = tables[isTraining ? data.folds[sequence.user]! : tables.length - 1]!;
    const values = kernel.floats(sum, width);
    for (let at = table.offsets[item]!; at < table.offsets[item + 1]!; at += 1) {
      const place = candidates.place[table.candidates[at]!]!;
      if (place >= 0) values[place]! += weight * table.weights[at]!;
    }
  };
  const sumAnew = (sequence: UserSequence, step: number, now: number): void => {
    kernel.floats(sum, width).fill(0);
    for (const t of recent)
      addItem(sequence, sequence.items[t]!, sequence.weight[t]! * decayTo(sequence, t, step, now));
  };
  const take = (sequence: UserSequence, step: number): number | undefined => {
    if (!(sequence.weight[step]! > 0)) return undefined;
    recent.push(step);
    return recent.length > manifest.recent ? recent.shift() : undefined;
  };

  return {
    start(sequence, step) {
      recent.length = 0;
      for (let t = 0; t <= step; t += 1) take(sequence, t);
      const known = sequence.time
        .subarray(0, sequence.steps)
        .reduce((count, t) => count + (Number.isNaN(t) ? 0 : 1), 0);
      isMixed = halfLife !== undefined && known > 0 && known < sequence.steps;
      if (!isMixed) sumAnew(sequence, step, sequence.time[step]!);
    },
    advance(sequence, step) {
      const gone = take(sequence, step);
      if (isMixed) return;
      const decay = decayTo(sequence, step - 1, step, sequence.time[step]!);
      const weight = sequence.weight[step]!;
      const item = sequence.items[step]!;
      if (spec.kind === 'text' && weight > 0) kernel.run.decayAdd(sum, sum, decay, rowOf(item), weight, width);
      else {
        if (decay !== 1) kernel.run.addScaled(sum, sum, decay - 1, width);
        if (weight > 0) addItem(sequence, item, weight);
      }
      if (gone === undefined) return;
      const left = sequence.weight[gone]! * decayTo(sequence, gone, step, sequence.time[step]!);
      addItem(sequence, sequence.items[gone]!, -left);
    },
    read(sequence, step, wanted, out) {
      const now = sequence.time[step + 1]!;
      if (isMixed) sumAnew(sequence, step, now);
      const one = wanted as Spec;
      const ahead =
        isMixed || halfLife === undefined ? 1 : halfLifeDecay((now - sequence.time[step]!) / 1000, halfLife);
      const values = kernel.floats(sum, m);
      let factor = ahead;
      if (one.kind === 'text' && one.mean) {
        const total = recent.reduce((all, t) => all + sequence.weight[t]! * decayTo(sequence, t, step, now), 0);
        factor = total > 0 ? ahead / total : 0;
      }
      for (let i = 0; i < m; i += 1) out[i] = values[i]! * factor;
      // What was added and taken out again may leave a rounding error below zero.
      if (one.log) for (let i = 0; i < m; i += 1) out[i] = out[i]! > 0 ? Math.log1p(out[i]!) : 0;
      restrictTo(one.only, sequence, step, candidates, out);
    },
  };
}

/** Keeps what was met (considered, carted or bought), or what was not. */
export function restrictTo(
  only: 'met' | 'unmet' | undefined,
  sequence: UserSequence,
  step: number,
  { place }: Candidates,
  out: Float32Array,
): void {
  if (!only) return;
  const met = new Map<number, number>();
  for (let t = 0; t <= step; t += 1) {
    const at = place[sequence.items[t]!]!;
    if (at >= 0 && sequence.weight[t]! !== 0) met.set(at, out[at]!);
  }
  if (only === 'unmet') for (const at of met.keys()) out[at] = 0;
  else {
    out.fill(0);
    for (const [at, value] of met) out[at] = value;
  }
}
