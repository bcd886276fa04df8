import type { FeatureSpec, ModelManifest } from '../../model';
import { type CountColumn, countColumn } from './count-columns';
import type { DenseColumns } from './head';
import { packColumns, type TrainingKernel } from './kernel';
import type { Speaks } from './neighbours';
import { type RecentColumn, recentColumn, sumKey } from './recent-columns';
import type { Window } from './sequences';

/** What columns are made from; plain data, so that it crosses threads. n items. */
export interface ColumnData {
  /** [n, E] */
  e: Float32Array;
  /** Names of row i: `values[offsets[i] .. offsets[i + 1]]`. */
  categories: { offsets: Int32Array; values: Int32Array };
  /** [n] −1: none */
  brands: Int32Array;
  /** By fold of users: fitted without them; the last one on all. */
  neighbours: readonly Speaks[];
  /** [users of the log] fold of each */
  folds: Uint8Array;
}

/** The columns that no weight but the gate's takes part in: what {@link candidateFeatures} of src/model computes. */
export function denseSpecs(manifest: ModelManifest): { column: number; spec: FeatureSpec }[] {
  return manifest.features.flatMap((spec, column) =>
    ['interest', 'memory', 'bias'].includes(spec.kind) ? [] : [{ column, spec }],
  );
}

/** Candidates of a pass: those of the softmax, then targets that are not among them. */
export interface Candidates {
  rows: Int32Array;
  /** [n] place of an item; −1: none */
  place: Int32Array;
  /** How many of them the softmax has. */
  chosen: number;
}

function candidatesOf(n: number, windows: readonly Window[], sample: Int32Array | undefined): Candidates {
  if (!sample) {
    const rows = Int32Array.from({ length: n }, (_, row) => row);
    return { rows, place: rows, chosen: n };
  }
  const place = new Int32Array(n).fill(-1);
  const rows = [...sample];
  for (const [at, row] of sample.entries()) place[row] = at;
  for (const { sequence, from, to } of windows) {
    for (const row of sequence.items.subarray(from + 1, to + 1)) {
      if (row < 0 || place[row]! >= 0) continue;
      place[row] = rows.length;
      rows.push(row);
    }
  }
  return { rows: Int32Array.from(rows), place, chosen: sample.length };
}

/**
 * Makes the columns of a shard by recursion over its positions: a step costs a few passes over the candidates, whatever the
 * length of the history. `kernel` is one of its own: its memory must last until all values are read.
 */
export function denseColumns(
  kernel: TrainingKernel,
  manifest: ModelManifest,
  data: ColumnData,
  windows: readonly Window[],
  options: { sample?: Int32Array; lastOnly?: boolean; isTraining: boolean },
): DenseColumns | undefined {
  const specs = denseSpecs(manifest);
  if (specs.length === 0) return undefined;
  const n = data.brands.length;
  const candidates = candidatesOf(n, windows, options.sample);
  kernel.reset();
  const similar = specs.some(({ spec }) => spec.kind === 'text')
    ? similarities(kernel, manifest, data, windows, candidates, options.lastOnly ?? false)
    : undefined;
  const context = { kernel, manifest, data, candidates, similar, isTraining: options.isTraining };
  const recent = new Map<string, RecentColumn>();
  const makers = specs.map(({ spec }): RecentColumn | CountColumn => {
    if (spec.kind === 'text' || spec.kind === 'neighbours') {
      // Columns that read one sum in different ways share it.
      const known = recent.get(sumKey(spec)) ?? recentColumn(context, spec);
      recent.set(sumKey(spec), known);
      return known;
    }
    return countColumn(context, spec);
  });
  const all = new Set(makers);
  const readings = windows.flatMap((window) => {
    const first = options.lastOnly ? window.to - 1 : window.from;
    return Array.from({ length: window.to - first }, (_, i) => ({ window, step: first + i, isFirst: i === 0 }));
  });
  const { chosen } = candidates;
  const row = new Float32Array(candidates.rows.length);
  return {
    columns: specs.map(({ column }) => column),
    values(from, to) {
      const count = to - from;
      const x = new Float32Array(specs.length * count * chosen);
      const own = new Float32Array(count * specs.length);
      for (let r = from; r < to; r += 1) {
        const { window, step, isFirst } = readings[r]!;
        const { sequence } = window;
        for (const maker of all) {
          if (isFirst) maker.start(sequence, step);
          else maker.advance(sequence, step);
        }
        const target = sequence.items[step + 1]!;
        makers.forEach((maker, k) => {
          maker.read(sequence, step, specs[k]!.spec, row);
          x.set(row.subarray(0, chosen), (k * count + r - from) * chosen);
          if (target >= 0) own[(r - from) * specs.length + k] = row[candidates.place[target]!]!;
        });
      }
      return { x, own };
    },
  };
}

/** `max(0, e_i · e_c)` of the items that the windows look back on with every candidate, in the kernel's memory. */
export interface Similarities {
  /** [n] address of an item's row; 0: none */
  address: Int32Array;
  /** Floats of a row: the candidates, rounded up to 16. */
  width: number;
}

function similarities(
  kernel: TrainingKernel,
  manifest: ModelManifest,
  { e, brands }: ColumnData,
  windows: readonly Window[],
  { rows }: Candidates,
  lastOnly: boolean,
): Similarities {
  const E = manifest.sizes.embedding;
  const width = 16 * Math.ceil(rows.length / 16);
  const own = new Set<number>();
  for (const { sequence, from, to } of windows) {
    const first = Math.max(0, (lastOnly ? to : from) - manifest.recent - 1);
    for (const row of sequence.items.subarray(first, to)) own.add(row);
  }
  const candidates = new Float32Array(width * E);
  rows.forEach((row, at) => {
    candidates.set(e.subarray(row * E, (row + 1) * E), at * E);
  });
  const packed = kernel.put(packColumns(candidates, E, width, true));
  const looked = [...own];
  const left = new Float32Array(looked.length * E);
  looked.forEach((row, at) => {
    left.set(e.subarray(row * E, (row + 1) * E), at * E);
  });
  const from = kernel.put(left);
  const out = kernel.zeros(looked.length * width);
  kernel.run.gemm(from, packed, out, looked.length, E, width);
  const values = kernel.floats(out, looked.length * width);
  for (let i = 0; i < values.length; i += 1) if (!(values[i]! > 0)) values[i] = 0;
  const address = new Int32Array(brands.length);
  looked.forEach((row, at) => {
    address[row] = out + 4 * at * width;
  });
  return { address, width };
}
