import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { HomebodyError, type Vector } from '../domain';
import type { Embedder } from '../embedder';
import {
  embedItem,
  encodeBase64,
  floatTensor,
  type InterestModel,
  type ItemVector,
  makeVector,
  readSafetensors,
  type StoredTensor,
  writeSafetensors,
} from '../model';
import { type ItemTable, textOf } from './items';

/** Catalogue vectors of formats.md, in memory. n items, D and E as in the model. */
export interface Catalogue {
  model: string;
  embedder: string;
  /** In row order. */
  ids: string[];
  /** Median price by category, where prices are known. */
  priceMedians: Record<string, number>;
  /** [n, D] */
  q: Int8Array;
  qScale: Float32Array;
  /** [n, E], whitened */
  e: Int8Array;
  eScale: Float32Array;
  bias?: Float32Array;
}

interface CatalogueJson {
  format: 1;
  model: string;
  embedder: string;
  ids: string[];
  priceMedians: Record<string, number>;
}

const BATCH = 64;

/** Raw text embeddings of all items, in row order. */
export async function embedItems(
  items: ItemTable,
  embedder: Embedder,
  options: { signal?: AbortSignal; onProgress?: (done: number, total: number) => void } = {},
): Promise<Float32Array[]> {
  const raw: Float32Array[] = [];
  const total = items.ids.length;
  for (let from = 0; from < total; from += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, total - from) }, (_, i) => from + i);
    const texts = rows.map((row) => textOf(items, row));
    raw.push(...(await embedder.embed(texts, options.signal ? { signal: options.signal } : {})));
    options.onProgress?.(raw.length, total);
    // The lite embedder never waits: without a turn of the event loop no signal would arrive.
    await setImmediate();
  }
  return raw;
}

/** The items as the model sees them, from their raw embeddings. */
export function itemVectors(model: InterestModel, raw: readonly Float32Array[]): ItemVector[] {
  return raw.map((one) => embedItem(model, one));
}

/** What candidates carry as `vector`, from raw embeddings. */
export function candidateVectors(model: InterestModel, raw: readonly Float32Array[]): Vector[] {
  return raw.map((one) => makeVector(model, one));
}

/** Lays shipped vectors of one model out as a catalogue. */
export function newCatalogue(model: InterestModel, items: ItemTable, vectors: readonly Vector[]): Catalogue {
  const { item: D, embedding: E } = model.manifest.sizes;
  const n = items.ids.length;
  const catalogue: Catalogue = {
    model: model.manifest.id,
    embedder: model.manifest.embedder.id,
    ids: items.ids,
    priceMedians: medianPrices(items),
    q: new Int8Array(n * D),
    qScale: new Float32Array(n),
    e: new Int8Array(n * E),
    eScale: new Float32Array(n),
  };
  for (const [row, vector] of vectors.entries()) {
    catalogue.q.set(int8Of(vector.q), row * D);
    catalogue.qScale[row] = vector.qScale;
    catalogue.e.set(int8Of(vector.e ?? ''), row * E);
    catalogue.eScale[row] = vector.eScale ?? 0;
  }
  return catalogue;
}

/** A row as a candidate's `vector`. */
export function vectorOf(catalogue: Catalogue, row: number): Vector {
  const n = catalogue.ids.length;
  const D = catalogue.q.length / n;
  const E = catalogue.e.length / n;
  return {
    model: catalogue.model,
    q: encodeBase64(catalogue.q.subarray(row * D, (row + 1) * D)),
    qScale: catalogue.qScale[row]!,
    e: encodeBase64(catalogue.e.subarray(row * E, (row + 1) * E)),
    eScale: catalogue.eScale[row]!,
    ...(catalogue.bias ? { bias: catalogue.bias[row]! } : {}),
  };
}

/** Writes `catalogue.safetensors` and `catalogue.json` into a folder that exists. */
export async function writeCatalogue(folder: string, catalogue: Catalogue): Promise<void> {
  const n = catalogue.ids.length;
  const bytes = (data: Int8Array): StoredTensor => ({ dtype: 'I8', shape: [n, n ? data.length / n : 0], data });
  const tensors = new Map<string, StoredTensor>([
    ['q', bytes(catalogue.q)],
    ['q_scale', floatTensor([n], catalogue.qScale)],
    ['e', bytes(catalogue.e)],
    ['e_scale', floatTensor([n], catalogue.eScale)],
  ]);
  if (catalogue.bias) tensors.set('bias', floatTensor([n], catalogue.bias));
  const { model, embedder, ids, priceMedians } = catalogue;
  const json: CatalogueJson = { format: 1, model, embedder, ids, priceMedians };
  await writeFile(join(folder, 'catalogue.safetensors'), new Uint8Array(writeSafetensors(tensors)));
  await writeFile(join(folder, 'catalogue.json'), `${JSON.stringify(json)}\n`);
}

/**
 * Reads what {@link writeCatalogue} wrote.
 * @throws HomebodyError `invalid-input` when the files are missing or do not fit one another
 */
export async function readCatalogue(folder: string): Promise<Catalogue> {
  const wrong = (what: string, cause?: unknown): HomebodyError =>
    new HomebodyError('invalid-input', `${folder}: ${what}`, {
      cause,
      remedy: 'Make the catalogue again with `homebody vectors`.',
    });
  let json: CatalogueJson;
  let tensors: Map<string, StoredTensor>;
  try {
    json = JSON.parse(await readFile(join(folder, 'catalogue.json'), 'utf8')) as CatalogueJson;
    const file = await readFile(join(folder, 'catalogue.safetensors'));
    tensors = readSafetensors(file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer);
  } catch (cause) {
    throw wrong('catalogue.json or catalogue.safetensors cannot be read', cause);
  }
  if (json.format !== 1 || !Array.isArray(json.ids)) throw wrong('catalogue.json is not of format 1');
  const n = json.ids.length;
  const int8 = (name: string): Int8Array => {
    const tensor = tensors.get(name);
    if (!(tensor?.data instanceof Int8Array) || tensor.shape[0] !== n) throw wrong(`${name} is not I8 [${n}, …]`);
    return tensor.data;
  };
  const floats = (name: string): Float32Array => {
    const tensor = tensors.get(name);
    if (!(tensor?.data instanceof Float32Array) || tensor.data.length !== n) throw wrong(`${name} is not F32 [${n}]`);
    return tensor.data;
  };
  return {
    model: json.model,
    embedder: json.embedder,
    ids: json.ids,
    priceMedians: json.priceMedians,
    q: int8('q'),
    qScale: floats('q_scale'),
    e: int8('e'),
    eScale: floats('e_scale'),
    ...(tensors.has('bias') ? { bias: floats('bias') } : {}),
  };
}

/** Median price of every category that has a price; the mean of the two middle ones when their number is even. */
export function medianPrices(items: ItemTable): Record<string, number> {
  const prices = new Map<string, number[]>();
  for (const [row, categories] of items.categories.entries()) {
    const price = items.prices[row]!;
    if (!(price > 0)) continue;
    for (const name of new Set(categories)) {
      const known = prices.get(name);
      if (known) known.push(price);
      else prices.set(name, [price]);
    }
  }
  return Object.fromEntries(
    [...prices].map(([name, all]) => {
      all.sort((a, b) => a - b);
      const middle = all.length >> 1;
      return [name, all.length % 2 ? all[middle]! : (all[middle - 1]! + all[middle]!) / 2];
    }),
  );
}

function int8Of(base64: string): Int8Array {
  const bytes = Buffer.from(base64, 'base64');
  return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
