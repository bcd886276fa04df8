import { setImmediate } from 'node:timers/promises';
import type { Vector } from '../domain';
import type { Embedder } from '../embedder';
import {
  dequantise,
  embedItem,
  encodeBase64,
  type InterestModel,
  type ItemVector,
  makeVector,
  quantise,
} from '../model';
import { type ItemTable, textOf } from './items';

/**
 * Catalogue vectors of formats.md, in memory. n items, D and E as in the model. On disk: `q` I8 [n, D] and `q_scale` F32
 * [n]; `e` I8 [n, E] and `e_scale` F32 [n]; `median` F32 [n]; and, of a model that knows its items, `bias` and `repeat` F32 [n], `nbr` I32 [n, 32] and
 * `nbr_w` I8 [n, 32] with `nbr_scale` F32 [n]. Every int8 is worth `int8 × scale of its row`.
 */
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
  /** [n] `b_i`. */
  bias?: Float32Array;
  /** [n] natural logarithm of how much likelier than the average product it is bought again. */
  repeat?: Float32Array;
  /** [n] median price of the item's narrowest category that has one; NaN where unknown. */
  median?: Float32Array;
  neighbours?: CatalogueNeighbours;
}

/** Entries of a row of `nbr`. */
export const NEIGHBOURS = 32;

/** Row i lists the items whose events speak for item i: `N_i = Σ_t decay_t · weight(i, i_t)`. */
export interface CatalogueNeighbours {
  /** [n, 32] rows of the same catalogue, nearest first; −1: none. */
  rows: Int32Array;
  /** [n, 32] */
  weights: Int8Array;
  /** [n] `weight = int8 × scale`. */
  scale: Float32Array;
}

const BATCH = 64;

/** Raw text embeddings of all items, in row order; of `rows` only, in their order, where given. */
export async function embedItems(
  items: ItemTable,
  embedder: Embedder,
  options: {
    rows?: readonly number[];
    signal?: AbortSignal;
    onProgress?: (done: number, total: number) => void;
  } = {},
): Promise<Float32Array[]> {
  const raw: Float32Array[] = [];
  const rows = options.rows ?? [...items.ids.keys()];
  const total = rows.length;
  for (let from = 0; from < total; from += BATCH) {
    const texts = rows.slice(from, from + BATCH).map((row) => textOf(items, row));
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
  const priceMedians = medianPrices(items);
  const catalogue: Catalogue = {
    model: model.manifest.id,
    embedder: model.manifest.embedder.id,
    ids: items.ids,
    priceMedians,
    median: Float32Array.from(items.categories, (names) => medianFor(priceMedians, names)),
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
    ...extras(catalogue, row),
  };
}

function extras(
  catalogue: Catalogue,
  row: number,
): Pick<ItemVector, 'bias' | 'repeat' | 'median'> & Pick<Vector, 'neighbours'> {
  const { bias, repeat, median, neighbours } = catalogue;
  return {
    ...(bias ? { bias: bias[row]! } : {}),
    ...(repeat ? { repeat: repeat[row]! } : {}),
    ...(median && median[row]! > 0 ? { median: median[row]! } : {}),
    ...(neighbours ? { neighbours: neighboursOf(catalogue, row) } : {}),
  };
}

/** A row's neighbours by id, nearest first; none where the catalogue has none. */
export function neighboursOf({ ids, neighbours }: Catalogue, row: number): [string, number][] {
  const out: [string, number][] = [];
  if (!neighbours) return out;
  for (let at = row * NEIGHBOURS; at < (row + 1) * NEIGHBOURS; at += 1) {
    const other = neighbours.rows[at]!;
    if (other >= 0) out.push([ids[other]!, neighbours.weights[at]! * neighbours.scale[row]!]);
  }
  return out;
}

/** A row as the model reads it: the same bits as what a browser makes of {@link vectorOf}. */
export function itemVectorOf(catalogue: Catalogue, row: number): ItemVector {
  const n = catalogue.ids.length;
  const read = (values: Int8Array, scale: Float32Array) => {
    const width = values.length / n;
    return dequantise({ values: values.subarray(row * width, (row + 1) * width), scale: scale[row]! });
  };
  return {
    q: read(catalogue.q, catalogue.qScale),
    e: read(catalogue.e, catalogue.eScale),
    ...extras(catalogue, row),
  };
}

/**
 * Lays neighbours out as a catalogue holds them: the 32 of each row whose weights say most, for or against, int8 with one scale a row.
 * @param lists per row, pairs of another row and a finite weight, in any order
 */
export function packNeighbours(lists: readonly (readonly (readonly [number, number])[])[]): CatalogueNeighbours {
  const n = lists.length;
  const rows = new Int32Array(n * NEIGHBOURS).fill(-1);
  const weights = new Int8Array(n * NEIGHBOURS);
  const scale = new Float32Array(n);
  for (const [row, list] of lists.entries()) {
    const best = list
      .filter(([, weight]) => weight !== 0)
      .sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]) || a[0] - b[0])
      .slice(0, NEIGHBOURS);
    const packed = quantise(Float32Array.from(best, ([, weight]) => weight));
    rows.set(
      best.map(([other]) => other),
      row * NEIGHBOURS,
    );
    weights.set(packed.values, row * NEIGHBOURS);
    scale[row] = packed.scale;
  }
  return { rows, weights, scale };
}

/** Median price of the narrowest of an item's categories that has one; NaN where none has. */
export function medianFor(medians: Record<string, number>, categories: readonly string[]): number {
  const name = categories.findLast((one) => Object.hasOwn(medians, one));
  return name === undefined ? Number.NaN : medians[name]!;
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
  return Object.fromEntries([...prices].map(([name, all]) => [name, medianOf(all)]));
}

/** The mean of the two middle ones when their number is even; sorts in place. */
export function medianOf(values: number[]): number {
  values.sort((a, b) => a - b);
  const middle = values.length >> 1;
  return values.length % 2 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2;
}

function int8Of(base64: string): Int8Array {
  const bytes = Buffer.from(base64, 'base64');
  return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
