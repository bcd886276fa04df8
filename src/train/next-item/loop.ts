import { HomebodyError } from '../../domain';
import { seededRandom } from '../../evaluate';
import type { Tensors } from '../parameters';
import { type Carried, joinCarried, longestFirst, rowOfCarried } from './batch';
import { drawSample, type Sample } from './choice';
import type { Window } from './sequences';
import type { NextItemSettings } from './settings';
import type { ShardInput, ShardResult } from './shard';
import type { EpochRecord, TrainingState, Validation } from './state';

/** With more items than this a softmax is sampled unless the settings say otherwise. */
const FULL_SOFTMAX = 20_000;

/** What the loop does not know how to do. */
export interface LoopContext {
  settings: NextItemSettings;
  seed: number;
  windows: readonly Window[];
  /** Items that a softmax ranges over: a loss of four times its logarithm is taken for divergence. */
  items: number;
  /** Items already met are no candidates. */
  maskSeen: boolean;
  /** How often each item is a target, [items], summing to 1. */
  targetShares: Float64Array;
  /** Gradients of the shards, in their order. */
  gradients(weights: Tensors, shards: readonly ShardInput[]): Promise<ShardGradients>;
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
  after: Carried[];
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
export function addShards(results: readonly ShardResult[]): Omit<ShardResult, 'after'> {
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

/** Adam's rate at an update of the whole run: linear warm-up, then a cosine down to a fiftieth. */
export function learningRate(settings: NextItemSettings, update: number, updates: number): number {
  const warm = Math.min(1, (update + 1) / settings.warmup);
  return settings.rate * warm * (0.02 + 0.49 * (1 + Math.cos((Math.PI * update) / updates)));
}

/**
 * An epoch's updates: the windows of every sequence stand in their order at random moments, so that each can start from
 * the state that the one before it left; of every four updates in a row the windows are sorted by length, so that an update
 * has windows of like length, longest first.
 */
export function epochUpdates(windows: readonly Window[], size: number, draw: () => number): Window[][] {
  const moments = new Map<unknown, number[]>();
  for (const { sequence } of windows) {
    const list = moments.get(sequence) ?? [];
    list.push(draw());
    moments.set(sequence, list);
  }
  for (const list of moments.values()) list.sort((a, b) => b - a);
  const placed = windows.map((window, i) => ({ window, moment: moments.get(window.sequence)!.pop()!, i }));
  placed.sort((a, b) => a.moment - b.moment || a.i - b.i);
  const out: Window[][] = [];
  for (let at = 0; at < placed.length; at += 4 * size) {
    const pool = longestFirst(placed.slice(at, at + 4 * size).map(({ window }) => window));
    const parts: Window[][] = [];
    for (let from = 0; from < pool.length; from += size) parts.push(pool.slice(from, from + size));
    out.push(...shuffled(parts, draw));
  }
  return out;
}

/** An update's own seed: of its sample, and one more for the dropout of each shard. */
export const updateSeed = (seed: number, epoch: number, update: number): number => mixed(seed, epoch, update, 7);

/** Updates of one epoch of a run. */
export function plannedUpdates(
  { settings, seed, windows }: Pick<LoopContext, 'settings' | 'seed' | 'windows'>,
  epoch: number,
): Window[][] {
  return epochUpdates(windows, settings.batch, seededRandom(mixed(seed, epoch, 3)));
}

/** Items that the softmax of an update ranges over; undefined: all. */
export function plannedSample(
  context: Pick<LoopContext, 'settings' | 'seed' | 'items' | 'targetShares'>,
  { epoch, update }: { epoch: number; update: number },
  windows: readonly Window[],
): Sample | undefined {
  const { settings, items, seed } = context;
  const size = settings.negatives || (items > FULL_SOFTMAX ? 5000 : 0);
  if (size === 0 || size >= items) return undefined;
  const targets = () =>
    Int32Array.from(windows.flatMap(({ sequence, from, to }) => [...sequence.items.subarray(from + 1, to + 1)]));
  const inBatch = settings.inBatch ? { targets: targets(), shares: context.targetShares } : undefined;
  return drawSample(items, size, seededRandom(updateSeed(seed, epoch, update)), inBatch);
}

/** The shards of an update: what each worker is told. */
function shardsOf(state: TrainingState, context: LoopContext, windows: readonly Window[]): ShardInput[] {
  const { settings } = context;
  const moment = updateSeed(context.seed, state.epoch, state.update);
  const sample = plannedSample(context, state, windows);
  const shards: ShardInput[] = [];
  for (let from = 0; from < windows.length; from += settings.shard) {
    const own = windows.slice(from, from + settings.shard);
    const start = joinCarried(own, state.carried);
    shards.push({
      windows: own,
      ...(start ? { start } : {}),
      ...(sample ? { sample } : {}),
      maskSeen: context.maskSeen,
      weight: 1 / (settings.batch * settings.window),
      seed: (moment + shards.length + 1) >>> 0,
    });
  }
  return shards;
}

/** One update from some windows, longest first; changes `state`. */
export async function update(
  state: TrainingState,
  context: LoopContext,
  windows: readonly Window[],
  updates: number,
): Promise<number> {
  const { settings } = context;
  const shards = shardsOf(state, context, windows);
  const readings = windows.reduce((sum, { from, to }) => sum + to - from, 0);
  const { loss, gradient, after } = await context.gradients(state.weights, shards);
  checkFinite(loss, 'loss', state);
  const rate = learningRate(settings, state.epoch * updates + state.update, settings.epochs * updates);
  const length = state.adam.update(state.weights, gradient, {
    clip: settings.clip,
    beta2: settings.beta2,
    rate: () => rate,
    decay: (name) => (name.includes('bias') || name === 'decay.rate' ? 0 : settings.weightDecay),
  });
  checkFinite(length, 'length of the gradient', state);
  if (state.average) follow(state.average, state.weights, state.adam.updates, settings.average);
  shards.forEach((shard, i) => {
    shard.windows.forEach(({ sequence, to }, b) => {
      // Kept only where another window goes on from it.
      if (to < sequence.steps - 1) state.carried.set(sequence, rowOfCarried(after[i]!, b, shard.windows.length));
      else state.carried.delete(sequence);
    });
  });
  state.update += 1;
  state.loss += loss;
  state.readings += readings;
  return readings;
}

/** Trains from `state` on (in place) until `epochs`, or until validation has not risen for `patience` epochs. */
export async function runLoop(state: TrainingState, context: LoopContext): Promise<void> {
  const { settings } = context;
  while (state.epoch < Math.min(settings.epochs, settings.stop ?? settings.epochs)) {
    if (state.best && state.epoch - state.best.epoch >= settings.patience) break;
    const order = plannedUpdates(context, state.epoch);
    const updates = order.length;
    let events = 0;
    let milliseconds = 0;
    while (state.update < updates) {
      if (context.signal?.aborted) throw new HomebodyError('aborted', 'Training was stopped.');
      const from = context.now();
      events += await update(state, context, order[state.update]!, updates);
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
    Object.assign(state, { epoch: state.epoch + 1, update: 0, loss: 0, readings: 0, carried: new Map() });
    state.history.push(record);
    if (!state.best || validation['ndcg@10'] > state.best.validation['ndcg@10']) {
      state.best = { epoch: state.epoch, weights: (state.average ?? state.weights).clone(), validation };
    }
    await context.save(state);
    context.onEpoch?.(record);
  }
}
