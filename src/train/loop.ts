import { HomebodyError } from '../domain';
import {
  type Noise,
  type Pass,
  projectBackward,
  type Shape,
  scoreCustomer,
  startPass,
  trainCustomer,
} from './customer';
import type { Dataset } from './dataset';
import type { CustomerExample } from './examples';
import { bestLevel, type LevelList, type Levels, levelList } from './level';
import { type LossOptions, listNdcg } from './loss';
import type { MatrixProduct } from './math';
import { Adam, type Tensors } from './parameters';

/** NDCG@10 on the validation customers. */
export interface Validation {
  /** Without prior: all products, products new to the customer. */
  all: number;
  new: number;
  /** With prior. */
  priorAll: number;
  priorNew: number;
  /** What the figures over all products were made with, where a level is fitted. */
  levels?: Levels;
}

/** What early stopping and the choice of the epoch look at: the four figures, those over all products twice as heavy. */
export function merit(validation: Validation): number {
  return 2 * (validation.all + validation.priorAll) + validation.new + validation.priorNew;
}

export interface LoopOptions {
  epochs: number;
  /** Customers in an update. */
  batch: number;
  /** Adam's rate at the first update; it falls along a cosine to a tenth of it. */
  rate: number;
  decay: number;
  loss: LossOptions;
  dropout: number;
  priorless: number;
  relabel: number;
  /** Epochs without a better validation after which training ends. */
  patience: number;
}

/** All that a resumed run needs. */
export interface LoopState {
  /** Epochs done. */
  epoch: number;
  weights: Tensors;
  /** Moving average of the weights over updates: what is validated and written. */
  average: Tensors;
  adam: Adam;
  best: { epoch: number; weights: Tensors; validation: Validation } | undefined;
  history: { epoch: number; loss: number; validation: Validation }[];
  /** Where the next epoch stands when it was left in the middle: updates done, numbers drawn, sum of the losses. */
  partial?: { update: number; draws: number; total: number } | undefined;
}

export interface LoopContext {
  shape: Shape;
  /** [items, E] */
  e: Float32Array;
  dataset: Dataset;
  product: MatrixProduct;
  /** A fresh generator of values in [0, 1) for an epoch, so that a resumed run draws what an unbroken one would. */
  random: (epoch: number) => () => number;
  /** Not trained: name, and rows of `gate.*` that stay. */
  frozenRows: readonly number[];
  /** Tensors that stay as they are. */
  frozen?: ReadonlySet<string>;
  /** What weights become when they are written; epochs are compared so. */
  finish?: (weights: Tensors) => Tensors;
  /** Epochs are compared with the level of what is met that the model will be written with ({@link Levels}). */
  level?: boolean;
  /** Ends after so many epochs, with the rates of a run of {@link LoopOptions.epochs}. */
  until?: number;
  signal?: AbortSignal;
  onUpdate?: (epoch: number, done: number, total: number, loss: number) => void;
  onEpoch?: (state: LoopState) => Promise<void>;
  /** Called in mid-epoch, every {@link CHECKPOINT} updates and on `signal`, with a state that can be resumed. */
  onCheckpoint?: (state: LoopState) => Promise<void>;
}

/** Updates between two checkpoints. */
const CHECKPOINT = 25;

export function startState(weights: Tensors): LoopState {
  return {
    epoch: 0,
    weights,
    average: weights.clone(),
    adam: new Adam(weights.zeros(), weights.zeros()),
    best: undefined,
    history: [],
  };
}

/** NDCG@10 of the present weights; `levelled`: with the level of what is met that they would be written with. */
export function validate(pass: Pass, customers: readonly CustomerExample[], levelled = false): Validation {
  const cuts = { all: [] as LevelList[], priorAll: [] as LevelList[] };
  const sums = { all: 0, new: 0, priorAll: 0, priorNew: 0 };
  const counts = { all: 0, new: 0, priorAll: 0, priorNew: 0 };
  for (const customer of customers) {
    for (const withPrior of [false, true]) {
      const lists = scoreCustomer(pass, customer, withPrior);
      lists.forEach((scores, b) => {
        const { relevant, met } = customer.baskets[b]!;
        const [all, fresh] = withPrior ? (['priorAll', 'priorNew'] as const) : (['all', 'new'] as const);
        if (levelled) cuts[all].push(levelList(scores, relevant, met));
        for (const [name, value] of [
          [all, listNdcg(scores, relevant)],
          [fresh, listNdcg(scores, relevant, met)],
        ] as const) {
          if (value === undefined) continue;
          sums[name] += value;
          counts[name] += 1;
        }
      });
    }
  }
  for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] /= Math.max(1, counts[name]);
  if (!levelled) return sums;
  const none = bestLevel(cuts.all);
  const prior = bestLevel(cuts.priorAll);
  return { ...sums, all: none.ndcg, priorAll: prior.ndcg, levels: { none: none.level, prior: prior.level } };
}

function shuffle<T>(list: readonly T[], draw: () => number): T[] {
  const out = list.slice();
  for (let i = out.length - 1; i > 0; i -= 1) {
    const j = Math.floor(draw() * (i + 1));
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

/** Rows of the gate that a log cannot teach get no gradient. */
function freezeRows(grad: Tensors, rows: readonly number[], columns: number): void {
  for (const row of rows) {
    grad.get('gate.weight').fill(0, row * columns, (row + 1) * columns);
    grad.get('gate.bias')[row] = 0;
  }
}

/** `average ← d average + (1 − d) weights` (Polyak & Juditsky 1992, with forgetting); d grows to 0.99 over the first updates. */
function follow(average: Tensors, weights: Tensors, updates: number): void {
  const keep = Math.min(0.99, (1 + updates) / (10 + updates));
  for (const [name, values] of average.entries()) {
    const now = weights.get(name);
    for (let i = 0; i < values.length; i += 1) values[i] = keep * values[i]! + (1 - keep) * now[i]!;
  }
}

/** One update from some customers; returns the loss of a basket. */
export function update(
  state: LoopState,
  context: LoopContext,
  customers: readonly CustomerExample[],
  noise: Noise,
  options: LoopOptions,
  rate: number,
): number {
  const { shape, e, product } = context;
  const { embedding: E, item: D } = shape.manifest.sizes;
  const pass = startPass(state.weights, shape, e, product);
  const grad = state.weights.zeros();
  const dq = new Float32Array(pass.table.q.length);
  const baskets = customers.reduce((sum, customer) => sum + customer.baskets.length, 0);
  let loss = 0;
  for (const customer of customers) loss += trainCustomer(pass, customer, noise, options.loss, 1 / baskets, grad, dq);
  const frozen = context.frozen ?? new Set();
  if (!frozen.has('item.weight')) projectBackward(grad, pass.table, dq, e, E, D, product);
  const columns = grad.get('gate.weight').length / shape.manifest.features.length;
  freezeRows(grad, context.frozenRows, columns);
  state.adam.update(state.weights, grad, {
    clip: 5,
    rate: (name) => (frozen.has(name) ? 0 : name.startsWith('gate.') ? 2 * rate : rate),
    decay: (name) => (name.includes('bias') || name === 'decay.rate' ? 0 : options.decay),
  });
  follow(state.average, state.weights, state.adam.updates);
  return loss / baskets;
}

function checkFinite(loss: number, epoch: number, update: number): void {
  if (Number.isFinite(loss)) return;
  throw new HomebodyError('diverged', `The loss is ${loss} at update ${update + 1} of epoch ${epoch + 1}.`, {
    remedy: 'Train with a lower rate, or go on from the last checkpoint with --resume.',
  });
}

/**
 * Trains from `state` on (in place) until `epochs`, or until validation has not risen for `patience` epochs. On `signal` it
 * returns early, with the state as it stands.
 * @throws HomebodyError `diverged`
 */
export async function runLoop(state: LoopState, context: LoopContext, options: LoopOptions): Promise<LoopState> {
  const { dataset } = context;
  const updates = Math.ceil(dataset.train.length / options.batch);
  while (state.epoch < Math.min(options.epochs, context.until ?? options.epochs)) {
    if (context.until === undefined && state.best && state.epoch - state.best.epoch >= options.patience) break;
    const next = context.random(state.epoch);
    let draws = 0;
    const draw = () => {
      draws += 1;
      return next();
    };
    const order = shuffle(dataset.train, draw);
    const noise = { draw, dropout: options.dropout, priorless: options.priorless, relabel: options.relabel };
    // An epoch left in the middle goes on with the numbers that an unbroken one would draw.
    while (draws < (state.partial?.draws ?? 0)) draw();
    let total = state.partial?.total ?? 0;
    for (let u = state.partial?.update ?? 0; u < updates; u += 1) {
      if (context.signal?.aborted || (u > 0 && u % CHECKPOINT === 0 && u !== state.partial?.update)) {
        state.partial = { update: u, draws, total };
        await context.onCheckpoint?.(state);
        if (context.signal?.aborted) return state;
      }
      const progress = (state.epoch + u / updates) / options.epochs;
      const rate = options.rate * (0.1 + 0.45 * (1 + Math.cos(Math.PI * progress)));
      const loss = update(
        state,
        context,
        order.slice(u * options.batch, (u + 1) * options.batch),
        noise,
        options,
        rate,
      );
      checkFinite(loss, state.epoch, u);
      total += loss;
      context.onUpdate?.(state.epoch, u + 1, updates, total / (u + 1));
      // Lets signals and timers through.
      if (u % 8 === 7) await new Promise((resolve) => setImmediate(resolve));
    }
    delete state.partial;
    state.epoch += 1;
    const finished = context.finish?.(state.average) ?? state.average;
    const pass = startPass(finished, context.shape, context.e, context.product);
    const validation = validate(pass, dataset.validation, context.level);
    state.history.push({ epoch: state.epoch, loss: total / updates, validation });
    if (!state.best || merit(validation) > merit(state.best.validation)) {
      state.best = { epoch: state.epoch, weights: state.average.clone(), validation };
    }
    await context.onEpoch?.(state);
  }
  return state;
}
