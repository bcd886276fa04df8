import { HomebodyError } from '../../domain';
import { aucOf, seededRandom } from '../../evaluate';
import { conversionLogits } from '../../model';
import { Adam, type Tensors } from '../parameters';
import { arraysOf, listGradient, NAMES, type Scale, scaleOf, standardise, startHead } from './head';
import type { ConversionList } from './lists';

/** What is chosen on validation. */
export interface HeadSettings {
  hidden: number;
  /** Decoupled weight decay of the weights, a unit of rate. */
  decay: number;
  /** Whether the head reads `U ⊙ q`, the last block of its input. */
  interest: boolean;
}

export interface FitOptions {
  settings: HeadSettings;
  /** X of the lists; the head reads the first `columns` of them. */
  inputs: number;
  columns: number;
  epochs: number;
  seed: number;
  /** Told after every epoch; the weights are the fit's own and move on. */
  onEpoch?: (epoch: number, head: Tensors, scale: Scale) => void;
  signal?: AbortSignal;
}

const RATE = 0.01;
const BATCH = 16;

/** Each user counts √(lists) instead of lists: few buy much, and what is measured is a mean over users. */
function weightsOf(lists: readonly ConversionList[]): Float64Array {
  const counts = new Map<number, number>();
  for (const { user } of lists) counts.set(user, (counts.get(user) ?? 0) + 1);
  return Float64Array.from(lists, ({ user }) => 1 / Math.sqrt(counts.get(user)!));
}

/** Trains the head on lists: binary cross-entropy over all candidates, Adam, a fixed number of epochs, fixed seed. */
export function fitHead(lists: readonly ConversionList[], options: FitOptions): { head: Tensors; scale: Scale } {
  const { settings, inputs, columns, epochs, seed } = options;
  const random = seededRandom(seed);
  const scale = scaleOf(lists, inputs);
  const xs = lists.map(({ x }) => Float64Array.from(standardise(x, scale, columns)));
  const weights = weightsOf(lists);
  const head = startHead(columns, settings.hidden, random);
  const zeros = head.zeros();
  const grad = head.zeros();
  const adam = new Adam(head.zeros(), head.zeros());
  const order = Int32Array.from(lists.keys());
  for (let epoch = 1; epoch <= epochs; epoch += 1) {
    if (options.signal?.aborted) throw new HomebodyError('aborted', 'The training was aborted.');
    for (let i = order.length - 1; i > 0; i -= 1) {
      const j = Math.floor(random() * (i + 1));
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    for (let from = 0; from < order.length; from += BATCH) {
      const batch = order.subarray(from, from + BATCH);
      const now = arraysOf(head);
      const sums = arraysOf(zeros);
      for (const i of batch) listGradient(now, xs[i]!, lists[i]!.bought, weights[i]! / batch.length, sums);
      for (const [at, of] of [sums.w1, sums.b1, sums.w2, sums.b2].entries()) grad.get(NAMES[at]!).set(of);
      adam.update(head, grad, {
        rate: () => RATE,
        decay: (name) => (name === NAMES[0] || name === NAMES[2] ? settings.decay : 0),
        clip: 5,
      });
    }
    options.onEpoch?.(epoch, head, scale);
  }
  return { head, scale };
}

/** Logits of a list by a head on standardised inputs. */
export function logitsOf(head: Tensors, scale: Scale, list: ConversionList, columns: number): Float64Array {
  const [w1, b1, w2, b2] = NAMES.map((name) => head.get(name)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  return conversionLogits({ w1, b1, w2, b2 }, standardise(list.x, scale, columns));
}

/** AUC of each list, mean over a user's lists, then over users. */
export function userAuc(lists: readonly ConversionList[], logits: readonly ArrayLike<number>[]): number {
  const users = new Map<number, number[]>();
  for (const [i, { user, bought }] of lists.entries()) {
    users.set(user, [...(users.get(user) ?? []), aucOf(logits[i]!, bought)]);
  }
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return mean([...users.values()].map(mean));
}
