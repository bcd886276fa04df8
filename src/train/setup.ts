import {
  type DataFolder,
  embedItems,
  fitWhitening,
  itemVectors,
  mapWhitening,
  openEmbedder,
  type Whitening,
  weightTensor,
  whitenRows,
} from '../data';
import { RecentPurchases, seededRandom } from '../evaluate';
import {
  createPlainExecutor,
  loadModel,
  type ModelManifest,
  type StoredTensor,
  tensorShapes,
  writeSafetensors,
} from '../model';
import { startManifest, startWeights } from './defaults';
import type { ExampleSource } from './examples';
import type { MatrixProduct } from './math';
import { fitMetric, METRIC_SETTINGS, metricExamples } from './metric';
import type { Tensors } from './parameters';
import type { Preset } from './presets';
import { type FittedTables, fitTables } from './tables';

export interface Setup {
  manifest: ModelManifest;
  whitening: Whitening;
  weights: Tensors;
  source: ExampleSource;
  /** [items, E] whitened embeddings. */
  e: Float32Array;
  /** Embeddings of all items as the embedder gave them. */
  raw: Float32Array[];
  /** Bias and neighbours, where the preset has them. */
  tables?: FittedTables;
}

/** Values of an item's vector, at most. */
const WIDEST_ITEM = 64;
/** Values of a mapped text, at most: of an embedder of 384, 128 lose little, and a model folder stays under 500 KB. */
const WIDEST_TEXT = 128;

/** How the embedders that are shipped store their weights (formats.md). */
const DTYPES: Record<string, string> = { 'potion-base-2M': 'q8', 'all-MiniLM-L6-v2': 'int8' };

/** Bytes of `weights.safetensors`. */
export function weightBytes(manifest: ModelManifest, weights: Tensors, whitening: Whitening): ArrayBuffer {
  const all = new Map<string, StoredTensor>();
  for (const [name, shape] of tensorShapes(manifest)) {
    const own = name === 'whitening.mean' ? whitening.mean : name === 'whitening.matrix' ? whitening.matrix : undefined;
    all.set(name, weightTensor(shape, own ?? weights.get(name)));
  }
  // Nothing that serves reads it: `homebody adapt` does.
  const { map, mean } = whitening;
  if (map) all.set('whitening.map', weightTensor([map.length / mean.length, mean.length], map));
  return writeSafetensors(all);
}

export interface SetupOptions {
  /** Embedder folder. */
  embedder: string;
  embedderId: string;
  /** Folder in which embeddings are kept between runs. */
  embeddings?: string;
  seed: number;
  hidden: number;
  /** Columns of the model; default: the universal model's. */
  preset?: Preset;
  /** Folds of customers whose logs may tell of the items: those that train or choose. */
  folds?: readonly number[];
  /** Folds whose baskets teach a preset's metric, at most those of so many `customers`. */
  trainFolds?: readonly number[];
  customers?: number;
  /** Needed by a preset with tables or a metric. */
  product?: MatrixProduct;
  signal?: AbortSignal;
  onProgress?: (phase: string, done: number, total: number) => void;
}

/** Embeds the catalogue, fits the whitening on it, and makes the untrained model whose serving code gives the inputs. */
export async function setUp(data: DataFolder, options: SetupOptions): Promise<Setup> {
  const { signal } = options;
  const embedder = await openEmbedder({ path: options.embedder, embedderId: options.embedderId }, options);
  const raw = await embedItems(data.items, embedder, {
    ...(signal ? { signal } : {}),
    onProgress: (done, total) => options.onProgress?.('embedding titles', done, total),
  });
  embedder.dispose();
  const { preset, folds = [], product } = options;
  const products = raw.filter((_, row) => data.items.isProduct[row]);
  const fitted = fitWhitening(products, preset?.whitening);
  const dimension = fitted.mean.length;
  const item = Math.min(dimension, WIDEST_ITEM);
  const text = Math.min(dimension, WIDEST_TEXT);
  const metric = preset?.metric && product ? learnMetric(data, raw, fitted, text, product, options) : undefined;
  const whitening = metric ? mapWhitening(fitted, metric) : fitted;
  const embedding = whitening.matrix.length / dimension;
  const manifest = startManifest(
    { id: options.embedderId, dtype: DTYPES[options.embedderId] ?? 'q8', dimension },
    { embedding, item, hidden: options.hidden, type: 8 },
    preset?.features,
    preset ?? {},
  );
  const weights = startWeights(manifest, seededRandom(options.seed), preset?.starts);
  // softplus(−40) is 0 in float32.
  if (preset && !preset.cellDecay) weights.get('decay.rate').fill(-40);
  const model = loadModel({ manifest: structuredClone(manifest), weights: weightBytes(manifest, weights, whitening) });
  const vectors = itemVectors(model, raw);
  const e = new Float32Array(raw.length * embedding);
  vectors.forEach((vector, row) => {
    if (vector.e) e.set(vector.e, row * embedding);
  });
  const lstm = await createPlainExecutor().load(model.lstm);
  const tables =
    preset?.tables && product
      ? fitTables(data, vectors, folds, product, {
          onProgress: (done, total) => options.onProgress?.('neighbours', done, total),
        })
      : undefined;
  const recent = new RecentPurchases(data);
  const prior = preset?.prior === 'trending' ? { before: recent.fading.bind(recent) } : recent;
  const source: ExampleSource = { data, model, lstm, vectors, prior };
  if (preset?.prior) source.priorName = preset.prior;
  if (tables) source.tables = tables.training;
  return { manifest, whitening, weights, e, raw, source, ...(tables ? { tables } : {}) };
}

/** The map of texts [D, E] learned from what customers of `trainFolds` bought together. */
function learnMetric(
  data: DataFolder,
  raw: readonly Float32Array[],
  whitening: Whitening,
  D: number,
  product: MatrixProduct,
  { trainFolds = [], customers, seed, signal, onProgress }: SetupOptions,
): Float32Array {
  const products = Int32Array.from(raw.keys()).filter((row) => data.items.isProduct[row]);
  const place = new Map(Array.from(products, (row, i) => [row, i]));
  const placed = (rows: Int32Array) => rows.map((row) => place.get(row)!);
  const texts = Array.from(products, (row) => raw[row]!);
  const examples = metricExamples(data, trainFolds, METRIC_SETTINGS.recent, customers).map(({ past, fresh, met }) => ({
    past: placed(past),
    fresh: placed(fresh),
    met: placed(met),
  }));
  const E = whitening.mean.length;
  return fitMetric(whitenRows(whitening, texts), startProjection(texts, D), examples, {
    ...METRIC_SETTINGS,
    embedding: E,
    product,
    draw: seededRandom(seed),
    ...(signal ? { signal } : {}),
    onProgress: (done, total) => onProgress?.('learning which texts are near', done, total),
  });
}

/** The identity, or the first D principal axes of the texts where they have more values than an item, [D, E]. */
function startProjection(texts: readonly Float32Array[], D: number): Float32Array {
  const E = texts[0]?.length ?? D;
  if (D < E) return fitWhitening(texts, { exponent: 0 }).matrix.slice(0, D * E);
  return Float32Array.from({ length: D * E }, (_, i) => (i % (E + 1) === 0 ? 1 : 0));
}
