import type { DataFolder } from '../../data';
import type { ModelManifest } from '../../model';
import { Tensors } from '../parameters';
import { plannedSample, plannedUpdates, runLoop, updateSeed } from './loop';
import { openMeans } from './means';
import { windowsOf } from './sequences';
import { type NextItemSettingsInput, parseSettings } from './settings';
import { type SetupOptions, setUp } from './setup';
import { type EpochRecord, newState, type Validation } from './state';
import { gainOf } from './validate';

/** What one update learns from. */
export interface PlannedUpdate {
  /** Longest first: place of the user in `users`, first step, steps. */
  windows: [user: number, from: number, steps: number][];
  /** Items of its softmax; absent: all. */
  sample?: Int32Array;
  /** Dropout of its k-th shard is drawn from `seed + k + 1`: input, then state. */
  seed: number;
}

/** A training on one thread whose every step is told beforehand, so that another trainer can take the same ones. */
export interface OpenTraining {
  manifest: ModelManifest;
  /** [n] items, and their whitened embeddings [n, E] */
  ids: string[];
  e: Float32Array;
  /** Users that are trained on, and those that validate. */
  users: string[];
  validation: string[];
  /** Weights to start from, by name; `residual` and `bias` are those of the items. */
  weights: [string, Float32Array][];
  /** Windows of a shard. */
  shard: number;
  updates(epoch: number): PlannedUpdate[];
  /** The trainer's own validation of any weights. */
  validate(weights: Iterable<[string, Float32Array]>): Promise<Validation>;
  /** NDCG@10 of each validation user under the weights that {@link run} ended with, in the order of `validation`. */
  gains(): Promise<Float64Array>;
  /** Trains, in the loop that `homebody train` uses; nothing is written. Once only: the weights above are changed. */
  run(options: {
    /** Milliseconds, for events a second. */
    now: () => number;
    /** Nothing is validated between epochs, whose records then have zeros. */
    unjudged?: boolean;
    onUpdate?: (epoch: number, done: number, total: number, loss: number) => void;
    onEpoch?: (record: EpochRecord) => void;
  }): Promise<EpochRecord[]>;
}

/** Prepares a training as {@link trainNextItem} does, on wasm and in this thread. */
export async function openTraining(
  log: DataFolder,
  input: NextItemSettingsInput,
  options: SetupOptions,
): Promise<OpenTraining> {
  const settings = parseSettings(input);
  const setup = await setUp(log, settings, options);
  const { manifest, content, sequences, data } = setup;
  const { loop, ranks } = await openMeans(setup, settings, { backend: 'wasm', workers: 0 });
  const windows = sequences.flatMap((sequence) => windowsOf(sequence, settings.window));
  const planned = { ...loop, seed: options.seed, windows };
  const state = newState(setup.weights, settings.average > 0);
  const placeOf = new Map(sequences.map((sequence, place) => [sequence, place]));
  return {
    manifest,
    ids: Array.from(setup.rows, (row) => data.items.ids[row]!),
    e: content,
    users: sequences.map(({ user }) => data.events.users[user]!),
    validation: setup.validation.map(({ user }) => data.events.users[user]!),
    weights: setup.weights.entries(),
    shard: settings.shard,
    updates: (epoch) =>
      plannedUpdates(planned, epoch).map((own, update) => {
        const sample = plannedSample(planned, { epoch, update }, own);
        return {
          windows: own.map(({ sequence, from, to }) => [placeOf.get(sequence)!, from, to - from]),
          ...(sample ? { sample: sample.rows } : {}),
          seed: updateSeed(options.seed, epoch, update),
        };
      }),
    validate: (weights) => loop.validate(new Tensors(weights)),
    async gains() {
      const places = await ranks(state.average ?? state.weights);
      return Float64Array.from(setup.validation, ({ user }) => gainOf(places.get(user)!));
    },
    async run({ now, unjudged, onUpdate, onEpoch }) {
      await runLoop(state, {
        ...planned,
        ...(unjudged ? { validate: async () => ({ 'ndcg@10': 0, 'hr@10': 0, users: 0 }) } : {}),
        now,
        save: async () => {},
        onUpdate: ({ epoch, done, total, loss }) => onUpdate?.(epoch, done, total, loss),
        ...(onEpoch ? { onEpoch } : {}),
      });
      return state.history;
    },
  };
}
