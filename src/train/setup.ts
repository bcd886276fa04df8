import { type DataFolder, embedItems, fitWhitening, itemVectors, openEmbedder, type Whitening } from '../data';
import { RecentPurchases, seededRandom } from '../evaluate';
import {
  createPlainExecutor,
  floatTensor,
  loadModel,
  type ModelManifest,
  tensorShapes,
  writeSafetensors,
} from '../model';
import { startManifest, startWeights } from './defaults';
import type { ExampleSource } from './examples';
import type { Tensors } from './parameters';

export interface Setup {
  manifest: ModelManifest;
  whitening: Whitening;
  weights: Tensors;
  source: ExampleSource;
  /** [items, E] whitened embeddings. */
  e: Float32Array;
}

/** Bytes of `weights.safetensors`. */
export function weightBytes(manifest: ModelManifest, weights: Tensors, whitening: Whitening): ArrayBuffer {
  const all = new Map<string, ReturnType<typeof floatTensor>>();
  for (const [name, shape] of tensorShapes(manifest)) {
    const own = name === 'whitening.mean' ? whitening.mean : name === 'whitening.matrix' ? whitening.matrix : undefined;
    all.set(name, floatTensor(shape, own ?? weights.get(name)));
  }
  return writeSafetensors(all);
}

export interface SetupOptions {
  /** Embedder folder. */
  embedder: string;
  embedderId: string;
  seed: number;
  hidden: number;
  signal?: AbortSignal;
  onProgress?: (phase: string, done: number, total: number) => void;
}

/** Embeds the catalogue, fits the whitening on it, and makes the untrained model whose serving code gives the inputs. */
export async function setUp(data: DataFolder, options: SetupOptions): Promise<Setup> {
  const { signal } = options;
  const embedder = await openEmbedder(
    { path: options.embedder, embedderId: options.embedderId },
    { folder: options.embedder, ...(signal ? { signal } : {}) },
  );
  const raw = await embedItems(data.items, embedder, {
    ...(signal ? { signal } : {}),
    onProgress: (done, total) => options.onProgress?.('embedding titles', done, total),
  });
  embedder.dispose();
  const products = raw.filter((_, row) => data.items.isProduct[row]);
  const whitening = fitWhitening(products);
  const dimension = whitening.mean.length;
  const manifest = startManifest(
    { id: options.embedderId, dtype: 'q8', dimension },
    { embedding: dimension, item: dimension, hidden: options.hidden, type: 8 },
  );
  const weights = startWeights(manifest, seededRandom(options.seed));
  const model = loadModel({ manifest: structuredClone(manifest), weights: weightBytes(manifest, weights, whitening) });
  const vectors = itemVectors(model, raw);
  const e = new Float32Array(raw.length * dimension);
  vectors.forEach((vector, row) => {
    if (vector.e) e.set(vector.e, row * dimension);
  });
  const lstm = await createPlainExecutor().load(model.lstm);
  return { manifest, whitening, weights, e, source: { data, model, lstm, vectors, prior: new RecentPurchases(data) } };
}
