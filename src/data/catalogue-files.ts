import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HomebodyError } from '../domain';
import { floatTensor, readSafetensors, type StoredTensor, writeSafetensors } from '../model';
import { type Catalogue, type CatalogueNeighbours, NEIGHBOURS } from './catalogue';

/** The files of a catalogue, in the order in which they are written. */
export const CATALOGUE_FILES = ['catalogue.safetensors', 'catalogue.json'] as const;

interface CatalogueJson {
  format: 1;
  model: string;
  embedder: string;
  ids: string[];
  priceMedians: Record<string, number>;
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
  if (catalogue.repeat) tensors.set('repeat', floatTensor([n], catalogue.repeat));
  if (catalogue.median) tensors.set('median', floatTensor([n], catalogue.median));
  if (catalogue.neighbours) {
    const { rows, weights, scale } = catalogue.neighbours;
    tensors.set('nbr', { dtype: 'I32', shape: [n, NEIGHBOURS], data: rows });
    tensors.set('nbr_w', { dtype: 'I8', shape: [n, NEIGHBOURS], data: weights });
    tensors.set('nbr_scale', floatTensor([n], scale));
  }
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
  const neighbours = (): CatalogueNeighbours => {
    const rows = tensors.get('nbr');
    const weights = int8('nbr_w');
    const size = n * NEIGHBOURS;
    if (!(rows?.data instanceof Int32Array) || rows.data.length !== size || weights.length !== size) {
      throw wrong(`nbr and nbr_w are not [${n}, ${NEIGHBOURS}]`);
    }
    if (rows.data.some((row) => row < -1 || row >= n)) throw wrong('nbr names a row that is not there');
    return { rows: rows.data, weights, scale: floats('nbr_scale') };
  };
  return {
    model: json.model,
    embedder: json.embedder,
    ids: json.ids,
    priceMedians: json.priceMedians ?? {},
    q: int8('q'),
    qScale: floats('q_scale'),
    e: int8('e'),
    eScale: floats('e_scale'),
    ...(tensors.has('bias') ? { bias: floats('bias') } : {}),
    ...(tensors.has('repeat') ? { repeat: floats('repeat') } : {}),
    ...(tensors.has('median') ? { median: floats('median') } : {}),
    ...(tensors.has('nbr') ? { neighbours: neighbours() } : {}),
  };
}
