import { EVENT_NAMES } from '../../domain';
import { CONTEXT_SIZE, elapsedOf, encodeGap, GAP_SIZE, type ModelManifest, memoryDecay } from '../../model';
import { gateScalars, scalarWidth } from './gate-scalars';
import type { PackedSteps } from './lstm-tfjs';
import type { Window } from './sequences';

/**
 * Some windows made ready for the network: plain arrays, so that they cross threads. P positions packed by step (longest
 * window first), R readings in order of window and step: the positions whose next item is to be told.
 */
export interface PackedBatch {
  rows: PackedSteps;
  /** [P] rows of the item table; rows of `type.weight`, its length for a kind that is not listed */
  items: Int32Array;
  kinds: Int32Array;
  /** [P, CONTEXT_SIZE] */
  context: Float32Array;
  /** [P] the cell's `elapsed` before each step and from it to its reading */
  elapsed: Float32Array;
  ahead: Float32Array;
  /** [P, K] share of the step in each memory's mean from then on: the memory is `(1 − share) memory + share q` */
  share: Float32Array;
  /** [P, K] 1 where the memory is empty when read */
  empty: Float32Array;
  /** What the windows start from, where any of them goes on: [B, H], [B, H], [B, K D]. */
  start?: Carried;
  /** [B] position of each window's last step */
  last: Int32Array;
  /** [R] position of each reading, and the item that came next */
  order: Int32Array;
  targets: Int32Array;
  /** [R, 6] `[φ(now − last); log1p(events)/5]` */
  fusion: Float32Array;
  /** [R, S] what the gate reads beside hidden and fused state, in the order of `manifest.gate.inputs` */
  scalars: Float32Array;
}

/** State of some users between two windows; B rows each. */
export interface Carried {
  h: Float32Array;
  c: Float32Array;
  memories: Float32Array;
}

/** One user's row of a state of `count` users. */
export function rowOfCarried(state: Carried, b: number, count: number): Carried {
  const row = (values: Float32Array) => {
    const width = values.length / count;
    return values.slice(b * width, (b + 1) * width);
  };
  return { h: row(state.h), c: row(state.c), memories: row(state.memories) };
}

/** The state that windows start from, by their sequences; zeros for those that begin; undefined when all do. */
export function joinCarried(windows: readonly Window[], known: ReadonlyMap<unknown, Carried>): Carried | undefined {
  const found = windows.map(({ sequence, from }) => (from > 0 ? known.get(sequence) : undefined));
  const some = found.find((one) => one);
  if (!some) return undefined;
  const join = (name: keyof Carried) => {
    const width = some[name].length;
    const out = new Float32Array(windows.length * width);
    found.forEach((one, b) => {
      if (one) out.set(one[name], b * width);
    });
    return out;
  };
  return { h: join('h'), c: join('c'), memories: join('memories') };
}

/**
 * @param windows longest first
 * @param readAll false: only the last position of each window is read (validation)
 * @param products number of candidates in a list, for the gate's `known`
 */
export function packWindows(
  manifest: ModelManifest,
  windows: readonly Window[],
  products: number,
  options: { readAll: boolean; start?: Carried },
): PackedBatch {
  const { readAll, start } = options;
  const longest = windows.length ? windows[0]!.to - windows[0]!.from : 0;
  const rows: number[] = [];
  const offsets: number[] = [];
  let P = 0;
  for (let t = 0; t < longest; t += 1) {
    offsets.push(P);
    rows.push(windows.filter(({ from, to }) => to - from > t).length);
    P += rows[t]!;
  }
  const R = readAll ? P : windows.length;
  const K = manifest.memories.halfLives.length + manifest.memories.stepDecays.length;
  const S = scalarWidth(manifest);
  const batch: PackedBatch = {
    rows,
    items: new Int32Array(P),
    kinds: new Int32Array(P),
    context: new Float32Array(P * CONTEXT_SIZE),
    elapsed: new Float32Array(P),
    ahead: new Float32Array(P),
    share: new Float32Array(P * K),
    empty: new Float32Array(P * K),
    last: new Int32Array(windows.length),
    ...(start ? { start } : {}),
    order: new Int32Array(R),
    targets: new Int32Array(R),
    fusion: new Float32Array(R * (GAP_SIZE + 1)),
    scalars: new Float32Array(R * S),
  };
  const types = EVENT_NAMES.map((name) => {
    const row = manifest.eventTypes.indexOf(name);
    return row < 0 ? manifest.eventTypes.length : row;
  });
  let reading = 0;
  windows.forEach(({ sequence, from, to }, b) => {
    const memory = memoryShares(manifest, sequence, to);
    const scalars = gateScalars(manifest, sequence, products);
    for (let p = from; p < to; p += 1) {
      const at = offsets[p - from]! + b;
      batch.items[at] = sequence.items[p]!;
      batch.kinds[at] = types[sequence.kinds[p]!]!;
      batch.context.set(sequence.context.subarray(p * CONTEXT_SIZE, (p + 1) * CONTEXT_SIZE), at * CONTEXT_SIZE);
      batch.elapsed[at] = sequence.elapsed[p]!;
      const now = sequence.time[p + 1]!;
      const gap = (now - lastKnown(sequence.time, p)) / 1000;
      batch.ahead[at] = elapsedOf(gap);
      batch.share.set(memory.share.subarray(p * K, (p + 1) * K), at * K);
      batch.empty.set(memory.empty.subarray(p * K, (p + 1) * K), at * K);
      if (p === to - 1) batch.last[b] = at;
      if (!readAll && p < to - 1) continue;
      batch.order[reading] = at;
      batch.targets[reading] = sequence.items[p + 1]!;
      encodeGap(gap, batch.fusion, reading * (GAP_SIZE + 1));
      batch.fusion[reading * (GAP_SIZE + 1) + GAP_SIZE] = Math.log1p(sequence.event[p]!) / 5;
      scalars(p, now, batch.scalars, reading * S);
      reading += 1;
    }
  });
  return batch;
}

/** Windows by falling length; equal ones stay in order. */
export function longestFirst(windows: readonly Window[]): Window[] {
  return [...windows].sort((a, b) => b.to - b.from - (a.to - a.from));
}

/** The time of step p, or of the last one before it that is known. */
export function lastKnown(time: Float64Array, p: number): number {
  for (let t = p; t >= 0; t -= 1) if (!Number.isNaN(time[t]!)) return time[t]!;
  return Number.NaN;
}

/**
 * Only the direction of a memory is read, so it is kept as a weighted mean, which never underflows; its weight tells
 * whether float32, which serves, would still see anything of it. History before a window counts.
 */
function memoryShares(manifest: ModelManifest, sequence: Window['sequence'], to: number) {
  const { memories } = manifest;
  const K = memories.halfLives.length + memories.stepDecays.length;
  const share = new Float32Array(to * K);
  const empty = new Float32Array(to * K);
  const mass = new Float64Array(K);
  let memoryTime = Number.NaN;
  let memoryStep = 0;
  for (let p = 0; p < to; p += 1) {
    const weight = sequence.weight[p]!;
    const time = sequence.time[p]!;
    if (weight > 0) {
      const decay = memoryDecay(memories, { memoryTime, memoryStep }, time, sequence.event[p]!);
      for (let k = 0; k < K; k += 1) {
        mass[k] = mass[k]! * decay[k]! + weight;
        share[p * K + k] = weight / mass[k]!;
      }
      if (!Number.isNaN(time)) memoryTime = time;
      memoryStep = sequence.event[p]!;
    }
    const ahead = memoryDecay(memories, { memoryTime, memoryStep }, sequence.time[p + 1]!, sequence.event[p]!);
    for (let k = 0; k < K; k += 1) empty[p * K + k] = mass[k]! * ahead[k]! > 1e-37 ? 0 : 1;
  }
  return { share, empty };
}
