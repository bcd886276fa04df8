import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { HomebodyError } from '../domain';
import { cached, createEmbedder, type Embedder } from '../embedder';
import { embedItem, type InterestModel, type ItemVector, loadModel, verifyFiles } from '../model';
import { type Catalogue, embedItems, itemVectorOf, medianFor, medianPrices } from './catalogue';
import { CATALOGUE_FILES, readCatalogue } from './catalogue-files';
import { fileCache } from './embedding-cache';
import type { ItemTable } from './items';
import { firstThere } from './there';

/** A model folder as it was read and checked. */
export interface ModelFolder {
  path: string;
  model: InterestModel;
  /** Of a model that knows its items: their vectors with residual, bias and neighbours. */
  catalogue?: Catalogue;
}

/**
 * Loads a model folder (formats.md) from disk and checks its files against the manifest's hashes.
 * @throws HomebodyError `model-unavailable` (no such folder), `model-invalid` (truncated, wrong hash, not understood)
 */
export async function readModelFolder(path: string): Promise<InterestModel> {
  const manifest = parseJson(path, await readModelFile(path, 'model.json'));
  const weights = await readModelFile(path, 'weights.safetensors');
  const model = loadModel({ manifest, weights });
  await verifyFiles(model.manifest, { 'weights.safetensors': weights });
  return model;
}

/**
 * A model folder with the catalogue that lies in it, if any: `model.json` lists its two files then.
 * @throws HomebodyError as {@link readModelFolder}; `model-invalid` also for a catalogue of another model or sizes
 */
export async function openModelFolder(path: string): Promise<ModelFolder> {
  const model = await readModelFolder(path);
  const { id, files, sizes } = model.manifest;
  if (!CATALOGUE_FILES.some((name) => Object.hasOwn(files, name))) return { path, model };
  for (const name of CATALOGUE_FILES) await verifyFiles(model.manifest, { [name]: await readModelFile(path, name) });
  const catalogue = await readCatalogue(path);
  const n = catalogue.ids.length;
  const fits = catalogue.q.length === n * sizes.item && catalogue.e.length === n * sizes.embedding;
  if (catalogue.model !== id || !fits) {
    throw new HomebodyError('model-invalid', `${path}: the catalogue is of model ${catalogue.model}, not of ${id}.`, {
      remedy: 'Copy the model folder again, or make its catalogue with `homebody vectors`.',
    });
  }
  return { path, model, catalogue };
}

/**
 * The vectors of a log's items, by row: what the folder's catalogue knows of them, and made of their text with δ = 0 for
 * the others; with the median price of the log's categories. The embedder is opened only when there are others, and disposed of.
 * @throws HomebodyError as {@link openEmbedder}; `aborted`
 */
export async function folderVectors(
  { path, model, catalogue }: ModelFolder,
  items: ItemTable,
  options: TextOptions & { signal?: AbortSignal; onProgress?: (done: number, total: number) => void } = {},
): Promise<ItemVector[]> {
  const rowOf = new Map(catalogue?.ids.map((id, row) => [id, row]));
  const unknown = [...items.ids.keys()].filter((row) => !rowOf.has(items.ids[row]!));
  const vectors: ItemVector[] = items.ids.map((id) =>
    catalogue && rowOf.has(id) ? itemVectorOf(catalogue, rowOf.get(id)!) : NO_VECTOR,
  );
  const medians = medianPrices(items);
  const withMedian = (vector: ItemVector, row: number): ItemVector => {
    const median = vector.median ?? medianFor(medians, items.categories[row]!);
    return median > 0 ? { ...vector, median } : vector;
  };
  if (unknown.length === 0) return vectors.map(withMedian);
  const embedder = await openEmbedder({ path, embedderId: model.manifest.embedder.id }, options);
  try {
    const raw = await embedItems(items, embedder, { ...options, rows: unknown });
    for (const [at, row] of unknown.entries()) vectors[row] = embedItem(model, raw[at]!);
  } finally {
    await embedder.dispose();
  }
  return vectors.map(withMedian);
}

/** How commands say where texts' embeddings come from. */
export interface TextOptions {
  /** Embedder folder; default: beside the model folder. */
  embedder?: string;
  /** Folder of embedders to look in where none is beside the model; default: none. */
  embedders?: string;
  /** Folder in which embeddings are kept between runs ({@link fileCache}); default: they are made anew. */
  embeddings?: string;
}

const NO_VECTOR: ItemVector = { q: new Float32Array() };

function parseJson(folder: string, bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new HomebodyError('model-invalid', `${join(folder, 'model.json')} is not JSON.`, {
      cause,
      remedy: 'Copy the model folder again.',
    });
  }
}

async function readModelFile(folder: string, name: string): Promise<ArrayBuffer> {
  const bytes = await readFile(join(folder, name)).catch((cause) => {
    throw new HomebodyError('model-unavailable', `${folder} has no readable ${name}.`, {
      cause,
      remedy: 'Give the path of a model folder, as `homebody train --out` writes it.',
    });
  });
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

/**
 * The embedder that a model was trained with.
 * @throws HomebodyError `embedder-unavailable`
 */
export async function openEmbedder(
  model: { path: string; embedderId: string },
  options: TextOptions & { signal?: AbortSignal } = {},
): Promise<Embedder> {
  const { embedderId } = model;
  const beside = join(dirname(resolve(model.path)), embedderId);
  const places = options.embedder
    ? [options.embedder]
    : [beside, ...(options.embedders ? [join(options.embedders, embedderId)] : [])];
  const config = await firstThere(places.map((folder) => join(folder, 'config.json')));
  if (config === undefined) {
    throw new HomebodyError('embedder-unavailable', `There is no embedder in ${places[0]}.`, {
      remedy: `Put the folder ${embedderId} beside the model folder, or name its place with --embedder.`,
    });
  }
  const folder = dirname(config);
  const embedder = await createEmbedder({
    id: embedderId,
    read: async (path) => new Uint8Array(await readFile(join(folder, path))),
    ...(options.signal ? { signal: options.signal } : {}),
  });
  return options.embeddings === undefined ? embedder : cached(embedder, fileCache(options.embeddings));
}
