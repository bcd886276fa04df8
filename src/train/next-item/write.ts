import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CATALOGUE_FILES,
  type Catalogue,
  type CatalogueNeighbours,
  type ItemTable,
  medianPrices,
  writeCatalogue,
} from '../../data';
import {
  floatTensor,
  type ModelManifest,
  quantise,
  type StoredTensor,
  tensorShapes,
  writeSafetensors,
} from '../../model';
import type { Tensors } from '../parameters';
import { ITEM_BIAS } from './plan';

/** Bytes of `weights.safetensors`. */
export function weightBytes(
  manifest: ModelManifest,
  weights: Tensors,
  whitening: { mean: Float32Array; matrix: Float32Array },
): ArrayBuffer {
  const all = new Map<string, StoredTensor>();
  for (const [name, shape] of tensorShapes(manifest)) {
    const own = name === 'whitening.mean' ? whitening.mean : name === 'whitening.matrix' ? whitening.matrix : undefined;
    all.set(name, floatTensor(shape, own ?? weights.get(name)));
  }
  return writeSafetensors(all);
}

export interface TrainedModel {
  manifest: ModelManifest;
  weights: Tensors;
  whitening: { mean: Float32Array; matrix: Float32Array };
  items: ItemTable;
  /** [n] rows of `items` that the model knows, and their vectors [n, D] (δ in it) and embeddings [n, E]. */
  rows: Int32Array;
  q: Float32Array;
  e: Float32Array;
  neighbours?: CatalogueNeighbours;
}

/**
 * Writes the model folder: weights, catalogue of the known items, and `model.json` last, so that a folder that is being
 * written is never taken for a model. The id gets a hash of the weights.
 */
export async function writeModel(folder: string, model: TrainedModel): Promise<ModelManifest> {
  await mkdir(folder, { recursive: true });
  const { weights, whitening, manifest } = model;
  const bytes = new Uint8Array(weightBytes(manifest, weights, whitening));
  const id = `${manifest.id}-${sha256Of(bytes).slice(0, 8)}`;
  await writeFile(join(folder, 'weights.safetensors'), bytes);
  await writeCatalogue(folder, catalogueOf(model, id));
  const written: ModelManifest = { ...manifest, id, files: {} };
  for (const name of ['weights.safetensors', ...CATALOGUE_FILES]) {
    const file = await readFile(join(folder, name));
    written.files[name] = { sha256: sha256Of(file), bytes: file.length };
  }
  await writeFile(join(folder, 'model.json'), `${JSON.stringify(written, null, 2)}\n`);
  return written;
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function catalogueOf({ manifest, weights, items, rows, q, e, neighbours }: TrainedModel, id: string): Catalogue {
  const n = rows.length;
  const packed = (values: Float32Array) => {
    const width = values.length / n;
    const out = { values: new Int8Array(values.length), scale: new Float32Array(n) };
    for (let row = 0; row < n; row += 1) {
      const one = quantise(values.subarray(row * width, (row + 1) * width));
      out.values.set(one.values, row * width);
      out.scale[row] = one.scale;
    }
    return out;
  };
  const [vectors, texts] = [packed(q), packed(e)];
  return {
    model: id,
    embedder: manifest.embedder.id,
    ids: Array.from(rows, (row) => items.ids[row]!),
    priceMedians: medianPrices(items),
    q: vectors.values,
    qScale: vectors.scale,
    e: texts.values,
    eScale: texts.scale,
    bias: weights.get(ITEM_BIAS),
    ...(neighbours ? { neighbours } : {}),
  };
}
