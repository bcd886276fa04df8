// Weights of a next-item training as examples/pytorch names them, and back.
import { readFileSync, writeFileSync } from 'node:fs';
import { floatTensor, type ModelManifest, readSafetensors, type StoredTensor, writeSafetensors } from '../../src/model';

type Entry = [name: string, values: Float32Array];

const NAMES: Record<string, string> = {
  'type.weight': 'kinds.weight',
  'fusion.alpha': 'alpha',
  'fusion.w1': 'w1.weight',
  'fusion.b1': 'w1.bias',
  'fusion.w2': 'w2.weight',
  'fusion.b2': 'w2.bias',
  'decay.rate': 'rate',
};
const nameOf = (name: string): string => NAMES[name] ?? name;

function shapesOf({ sizes, features }: ModelManifest, weights: readonly Entry[]): Map<string, number[]> {
  const { embedding: E, item: D, hidden: H, type, input: I } = sizes;
  const columns: Record<string, number> = {
    'item.weight': E,
    residual: D,
    'type.weight': type,
    'lstm.weight_ih_l0': I,
    'lstm.weight_hh_l0': H,
    'short.weight': H,
    'long.weight': H,
    'decay.weight': H,
    'fusion.weight': 2 * D + 6,
    'fusion.w1': 2 * D,
    'fusion.w2': D,
  };
  return new Map(
    weights.map(([name, { length }]) => {
      const wide = name === 'gate.weight' ? length / features.length : columns[name];
      return [name, name === 'bias' || wide === undefined ? [length] : [length / wide, wide]];
    }),
  );
}

/** Writes weights and embeddings `e` [n, E]; of the kinds of events only those of `kinds` (rows of `type.weight`), if given. */
export function writeWeights(
  file: string,
  manifest: ModelManifest,
  weights: readonly Entry[],
  e: Float32Array,
  kinds?: readonly number[],
): void {
  const shapes = shapesOf(manifest, weights);
  const E = manifest.sizes.embedding;
  const stored = new Map<string, StoredTensor>([['e', floatTensor([e.length / E, E], e)]]);
  for (const [name, values] of weights) {
    if (name === 'type.weight' && kinds) {
      const [, width] = shapes.get(name)!;
      const rows = kinds.flatMap((row) => [...values.subarray(row * width!, (row + 1) * width!)]);
      stored.set(nameOf(name), floatTensor([kinds.length, width!], Float32Array.from(rows)));
    } else stored.set(nameOf(name), floatTensor(shapes.get(name)!, values));
  }
  writeFileSync(file, new Uint8Array(writeSafetensors(stored)));
}

/** Weights of such a file in the order and sizes of `like`, which also gives the rows of kinds that the file lacks. */
export function readWeights(file: string, like: readonly Entry[], kinds: readonly number[]): Entry[] {
  const bytes = readFileSync(file);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  const stored = readSafetensors(buffer);
  return like.map(([name, values]): Entry => {
    const found = stored.get(nameOf(name));
    if (!found) throw new Error(`PyTorch wrote no ${nameOf(name)}.`);
    const data = found.data as Float32Array;
    if (name !== 'type.weight') return [name, data];
    const out = values.slice();
    const width = data.length / kinds.length;
    kinds.forEach((row, at) => {
      out.set(data.subarray(at * width, (at + 1) * width), row * width);
    });
    return [name, out];
  });
}
