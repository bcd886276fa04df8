import { Tensors } from '../parameters';

/** Names of the head's tensors in `weights.safetensors`. */
export const NAMES = ['conversion.w1', 'conversion.b1', 'conversion.w2', 'conversion.b2'] as const;

/** Glorot-uniform weights, biases 0 (Glorot & Bengio 2010); `random` gives values in [0, 1). X inputs, C hidden units. */
export function startHead(X: number, C: number, random: () => number): Tensors {
  const uniform = (size: number, bound: number) =>
    Float32Array.from({ length: size }, () => (2 * random() - 1) * bound);
  return new Tensors([
    [NAMES[0], uniform(C * X, Math.sqrt(6 / (X + C)))],
    [NAMES[1], new Float32Array(C)],
    [NAMES[2], uniform(C, Math.sqrt(6 / (C + 1)))],
    [NAMES[3], new Float32Array(1)],
  ]);
}

/** Weights or their gradient in doubles: nothing is converted in the inner loops, which are all of the work. */
export interface HeadArrays {
  w1: Float64Array;
  b1: Float64Array;
  w2: Float64Array;
  b2: Float64Array;
}

export function arraysOf(p: Tensors): HeadArrays {
  const [w1, b1, w2, b2] = NAMES.map((name) => Float64Array.from(p.get(name)));
  return { w1: w1!, b1: b1!, w2: w2!, b2: b2! };
}

/**
 * Binary cross-entropy of one list, `weight · Σ_i −[y log p + (1 − y) log(1 − p)]`; adds its gradient to `grad`.
 * `logit(p) = w2 · tanh(W1 x + b1) + b2`; backward: `d logit = p − y`, `d(W1 x + b1) = d logit · w2 ⊙ (1 − tanh²)`.
 * @param x [n, X] standardised
 * @param y [n]
 */
export function listGradient(p: HeadArrays, x: Float64Array, y: Uint8Array, weight: number, grad: HeadArrays): number {
  const { w1, b1, w2, b2 } = p;
  const C = b1.length;
  const X = w1.length / C;
  const hidden = new Float64Array(C);
  let loss = 0;
  for (let i = 0; i < y.length; i += 1) {
    const from = i * X;
    let logit = b2[0]!;
    for (let c = 0; c < C; c += 1) {
      hidden[c] = Math.tanh(b1[c]! + inner(w1, c * X, x, from, X));
      logit += w2[c]! * hidden[c]!;
    }
    // log(1 + e^logit) without overflow.
    loss += Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit))) - y[i]! * logit;
    const d = weight * (1 / (1 + Math.exp(-logit)) - y[i]!);
    grad.b2[0]! += d;
    for (let c = 0; c < C; c += 1) {
      grad.w2[c]! += d * hidden[c]!;
      const back = d * w2[c]! * (1 - hidden[c]! * hidden[c]!);
      grad.b1[c]! += back;
      const to = c * X;
      for (let k = 0; k < X; k += 1) grad.w1[to + k]! += back * x[from + k]!;
    }
  }
  return weight * loss;
}

/** Four sums at a time: each waits for its own last addition only. */
function inner(a: Float64Array, aAt: number, b: Float64Array, bAt: number, size: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 3 < size; i += 4) {
    s0 += a[aAt + i]! * b[bAt + i]!;
    s1 += a[aAt + i + 1]! * b[bAt + i + 1]!;
    s2 += a[aAt + i + 2]! * b[bAt + i + 2]!;
    s3 += a[aAt + i + 3]! * b[bAt + i + 3]!;
  }
  for (; i < size; i += 1) s0 += a[aAt + i]! * b[bAt + i]!;
  return s0 + s1 + (s2 + s3);
}

/** Mean and deviation of each of the X inputs over lists; the deviation of a constant is 1. */
export interface Scale {
  mean: Float64Array;
  deviation: Float64Array;
}

export function scaleOf(lists: readonly { x: Float32Array }[], X: number): Scale {
  const mean = new Float64Array(X);
  const deviation = new Float64Array(X);
  const rows = lists.reduce((sum, { x }) => sum + x.length / X, 0);
  for (const { x } of lists) {
    for (let at = 0; at < x.length; at += X) for (let k = 0; k < X; k += 1) mean[k]! += x[at + k]! / rows;
  }
  for (const { x } of lists) {
    for (let at = 0; at < x.length; at += X) {
      for (let k = 0; k < X; k += 1) deviation[k]! += (x[at + k]! - mean[k]!) ** 2 / rows;
    }
  }
  for (let k = 0; k < X; k += 1) deviation[k] = deviation[k]! > 1e-10 ? Math.sqrt(deviation[k]!) : 1;
  return { mean, deviation };
}

/** `(x − mean) / deviation` of the first `columns` of X inputs, [n, columns]. */
export function standardise(x: Float32Array, { mean, deviation }: Scale, columns: number): Float32Array {
  const X = mean.length;
  const n = x.length / X;
  const out = new Float32Array(n * columns);
  for (let i = 0; i < n; i += 1) {
    for (let k = 0; k < columns; k += 1) out[i * columns + k] = (x[i * X + k]! - mean[k]!) / deviation[k]!;
  }
  return out;
}

/** The head for raw inputs, its logits made `slope · logit + offset`: what `weights.safetensors` holds. */
export function foldScale(p: Tensors, scale: Scale, { slope, offset }: { slope: number; offset: number }): Tensors {
  const out = p.clone();
  const [w1, b1, w2, b2] = NAMES.map((name) => out.get(name)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const C = b1.length;
  const X = w1.length / C;
  for (let c = 0; c < C; c += 1) {
    let shift = 0;
    for (let k = 0; k < X; k += 1) {
      const raw = p.get(NAMES[0])[c * X + k]! / scale.deviation[k]!;
      w1[c * X + k] = raw;
      shift += raw * scale.mean[k]!;
    }
    b1[c] = b1[c]! - shift;
    w2[c] = w2[c]! * slope;
  }
  b2[0] = b2[0]! * slope + offset;
  return out;
}
