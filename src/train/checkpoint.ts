import { readFile, rename, writeFile } from 'node:fs/promises';
import { deserialize, serialize } from 'node:v8';
import type { LoopState, Validation } from './loop';
import { Adam, Tensors } from './parameters';

type Entries = [string, Float32Array][];

interface Stored {
  key: string;
  epoch: number;
  weights: Entries;
  average: Entries;
  first: Entries;
  second: Entries;
  updates: number;
  best?: { epoch: number; weights: Entries; validation: Validation };
  history: LoopState['history'];
  partial?: LoopState['partial'];
}

/** Writes the state after an epoch or in the middle of one; the file is replaced in one move, so that a kill leaves a whole one. */
export async function writeCheckpoint(file: string, key: string, state: LoopState): Promise<void> {
  const stored: Stored = {
    key,
    epoch: state.epoch,
    weights: state.weights.entries(),
    average: state.average.entries(),
    first: state.adam.first.entries(),
    second: state.adam.second.entries(),
    updates: state.adam.updates,
    ...(state.best ? { best: { ...state.best, weights: state.best.weights.entries() } } : {}),
    history: state.history,
    ...(state.partial ? { partial: state.partial } : {}),
  };
  await writeFile(`${file}.part`, serialize(stored));
  await rename(`${file}.part`, file);
}

/** The state of a checkpoint of the same key; undefined when there is none. */
export async function readCheckpoint(file: string, key: string): Promise<LoopState | undefined> {
  const bytes = await readFile(file).catch(() => undefined);
  if (!bytes) return undefined;
  const stored = deserialize(bytes) as Stored;
  if (stored.key !== key) return undefined;
  return {
    epoch: stored.epoch,
    weights: new Tensors(stored.weights),
    average: new Tensors(stored.average),
    adam: new Adam(new Tensors(stored.first), new Tensors(stored.second), stored.updates),
    best: stored.best ? { ...stored.best, weights: new Tensors(stored.best.weights) } : undefined,
    history: stored.history,
    partial: stored.partial,
  };
}
