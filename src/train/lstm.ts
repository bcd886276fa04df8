import { addScaled, inner, type MatrixProduct, sigmoid, softplus, transpose } from './math';
import type { Tensors } from './parameters';

/** One customer's sequence through the time-aware LSTM, kept for the backward pass. T steps, H hidden, I input. */
export interface LstmTrace {
  steps: number;
  /** [T, I] */
  x: Float32Array;
  /** [T] `log1p(Δt / 60 s)` */
  elapsed: Float32Array;
  /** [T, 4H] i, f, g, o after their functions */
  gates: Float32Array;
  /** [T + 1, H], row 0 zeros: the state before each step */
  h: Float32Array;
  c: Float32Array;
  /** [T, H] `tanh(c_t)` and the decayed memory c* */
  tanhC: Float32Array;
  decayed: Float32Array;
  /** [T, H] short-term part s of the memory; 0 where nothing decays */
  short: Float32Array;
}

/** The state read at a later moment: c decayed by `elapsed` after step `row − 1`, `h = o ⊙ tanh(c*)`. */
export interface HiddenReading {
  /** Steps taken before. */
  row: number;
  elapsed: number;
  short: Float32Array;
  tanhC: Float32Array;
  hidden: Float32Array;
}

/** `W [4H, I]` transposed once per update: products by tfjs-wasm are slow with transposed arguments. */
export interface LstmWeightsT {
  /** [I, 4H] */
  inputT: Float32Array;
  /** [H] `−softplus(λ)` */
  exponent: Float32Array;
  /** [H, 4H] `U` transposed, for the backward recurrence */
  recurrentT: Float32Array;
  /** [H, H] */
  decayT: Float32Array;
}

export function prepareLstm(p: Tensors, inputSize: number, H: number): LstmWeightsT {
  return {
    inputT: transpose(p.get('lstm.weight_ih_l0'), 4 * H, inputSize),
    recurrentT: transpose(p.get('lstm.weight_hh_l0'), 4 * H, H),
    decayT: transpose(p.get('decay.weight'), H, H),
    exponent: p.get('decay.rate').map((value) => -softplus(value)),
  };
}

/** `s = tanh(W_s c + b_s)` into `out`. */
function shortPart(p: Tensors, c: Float32Array, cAt: number, H: number, out: Float32Array, outAt: number): void {
  const weight = p.get('decay.weight');
  const bias = p.get('decay.bias');
  for (let j = 0; j < H; j += 1) out[outAt + j] = Math.tanh(inner(weight, j * H, c, cAt, H) + bias[j]!);
}

/** Forward over a whole sequence (model.md): the input projection of all steps is one product. */
export function runLstm(
  p: Tensors,
  w: LstmWeightsT,
  x: Float32Array,
  elapsed: Float32Array,
  H: number,
  product: MatrixProduct,
): LstmTrace {
  const T = elapsed.length;
  const pre = product(x, w.inputT, T, x.length / T, 4 * H);
  const [u, b1, b2] = [p.get('lstm.weight_hh_l0'), p.get('lstm.bias_ih_l0'), p.get('lstm.bias_hh_l0')];
  const f32 = (size: number) => new Float32Array(size);
  const trace: LstmTrace = {
    steps: T,
    x,
    elapsed,
    gates: pre,
    h: f32((T + 1) * H),
    c: f32((T + 1) * H),
    tanhC: f32(T * H),
    decayed: f32(T * H),
    short: f32(T * H),
  };
  const { gates, h, c, tanhC, decayed, short } = trace;
  for (let t = 0; t < T; t += 1) {
    const at = t * H;
    const el = elapsed[t]!;
    if (el > 0) shortPart(p, c, at, H, short, at);
    const row = t * 4 * H;
    for (let j = 0; j < 4 * H; j += 1) {
      const value = gates[row + j]! + b1[j]! + b2[j]! + inner(u, j * H, h, at, H);
      gates[row + j] = j >= 2 * H && j < 3 * H ? Math.tanh(value) : sigmoid(value);
    }
    for (let j = 0; j < H; j += 1) {
      const star = el > 0 ? c[at + j]! + short[at + j]! * Math.expm1(w.exponent[j]! * el) : c[at + j]!;
      decayed[at + j] = star;
      const next = gates[row + H + j]! * star + gates[row + j]! * gates[row + 2 * H + j]!;
      c[at + H + j] = next;
      tanhC[at + j] = Math.tanh(next);
      h[at + H + j] = gates[row + 3 * H + j]! * tanhC[at + j]!;
    }
  }
  return trace;
}

/** The hidden state after `row` steps, decayed by `elapsed` up to the moment of ranking. */
export function readAt(
  p: Tensors,
  w: LstmWeightsT,
  trace: LstmTrace,
  row: number,
  elapsed: number,
  H: number,
): HiddenReading {
  const out = {
    row,
    elapsed,
    short: new Float32Array(H),
    tanhC: new Float32Array(H),
    hidden: new Float32Array(H),
  };
  if (row === 0) return out;
  const at = row * H;
  if (elapsed > 0) shortPart(p, trace.c, at, H, out.short, 0);
  const o = (row - 1) * 4 * H + 3 * H;
  for (let j = 0; j < H; j += 1) {
    const star = trace.c[at + j]! + out.short[j]! * Math.expm1(w.exponent[j]! * elapsed);
    out.tanhC[j] = Math.tanh(star);
    out.hidden[j] = trace.gates[o + j]! * out.tanhC[j]!;
  }
  return out;
}

/** What the readings give back to the sequence: [T + 1, H] of c, [T, H] of the output gate. */
export interface ReadGradient {
  c: Float32Array;
  o: Float32Array;
}

/**
 * Backward of `c* = c + s ⊙ expm1(e ⊙ elapsed)`, e = −softplus(λ), s = tanh(W_s c + b_s). `dStar` [H] stays as it is;
 * the gradient of c is added to `dc` at `dcAt`.
 */
function decayBackward(
  p: Tensors,
  w: LstmWeightsT,
  grad: Tensors,
  c: Float32Array,
  cAt: number,
  short: Float32Array,
  shortAt: number,
  elapsed: number,
  dStar: Float32Array,
  dc: Float32Array,
  dcAt: number,
): void {
  const H = dStar.length;
  for (let j = 0; j < H; j += 1) dc[dcAt + j]! += dStar[j]!;
  if (!(elapsed > 0)) return;
  const [dWeight, dBias, dRate, rate] = [
    grad.get('decay.weight'),
    grad.get('decay.bias'),
    grad.get('decay.rate'),
    p.get('decay.rate'),
  ];
  for (let j = 0; j < H; j += 1) {
    const exponent = w.exponent[j]! * elapsed;
    const s = short[shortAt + j]!;
    dRate[j]! -= dStar[j]! * s * Math.exp(exponent) * elapsed * sigmoid(rate[j]!);
    const d = dStar[j]! * Math.expm1(exponent) * (1 - s * s);
    if (d === 0) continue;
    dBias[j]! += d;
    addScaled(dWeight, j * H, c, cAt, H, d);
    addScaled(dc, dcAt, p.get('decay.weight'), j * H, H, d);
  }
}

/** Backward of {@link readAt}: `dHidden` [H] into the sequence's gradient. */
export function readBackward(
  p: Tensors,
  w: LstmWeightsT,
  grad: Tensors,
  trace: LstmTrace,
  reading: HiddenReading,
  dHidden: Float32Array,
  out: ReadGradient,
): void {
  const H = dHidden.length;
  const { row, elapsed } = reading;
  if (row === 0) return;
  const o = (row - 1) * 4 * H + 3 * H;
  const dStar = new Float32Array(H);
  for (let j = 0; j < H; j += 1) {
    out.o[(row - 1) * H + j]! += dHidden[j]! * reading.tanhC[j]!;
    dStar[j] = dHidden[j]! * trace.gates[o + j]! * (1 - reading.tanhC[j]! ** 2);
  }
  decayBackward(p, w, grad, trace.c, row * H, reading.short, 0, elapsed, dStar, out.c, row * H);
}

/** Backward through time. Adds to the gradients of the LSTM's weights; returns dx [T, I]. */
export function lstmBackward(
  p: Tensors,
  w: LstmWeightsT,
  grad: Tensors,
  trace: LstmTrace,
  read: ReadGradient,
  H: number,
  product: MatrixProduct,
): Float32Array {
  const { steps: T, gates, h, c, tanhC, decayed, short, elapsed, x } = trace;
  const dPre = new Float32Array(T * 4 * H);
  const dh = new Float32Array(H);
  const dStar = new Float32Array(H);
  const dc = read.c;
  for (let t = T - 1; t >= 0; t -= 1) {
    const row = t * 4 * H;
    const at = t * H;
    for (let j = 0; j < H; j += 1) {
      const [i, f, g, o] = [gates[row + j]!, gates[row + H + j]!, gates[row + 2 * H + j]!, gates[row + 3 * H + j]!];
      const th = tanhC[at + j]!;
      const d = dc[at + H + j]! + dh[j]! * o * (1 - th * th);
      dPre[row + j] = d * g * i * (1 - i);
      dPre[row + H + j] = d * decayed[at + j]! * f * (1 - f);
      dPre[row + 2 * H + j] = d * i * (1 - g * g);
      dPre[row + 3 * H + j] = (dh[j]! * th + read.o[at + j]!) * o * (1 - o);
      dStar[j] = d * f;
    }
    decayBackward(p, w, grad, c, at, short, at, elapsed[t]!, dStar, dc, at);
    for (let j = 0; j < H; j += 1) dh[j] = inner(w.recurrentT, j * 4 * H, dPre, row, 4 * H);
  }
  const I = x.length / T;
  const dPreT = transpose(dPre, T, 4 * H);
  const add = (name: string, values: Float32Array) => {
    addScaled(grad.get(name), 0, values, 0, values.length, 1);
  };
  add('lstm.weight_ih_l0', product(dPreT, x, 4 * H, T, I));
  add('lstm.weight_hh_l0', product(dPreT, h.subarray(0, T * H), 4 * H, T, H));
  const bias = new Float32Array(4 * H);
  for (let j = 0; j < 4 * H; j += 1) for (let t = 0; t < T; t += 1) bias[j]! += dPreT[j * T + t]!;
  add('lstm.bias_ih_l0', bias);
  add('lstm.bias_hh_l0', bias);
  return product(dPre, p.get('lstm.weight_ih_l0'), T, 4 * H, I);
}
