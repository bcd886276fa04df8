import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CATALOGUE_FILES,
  candidateVectors,
  type DataFolder,
  foldOf,
  newCatalogue,
  packNeighbours,
  writeCatalogue,
} from '../data';
import type { InterestModel, ItemVector, ModelManifest } from '../model';
import type { CustomerTables } from './examples';
import type { MatrixProduct } from './math';
import { crossFit, fitStatistics, type ItemStatistics, type NeighbourOptions, unitScale } from './neighbours';

/** Item tables for training, each customer's without that customer's own fold, and those of all of them to be shipped. */
export interface FittedTables {
  training: CustomerTables;
  shipped: ItemStatistics;
}

/** The vectors with what the statistics say, through int8 as a catalogue ships it. */
function withStatistics(vectors: readonly ItemVector[], ids: readonly string[], known: ItemStatistics): ItemVector[] {
  const { rows, weights, scale } = packNeighbours(known.neighbours);
  const width = rows.length / ids.length;
  return vectors.map((vector, row) => {
    const neighbours: [string, number][] = [];
    for (let at = row * width; at < (row + 1) * width; at += 1) {
      if (rows[at]! >= 0) neighbours.push([ids[rows[at]!]!, weights[at]! * scale[row]!]);
    }
    return { ...vector, bias: known.bias[row]!, repeat: known.repeat[row]!, neighbours };
  });
}

/**
 * Fits bias and neighbours on the customers of `folds`: for the examples of each fold on the other folds, and on all of
 * them for the model folder. Customers of any other fold are in none of it.
 */
export function fitTables(
  data: DataFolder,
  vectors: readonly ItemVector[],
  folds: readonly number[],
  product: MatrixProduct,
  options: Partial<NeighbourOptions> & { onProgress?: (done: number, total: number) => void } = {},
): FittedTables {
  const { onProgress, ...settings } = options;
  const { users } = data.events;
  const foldByUser = users.map(foldOf);
  let done = 0;
  const fitOn = (chosen: readonly number[]) => {
    const members = [...users.keys()].filter((user) => chosen.includes(foldByUser[user]!));
    const { neighbours, ...rest } = fitStatistics(data, members, product, settings);
    done += 1;
    onProgress?.(done, folds.length + 1);
    return { ...rest, neighbours: unitScale(neighbours) };
  };
  const byFold = crossFit(folds, (others) => withStatistics(vectors, data.items.ids, fitOn(others)));
  return {
    training: {
      key: JSON.stringify([folds, settings]),
      vectorsFor: (user) => byFold.get(foldByUser[user]!) ?? vectors,
    },
    shipped: fitOn(folds),
  };
}

/** Writes the catalogue of a trained model beside it; returns its entries of `manifest.files`. */
export async function writeTables(
  folder: string,
  model: InterestModel,
  data: DataFolder,
  raw: readonly Float32Array[],
  known: ItemStatistics,
): Promise<ModelManifest['files']> {
  await writeCatalogue(folder, {
    ...newCatalogue(model, data.items, candidateVectors(model, raw)),
    bias: known.bias,
    repeat: known.repeat,
    neighbours: packNeighbours(known.neighbours),
  });
  const files: ModelManifest['files'] = {};
  for (const name of CATALOGUE_FILES) {
    const bytes = await readFile(join(folder, name));
    files[name] = { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
  }
  return files;
}
