import type { ModelManifest } from '../../model';
import { CONTEXT_SIZE } from '../../model';
import { Adam, type Tensors } from '../parameters';
import { type BackendChoice, openBackend } from './backend';
import { drawSample } from './choice';
import { addShards } from './loop';
import { planManifest, startWeights } from './plan';
import type { UserSequence } from './sequences';
import { parseSettings } from './settings';
import { shardGradient } from './shard';
import { itemTable, tableBackward } from './table';

/** Updates on one made-up batch, for measuring: what the training loop does between reading a log and validating. */
export interface Updater {
  manifest: ModelManifest;
  weights: Tensors;
  /** [n, E] */
  e: Float32Array;
  /** Rows of windows, one after another. */
  batch: { items: Int32Array; targets: Int32Array; context: Float32Array };
  /** Items of the softmax. */
  chosen: Int32Array;
  /** One update; resolves to the mean loss before it. */
  update(): Promise<number>;
}

export interface UpdaterOptions {
  items: number;
  hidden: number;
  item: number;
  windows: number;
  steps: number;
  /** 0: all items. */
  negatives: number;
  rate: number;
  random: () => number;
  /** Default wasm. */
  backend?: BackendChoice;
}

/** Makes a batch of random histories of distinct items and a model of the given sizes; in this thread. */
export async function createUpdater(options: UpdaterOptions): Promise<Updater> {
  const { items: n, windows: B, steps: T, random } = options;
  const settings = parseSettings({
    hidden: options.hidden,
    item: options.item,
    type: 1,
    fusion: 'weighted',
    memories: { halfLives: [], stepDecays: [] },
    gate: ['hidden'],
  });
  const manifest = planManifest({ id: 'none', dtype: 'q8', dimension: 64 }, settings);
  const weights = startWeights(manifest, new Int32Array(n), settings, random);
  const e = Float32Array.from({ length: n * 64 }, () => (2 * random() - 1) / 4);
  const sequences = Array.from({ length: B }, (_, user): UserSequence => {
    const drawn = drawSample(n, T + 1, random).rows;
    return {
      user,
      steps: T + 1,
      items: Int32Array.from([...drawn.sort(() => random() - 0.5), -1]),
      // The first kind of the model.
      kinds: new Uint8Array(T + 1).fill(1),
      context: Float32Array.from({ length: (T + 1) * CONTEXT_SIZE }, random),
      elapsed: new Float32Array(T + 1),
      time: new Float64Array(T + 2).fill(Number.NaN),
      event: Int32Array.from({ length: T + 1 }, (_, t) => t + 1),
      weight: new Float64Array(T + 1).fill(1),
    };
  });
  const sample = options.negatives ? drawSample(n, options.negatives, random) : undefined;
  const backend = await openBackend(options.backend ?? 'wasm');
  const columns = {
    e,
    categories: { offsets: new Int32Array(n + 1), values: new Int32Array(0) },
    brands: new Int32Array(n).fill(-1),
    neighbours: [],
    folds: new Uint8Array(B),
  };
  const context = { backend, manifest, dropout: { share: 0, items: 0 }, columns };
  const adam = new Adam(weights.zeros(), weights.zeros());
  const rows = <A extends Float32Array | Int32Array>(pick: (sequence: UserSequence) => A) => sequences.map(pick);
  const join = (parts: Int32Array[]) => Int32Array.from(parts.flatMap((part) => [...part]));
  return {
    manifest,
    weights,
    e,
    batch: {
      items: join(rows(({ items }) => items.subarray(0, T))),
      targets: join(rows(({ items }) => items.subarray(1, T + 1))),
      context: Float32Array.from(rows((one) => one.context.subarray(0, T * CONTEXT_SIZE)).flatMap((part) => [...part])),
    },
    chosen: sample?.rows ?? Int32Array.from({ length: n }, (_, row) => row),
    async update() {
      const q = await itemTable(weights, e, manifest.sizes);
      const results = [];
      for (let from = 0; from < B; from += settings.shard) {
        const windows = sequences.slice(from, from + settings.shard).map((sequence) => ({ sequence, from: 0, to: T }));
        const shard = { windows, maskSeen: true, weight: 1 / (B * T), seed: 1, ...(sample ? { sample } : {}) };
        results.push(await shardGradient(context, weights, q, shard));
      }
      const { loss, gradient, dq } = addShards(results);
      const full = weights.zeros();
      for (const [name, values] of gradient.entries()) full.get(name).set(values);
      await tableBackward(weights, e, manifest.sizes, dq, full);
      adam.update(weights, full, { clip: 1, beta2: 0.98, rate: () => options.rate, decay: () => 0 });
      return loss / (B * T);
    },
  };
}
