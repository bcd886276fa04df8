import { HomebodyError } from '../../domain';
import { seededRandom } from '../../evaluate';
import type { Tensors } from '../parameters';
import type { Window } from './sequences';
import type { NextItemSettings } from './settings';
import type { ShardResult } from './shard';
import type { EpochRecord, TrainingState, Validation } from './state';

/** What the loop does not know how to do. */
export interface LoopContext {
  settings: NextItemSettings;
  seed: number;
  windows: readonly Window[];
  /** Items that a softmax ranges over: a loss of four times its logarithm is taken for divergence. */
  items: number;
  /** Gradients of the shards, in the order of the shards. */
  gradients(weights: Tensors, shards: readonly Window[][], weight: number, seed: number): Promise<ShardGradients>;
  validate(weights: Tensors): Promise<Validation>;
  save(state: TrainingState): Promise<void>;
  signal?: AbortSignal;
  now: () => number;
  onUpdate?: (progress: { epoch: number; done: number; total: number; loss: number; eventsPerSecond: number }) => void;
  onEpoch?: (record: EpochRecord) => void;
}

export interface ShardGradients {
  loss: number;
  /** Summed in the order of the shards, so that who made them changes nothing. */
  gradient: Tensors;
}

/** A generator for one purpose of one moment: what is drawn depends on the seed and the moment alone. */
function mixed(seed: number, ...parts: number[]): number {
  let state = seed >>> 0;
  for (const part of parts) state = (Math.imul(state ^ part, 0x9e3779b1) ^ (state >>> 15)) >>> 0;
  return state;
}

function shuffled<T>(list: readonly T[], draw: () => number): T[] {
  const out = list.slice();
  for (let i = out.length - 1; i > 0; i -= 1) {
    const j = Math.floor(draw() * (i + 1));
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

/** Adds up what shards gave, in their order. */
export function addShards(results: readonly ShardResult[]): { loss: number; gradient: Tensors; dq: Float32Array } {
  const [first, ...rest] = results;
  const gradient = first!.gradient;
  const dq = first!.dq;
  let loss = first!.loss;
  for (const one of rest) {
    loss += one.loss;
    for (const [name, values] of gradient.entries()) addTo(values, one.gradient.get(name));
    addTo(dq, one.dq);
  }
  return { loss, gradient, dq };
}

function addTo(target: Float32Array, values: Float32Array): void {
  for (let i = 0; i < target.length; i += 1) target[i]! += values[i]!;
}

/** `average ← d average + (1 − d) weights` (Polyak & Juditsky 1992, with forgetting); d grows over the first updates. */
function follow(average: Tensors, weights: Tensors, updates: number, most: number): void {
  const keep = Math.min(most, (1 + updates) / (10 + updates));
  for (const [name, values] of average.entries()) {
    const now = weights.get(name);
    for (let i = 0; i < values.length; i += 1) values[i] = keep * values[i]! + (1 - keep) * now[i]!;
  }
}

function checkFinite(value: number, what: string, state: TrainingState): void {
  if (Number.isFinite(value)) return;
  throw new HomebodyError(
    'diverged',
    `The ${what} is ${value} at update ${state.update + 1} of epoch ${state.epoch + 1}.`,
    {
      remedy: 'Use a lower --rate or a smaller clip, then go on from the last checkpoint with --resume or begin anew.',
    },
  );
}

/** One update from some windows, split into shards; changes `state`. */
async function update(state: TrainingState, context: LoopContext, windows: readonly Window[]): Promise<number> {
  const { settings, seed } = context;
  const shards: Window[][] = [];
  // Windows of alike length share a shard.
  const sorted = windows.map((window, i) => ({ window, i }));
  sorted.sort((a, b) => b.window.to - b.window.from - (a.window.to - a.window.from) || a.i - b.i);
  for (let from = 0; from < sorted.length; from += settings.shard) {
    shards.push(sorted.slice(from, from + settings.shard).map(({ window }) => window));
  }
  const readings = windows.reduce((sum, { from, to }) => sum + to - from, 0);
  const moment = mixed(seed, state.epoch, state.update, 7);
  const { loss, gradient } = await context.gradients(state.weights, shards, 1 / readings, moment);
  checkFinite(loss, 'loss', state);
  const rate = settings.rate * settings.rateDecay ** state.epoch;
  const length = state.adam.update(state.weights, gradient, {
    clip: settings.clip,
    rate: () => rate,
    decay: (name) => (name.includes('bias') || name === 'decay.rate' ? 0 : settings.weightDecay),
  });
  checkFinite(length, 'length of the gradient', state);
  if (state.average) follow(state.average, state.weights, state.adam.updates, settings.average);
  state.update += 1;
  state.loss += loss;
  state.readings += readings;
  return readings;
}

/** Trains from `state` on (in place) until `epochs`, or until validation has not risen for `patience` epochs. */
export async function runLoop(state: TrainingState, context: LoopContext): Promise<void> {
  const { settings, seed, windows } = context;
  const updates = Math.ceil(windows.length / settings.batch);
  while (state.epoch < settings.epochs) {
    if (state.best && state.epoch - state.best.epoch >= settings.patience) break;
    const order = shuffled(windows, seededRandom(mixed(seed, state.epoch, 3)));
    let events = 0;
    let milliseconds = 0;
    while (state.update < updates) {
      if (context.signal?.aborted) throw new HomebodyError('aborted', 'Training was stopped.');
      const from = context.now();
      const at = state.update * settings.batch;
      events += await update(state, context, order.slice(at, at + settings.batch));
      milliseconds += context.now() - from;
      const loss = state.loss / state.readings;
      if (loss > 4 * Math.log(context.items)) {
        throw new HomebodyError(
          'diverged',
          `The loss is ${loss.toFixed(2)} at update ${state.update} of epoch ${state.epoch + 1}, four times that of guessing.`,
          { remedy: 'Use a lower --rate, and begin anew.' },
        );
      }
      const eventsPerSecond = (1000 * events) / Math.max(1, milliseconds);
      context.onUpdate?.({ epoch: state.epoch, done: state.update, total: updates, loss, eventsPerSecond });
      if (state.update % settings.checkpoint === 0 && state.update < updates) await context.save(state);
      // Lets signals and timers through.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const validation = await context.validate(state.average ?? state.weights);
    checkFinite(validation['ndcg@10'], 'validation', state);
    const record: EpochRecord = {
      epoch: state.epoch + 1,
      loss: state.loss / Math.max(1, state.readings),
      validation,
      eventsPerSecond: (1000 * events) / Math.max(1, milliseconds),
    };
    Object.assign(state, { epoch: state.epoch + 1, update: 0, loss: 0, readings: 0 });
    state.history.push(record);
    if (!state.best || validation['ndcg@10'] > state.best.validation['ndcg@10']) {
      state.best = { epoch: state.epoch, weights: (state.average ?? state.weights).clone(), validation };
    }
    await context.save(state);
    context.onEpoch?.(record);
  }
}
