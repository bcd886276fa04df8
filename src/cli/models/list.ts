import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openModelFolder } from '../../data';
import { HomebodyError } from '../../domain';

export interface ListedModel {
  folder: string;
  id: string;
  embedder: string;
  /** Of all files with `model.json`. */
  bytes: number;
  licence: string;
  /** The first figure of its card. */
  metric: string;
  /** SHA-256 of `model.json`, which pins the whole. */
  sha256: string;
  /** What is wrong with it. */
  problem: string;
}

/** The model folders in a folder, checked one by one; a broken one is listed with its problem. */
export async function listModels(folder: string): Promise<ListedModel[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => {
    throw new HomebodyError('invalid-input', `${folder} cannot be read.`, {
      cause,
      remedy: 'Give a folder of models.',
    });
  });
  const models: ListedModel[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    // What is being added has a dot before its name; an embedder's folder has no model.json.
    const bytes = entry.name.startsWith('.')
      ? undefined
      : await readFile(join(path, 'model.json')).catch(() => undefined);
    if (bytes) models.push(await describeModel(path, bytes));
  }
  return models;
}

async function describeModel(path: string, json: Buffer): Promise<ListedModel> {
  const sha256 = createHash('sha256').update(json).digest('hex');
  const blank = { folder: path, id: '', embedder: '', bytes: json.length, licence: '', metric: '', sha256 };
  try {
    const { model } = await openModelFolder(path);
    const { id, embedder, files, training, metrics } = model.manifest;
    const [first] = metrics;
    return {
      ...blank,
      id,
      embedder: embedder.id,
      bytes: Object.values(files).reduce((sum, file) => sum + file.bytes, json.length),
      licence: training.licence,
      metric: first ? `${first.metric} ${first.value} (${first.protocol}, ${first.slice})` : '',
      problem: '',
    };
  } catch (error) {
    if (!(error instanceof HomebodyError)) throw error;
    return { ...blank, problem: `${error.message} [${error.code}]` };
  }
}
