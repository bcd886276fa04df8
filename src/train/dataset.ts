import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { fingerprintOf, foldOf } from '../data';
import { HomebodyError } from '../domain';
import type { InterestModel } from '../model';
import { type CandidateSample, type CustomerExample, type ExampleSource, exampleMaker } from './examples';

export interface Dataset {
  train: CustomerExample[];
  /** Its lists are whole: what is validated is what is measured. */
  validation: CustomerExample[];
}

export interface DatasetOptions {
  trainFolds: readonly number[];
  validationFolds: readonly number[];
  /** At most so many customers of each part, drawn by `draw`. */
  customers?: number;
  /** At most so many validation customers. */
  validationCustomers: number;
  /** Candidates kept of a training list, besides those met or bought. */
  top: number;
  random: number;
  keepsBought?: boolean;
  draw: () => number;
  signal?: AbortSignal;
  onProgress?: (phase: string, done: number, total: number) => void;
}

function shuffled(users: number[], draw: () => number): number[] {
  const out = users.slice();
  for (let i = out.length - 1; i > 0; i -= 1) {
    const j = Math.floor(draw() * (i + 1));
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

/** Examples of the training and the validation customers, in an order drawn by `draw`. */
export async function makeDataset(source: ExampleSource, options: DatasetOptions): Promise<Dataset> {
  const { users } = source.data.events;
  const make = exampleMaker(source);
  const part = async (phase: string, folds: readonly number[], limit: number, sample?: CandidateSample) => {
    const all = [...users.keys()].filter((user) => folds.includes(foldOf(users[user]!)));
    const chosen = shuffled(all, options.draw);
    const out: CustomerExample[] = [];
    for (const [done, user] of chosen.entries()) {
      if (out.length >= limit) break;
      if (options.signal?.aborted) throw new HomebodyError('aborted', 'Training was stopped.');
      const example = await make(user, sample);
      if (example) out.push(example);
      options.onProgress?.(phase, done + 1, chosen.length);
    }
    return out;
  };
  const limit = options.customers ?? Number.POSITIVE_INFINITY;
  return {
    validation: await part('validation lists', options.validationFolds, Math.min(limit, options.validationCustomers)),
    train: await part('training lists', options.trainFolds, limit, {
      top: options.top,
      random: options.random,
      keepsBought: options.keepsBought ?? false,
      draw: options.draw,
    }),
  };
}

/** What the examples depend on: a cached dataset of another key is made anew. */
export function datasetKey(source: ExampleSource, model: InterestModel, options: DatasetOptions, seed: number): string {
  const { features, gate, kinds, memories, dwell, recent, embedder, sizes } = model.manifest;
  const { trainFolds, validationFolds, customers, validationCustomers, top, random, keepsBought = false } = options;
  const parts = [
    2,
    fingerprintOf(source.data.events),
    { features, gate, kinds, memories, dwell, recent, embedder, sizes },
    { trainFolds, validationFolds, customers, validationCustomers, top, random, keepsBought, seed },
    Array.from(source.vectors[0]?.e ?? []),
    Array.from(source.vectors[0]?.q ?? []),
    ...(source.tables ? [source.tables.key] : []),
    ...(source.priorName ? [source.priorName] : []),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** The dataset kept in `file` when it is of this key, else `make()`'s, kept for the next time. */
export async function cachedDataset(file: string, key: string, make: () => Promise<Dataset>): Promise<Dataset> {
  const kept = await readFile(file).catch(() => undefined);
  if (kept) {
    const stored = deserialize(kept) as { key: string; dataset: Dataset };
    if (stored.key === key) return stored.dataset;
  }
  const dataset = await make();
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, serialize({ key, dataset }));
  return dataset;
}
