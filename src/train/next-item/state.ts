import { Adam, Tensors } from '../parameters';
import { readSnapshot, writeSnapshot } from '../snapshot';
import type { Carried } from './batch';
import type { UserSequence } from './sequences';

/** Of the validation users: mean over them. */
export interface Validation {
  'ndcg@10': number;
  'hr@10': number;
  users: number;
}

/** One epoch that is done. */
export interface EpochRecord {
  epoch: number;
  /** Mean `−log softmax` of its readings. */
  loss: number;
  validation: Validation;
  /** Readings a second, while training. */
  eventsPerSecond: number;
}

/** All that a resumed run needs to go on as an unbroken one would. */
export interface TrainingState {
  /** Epochs done, and updates of the next one. */
  epoch: number;
  update: number;
  /** Sums over the epoch so far. */
  loss: number;
  readings: number;
  /** State of the users that another window of this epoch goes on from. */
  carried: Map<UserSequence, Carried>;
  weights: Tensors;
  /** Moving average of the weights, which is then what is validated and written. */
  average: Tensors | undefined;
  adam: Adam;
  best: { epoch: number; weights: Tensors; validation: Validation } | undefined;
  history: EpochRecord[];
}

export function newState(weights: Tensors, averaged: boolean): TrainingState {
  return {
    epoch: 0,
    update: 0,
    loss: 0,
    readings: 0,
    carried: new Map(),
    weights,
    average: averaged ? weights.clone() : undefined,
    adam: new Adam(weights.zeros(), weights.zeros()),
    best: undefined,
    history: [],
  };
}

type Entries = [string, Float32Array][];
interface Stored extends Omit<TrainingState, 'carried' | 'weights' | 'average' | 'adam' | 'best'> {
  /** By row of the user. */
  carried: [number, Carried][];
  weights: Entries;
  average: Entries | undefined;
  first: Entries;
  second: Entries;
  updates: number;
  best: { epoch: number; weights: Entries; validation: Validation } | undefined;
}

export async function saveState(file: string, key: string, state: TrainingState): Promise<void> {
  const { adam, best, carried, ...rest } = state;
  const stored: Stored = {
    ...rest,
    carried: [...carried].map(([{ user }, kept]) => [user, kept]),
    weights: state.weights.entries(),
    average: state.average?.entries(),
    first: adam.first.entries(),
    second: adam.second.entries(),
    updates: adam.updates,
    best: best && { ...best, weights: best.weights.entries() },
  };
  await writeSnapshot(file, key, stored);
}

/** @throws HomebodyError `invalid-input` when the checkpoint is of other data or settings */
export async function loadState(
  file: string,
  key: string,
  sequences: readonly UserSequence[],
): Promise<TrainingState | undefined> {
  const stored = await readSnapshot<Stored>(file, key);
  if (!stored) return undefined;
  const { first, second, updates, best, ...rest } = stored;
  const known = new Map(sequences.map((sequence) => [sequence.user, sequence]));
  return {
    ...rest,
    carried: new Map(stored.carried.map(([user, kept]) => [known.get(user)!, kept])),
    weights: new Tensors(stored.weights),
    average: stored.average && new Tensors(stored.average),
    adam: new Adam(new Tensors(first), new Tensors(second), updates),
    best: best && { ...best, weights: new Tensors(best.weights) },
  };
}
