import { type DataFolder, foldOf } from '../data';
import { HomebodyError } from '../domain';
import { basketsOf } from '../evaluate';
import { addScaled, inner, type MatrixProduct, normalizeBackward, transpose } from './math';
import { Adam, Tensors } from './parameters';

/** Settings of {@link fitMetric}; docs/decisions says what else was tried. */
export interface MetricOptions {
  epochs: number;
  /** Baskets in an update. */
  batch: number;
  /** Adam's rate for the map. */
  rate: number;
  /** Purchases looked back on. */
  recent: number;
  /** At most so many items of all histories in an update, drawn. */
  rows: number;
  /** Pull towards the start, per update and unit of rate: what is learned in one shop should hurt in none. */
  decay: number;
}

export const METRIC_SETTINGS: MetricOptions = {
  epochs: 1,
  batch: 64,
  rate: 0.004,
  recent: 150,
  rows: 1200,
  decay: 1,
};

const MIX_RATE = 0.04;
const POPULARITY_RATE = 0.003;
/** Share of log counts that the popularity starts with. */
const POPULARITY_START = 0.7;
/** A history of more purchases than this counts no more than so many. */
const MANY = 20;

/** One basket: the last purchases before it, which products new to the customer are in it, and all that were met. */
export interface MetricExample {
  past: Int32Array;
  fresh: Int32Array;
  met: Int32Array;
}

/** Baskets with a new product, of the first `customers` customers in these folds. Rows of the items file. */
export function metricExamples(
  data: DataFolder,
  folds: readonly number[],
  recent: number,
  customers = Number.POSITIVE_INFINITY,
): MetricExample[] {
  const out: MetricExample[] = [];
  let taken = 0;
  data.events.users.forEach((id, user) => {
    if (!folds.includes(foldOf(id)) || taken >= customers) return;
    taken += 1;
    const met = new Set<number>();
    const bought: number[] = [];
    for (const { items } of basketsOf(data, user)) {
      const fresh = items.filter((item) => !met.has(item));
      if (met.size > 0 && fresh.length > 0) {
        out.push({
          past: Int32Array.from(bought.slice(-recent)),
          fresh: Int32Array.from(fresh),
          met: Int32Array.from(met),
        });
      }
      bought.push(...items);
      for (const item of items) met.add(item);
    }
  });
  return out;
}

/**
 * What is learned: the map `A` [D, E], the weights `mix` [2] of the two forms of the text, and how often each product
 * sells, `popularity` [n], which is thrown away.
 */
export function startMetric(examples: readonly MetricExample[], n: number, start: Float32Array): Tensors {
  const counts = new Float32Array(n);
  for (const { fresh } of examples) for (const item of fresh) counts[item]! += 1;
  return new Tensors([
    ['A', start.slice()],
    ['mix', Float32Array.of(2, 1)],
    ['popularity', counts.map((count) => POPULARITY_START * Math.log(count + 0.5))],
  ]);
}

/** `q = normalize(A e)` of every row, [n, D], with the lengths before. */
function mapRows(A: Float32Array, e: Float32Array, E: number, product: MatrixProduct) {
  const n = e.length / E;
  const D = A.length / E;
  const q = product(e, transpose(A, D, E), n, E, D);
  const lengths = new Float32Array(n);
  for (let row = 0; row < n; row += 1) {
    lengths[row] = Math.sqrt(inner(q, row * D, q, row * D, D));
    const scale = lengths[row]! > 1e-12 ? 1 / lengths[row]! : 0;
    for (let i = 0; i < D; i += 1) q[row * D + i]! *= scale;
  }
  return { q, lengths };
}

/**
 * Loss of some examples and its gradient, added to `grad`. With `x_i = Σ_t max(0, q_i·q_t)³` over past purchases, the
 * score of product i is `mix · [log1p(x_i), x_i / min(purchases, 20)] + popularity_i`; the loss is the mean of −log
 * softmax, over all products not met yet, at the new ones bought. `rows`: the products whose purchases count.
 */
export function metricLoss(
  p: Tensors,
  grad: Tensors,
  e: Float32Array,
  E: number,
  examples: readonly MetricExample[],
  rows: Int32Array,
  product: MatrixProduct,
): number {
  const [n, R, B] = [e.length / E, rows.length, examples.length];
  const [mix, popularity] = [p.get('mix'), p.get('popularity')];
  const [dMix, dPopularity] = [grad.get('mix'), grad.get('popularity')];
  const D = p.get('A').length / E;
  const { q, lengths } = mapRows(p.get('A'), e, E, product);
  const place = new Map(Array.from(rows, (row, r) => [row, r]));
  const near = new Float32Array(R * D);
  rows.forEach((row, r) => {
    near.set(q.subarray(row * D, (row + 1) * D), r * D);
  });
  const weights = new Float32Array(B * R);
  examples.forEach(({ past }, b) => {
    for (const item of past) {
      const r = place.get(item);
      if (r !== undefined) weights[b * R + r]! += 1;
    }
  });
  const cosines = product(near, transpose(q, n, D), R, D, n);
  const x = product(
    weights,
    cosines.map((s) => (s > 0 ? s * s * s : 0)),
    B,
    R,
    n,
  );
  let loss = 0;
  const scores = new Float64Array(n);
  examples.forEach(({ past, fresh, met }, b) => {
    const total = Math.min(past.length, MANY);
    const at = b * n;
    for (let i = 0; i < n; i += 1) {
      scores[i] = mix[0]! * Math.log1p(x[at + i]!) + (mix[1]! * x[at + i]!) / total + popularity[i]!;
    }
    for (const item of met) scores[item] = Number.NEGATIVE_INFINITY;
    const peak = scores.reduce((a, c) => Math.max(a, c));
    const logSum = peak + Math.log(scores.reduce((a, c) => a + Math.exp(c - peak), 0));
    const d = scores.map((score) => Math.exp(score - logSum) / B);
    for (const item of fresh) {
      loss += (logSum - scores[item]!) / (fresh.length * B);
      d[item]! -= 1 / (fresh.length * B);
    }
    for (let i = 0; i < n; i += 1) {
      const sum = x[at + i]!;
      dPopularity[i]! += d[i]!;
      dMix[0]! += d[i]! * Math.log1p(sum);
      dMix[1]! += (d[i]! * sum) / total;
      x[at + i] = d[i]! * (mix[0]! / (1 + sum) + mix[1]! / total);
    }
  });
  const dCosines = product(transpose(weights, B, R), x, R, B, n);
  for (let i = 0; i < dCosines.length; i += 1) dCosines[i]! *= cosines[i]! > 0 ? 3 * cosines[i]! ** 2 : 0;
  const dq = transpose(product(transpose(near, R, D), dCosines, D, R, n), D, n);
  const dNear = product(dCosines, q, R, n, D);
  rows.forEach((row, r) => {
    addScaled(dq, row * D, dNear, r * D, D, 1);
  });
  const dy = new Float32Array(n * D);
  for (let row = 0; row < n; row += 1) normalizeBackward(q, row * D, lengths[row]!, dq, row * D, dy, row * D, D);
  addScaled(grad.get('A'), 0, product(transpose(dy, n, D), e, D, n, E), 0, D * E, 1);
  return loss;
}

function shuffled(values: Iterable<number>, draw: () => number): Int32Array {
  const out = Int32Array.from(values);
  for (let i = out.length - 1; i > 0; i -= 1) {
    const j = Math.floor(draw() * (i + 1));
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

/**
 * The linear map A [D, E] under which what customers buy next is near what they bought: `q = normalize(A e)`. It is
 * learned on the baskets' new products from `start` on. A log with few baskets makes few updates, and A stays near
 * `start`. `e` [n, E] of unit length: the products; `examples` in rows of it.
 * @throws HomebodyError `aborted`
 */
export function fitMetric(
  e: Float32Array,
  start: Float32Array,
  examples: readonly MetricExample[],
  options: MetricOptions & {
    /** Values of an embedding. */
    embedding: number;
    product: MatrixProduct;
    draw: () => number;
    signal?: AbortSignal;
    onProgress?: (done: number, total: number) => void;
  },
): Float32Array {
  const { draw, batch, rate, embedding: E } = options;
  const weights = startMetric(examples, e.length / E, start);
  const adam = new Adam(weights.zeros(), weights.zeros());
  const updates = Math.ceil(examples.length / batch) * options.epochs;
  const rates: Record<string, number> = { A: rate, mix: MIX_RATE, popularity: POPULARITY_RATE };
  for (let epoch = 0; epoch < options.epochs; epoch += 1) {
    const order = shuffled(examples.keys(), draw);
    for (let from = 0; from < order.length; from += batch) {
      if (options.signal?.aborted) throw new HomebodyError('aborted', 'Training was stopped.');
      const some = Array.from(order.subarray(from, from + batch), (at) => examples[at]!);
      const rows = shuffled(new Set(some.flatMap(({ past }) => [...past])), draw).subarray(0, options.rows);
      const grad = weights.zeros();
      metricLoss(weights, grad, e, E, some, rows, options.product);
      adam.update(weights, grad, { clip: 100, rate: (name) => rates[name]!, decay: () => 0 });
      const A = weights.get('A');
      for (let i = 0; i < A.length; i += 1) A[i]! -= rate * options.decay * (A[i]! - start[i]!);
      options.onProgress?.(adam.updates, updates);
    }
  }
  return weights.get('A');
}
