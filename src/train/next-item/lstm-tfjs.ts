import {
  add,
  concat,
  expm1,
  matMul,
  mul,
  neg,
  reshape,
  sigmoid,
  slice,
  softplus,
  sub,
  sum,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tensor2d,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core';
import { columnsOf as columns, type Node, type Tape, tanhOf } from './tape';

/**
 * Where the positions of a batch of sequences lie: packed by step as `torch.nn.utils.rnn.PackedSequence` does, longest
 * sequence first, so that no row is padding. `rows[t]` sequences have a step t; they never grow in number.
 */
export type PackedSteps = readonly number[];

/** The state that sequences start from; no gradient goes there. */
export interface LstmState {
  /** [rows[0], H] each, in the order of the sequences. */
  h: Float32Array;
  c: Float32Array;
}

/** Weights in torch.nn.LSTM's layout: [4H, I], [4H, H], [4H], [4H]; the decay's [H, H], [H], [H]. */
export interface LstmNodes {
  weightIh: Node;
  weightHh: Node;
  biasIh: Node<Tensor1D>;
  biasHh: Node<Tensor1D>;
  decay?: { weight: Node; bias: Node<Tensor1D>; rate: Node<Tensor1D> };
}

const part = (x: Tensor2D, from: number, count: number): Tensor2D => slice(x, [from, 0], [count, -1]) as Tensor2D;

/** The first `count` rows, or rows of zeros appended up to `count`. */
function resize(x: Tensor2D, count: number): Tensor2D {
  const [have, width] = x.shape;
  if (have === count) return x;
  return have > count ? part(x, 0, count) : concat([x, zeros([count - have, width]) as Tensor2D], 0);
}

/** What the backward pass needs of one step. [B_t, H] each, `gates` [B_t, 4H] (i, f, (g + 1) / 2, o). */
interface Step {
  gates: Tensor2D;
  /** c*, the memory after its decay; the same tensor as the memory before where nothing decays. */
  decayed: Tensor2D;
  tanhC: Tensor2D;
  /** s = tanh(W_s c + b_s) */
  short?: Tensor2D;
}

/**
 * The LSTM of src/model/executors (with T-LSTM's decay of the memory, Baytas et al. 2017, when `decay` is given; exactly
 * torch.nn.LSTM otherwise) over a batch of packed sequences, as one operation with a gradient of its
 * own: the input projection of all steps is one product, and so is each weight's gradient.
 *
 * @param x [P, I], P = Σ rows
 * @param start where the sequences start; zeros by default
 * @param elapsed [P, 1] `log1p(Δt / 60 s)` before each step; read only with decay
 * @returns states [P, 3H] h, c and o of every step, as readings at a later moment need them; cells [P, H] c alone
 */
export function lstmSequences(
  tape: Tape,
  weights: LstmNodes,
  x: Node,
  elapsed: Tensor2D | undefined,
  rows: PackedSteps,
  start?: LstmState,
): { states: Node; cells: Tensor2D } {
  const size = weights.weightHh.value.shape[1];
  const first = rows[0] ?? 0;
  const initial = start
    ? { h: tensor2d(start.h, [first, size]), c: tensor2d(start.c, [first, size]) }
    : { h: zeros([first, size]) as Tensor2D, c: zeros([first, size]) as Tensor2D };
  const trace = forward(weights, x.value, elapsed, rows, initial);
  const states = tape.record(trace.states, (dStates) =>
    backward(tape, weights, x, elapsed, rows, trace, initial, dStates),
  );
  return { states, cells: columns(trace.states, size, size) };
}

interface Initial {
  h: Tensor2D;
  c: Tensor2D;
}

interface Trace {
  states: Tensor2D;
  steps: Step[];
}

/** 1 for i, f and o, 2 for g: tanh(u) = 2 σ(2u) − 1, so that one σ serves all four. [4H] */
function gateScale(size: number): Tensor1D {
  return tensor1d(Float32Array.from({ length: 4 * size }, (_, j) => (j >= 2 * size && j < 3 * size ? 2 : 1)));
}

function forward(w: LstmNodes, x: Tensor2D, elapsed: Tensor2D | undefined, rows: PackedSteps, initial: Initial): Trace {
  const size = w.weightHh.value.shape[1];
  const scale = gateScale(size);
  const { decay } = w;
  const pre = mul<Tensor2D>(add(add(matMul(x, transpose(w.weightIh.value)), w.biasIh.value), w.biasHh.value), scale);
  const recurrent = mul<Tensor2D>(transpose(w.weightHh.value), scale);
  const fade = decay ? fadeOf(decay.rate.value, elapsed!) : undefined;
  const decayT = decay ? transpose(decay.weight.value) : undefined;
  let { h, c } = initial;
  let at = 0;
  const steps: Step[] = [];
  const states: Tensor2D[] = [];
  for (const count of rows) {
    h = resize(h, count);
    c = resize(c, count);
    const short = decay ? tanhOf(add(matMul(c, decayT!), decay.bias.value)) : undefined;
    const decayed = short ? add<Tensor2D>(c, mul(short, part(fade!, at, count))) : c;
    const gates = sigmoid(add<Tensor2D>(part(pre, at, count), matMul(h, recurrent)));
    const g = sub(mul(columns(gates, 2 * size, size), 2), 1);
    c = add<Tensor2D>(mul(columns(gates, size, size), decayed), mul(columns(gates, 0, size), g));
    const tanhC = tanhOf(c);
    const o = columns(gates, 3 * size, size);
    h = mul<Tensor2D>(o, tanhC);
    states.push(concat([h, c, o], 1));
    steps.push(short ? { gates, decayed, tanhC, short } : { gates, decayed, tanhC });
    at += count;
  }
  return { states: concat(states, 0), steps };
}

/** `expm1(−softplus(λ) elapsed)` [P, H] */
function fadeOf(rate: Tensor1D, elapsed: Tensor2D): Tensor2D {
  return expm1(matMul(elapsed, reshape(neg(softplus(rate)), [1, -1]) as Tensor2D));
}

function backward(
  tape: Tape,
  weights: LstmNodes,
  x: Node,
  elapsed: Tensor2D | undefined,
  rows: PackedSteps,
  trace: Trace,
  initial: Initial,
  dStates: Tensor2D,
): void {
  const { weightIh, weightHh, decay } = weights;
  const size = weightHh.value.shape[1];
  const fade = decay ? fadeOf(decay.rate.value, elapsed!) : undefined;
  const before = stepBefore(trace.states, rows, size, initial);
  const dPres: Tensor2D[] = new Array(rows.length);
  const dShorts: Tensor2D[] = new Array(rows.length);
  const dFades: Tensor2D[] = new Array(rows.length);
  let at = rows.reduce((total, count) => total + count, 0);
  let dh = zeros([0, size]) as Tensor2D;
  let dc = dh;
  for (let t = rows.length - 1; t >= 0; t -= 1) {
    const count = rows[t]!;
    at -= count;
    const { gates, decayed, tanhC, short } = trace.steps[t]!;
    const dState = part(dStates, at, count);
    const [i, f, half, o] = [0, 1, 2, 3].map((gate) => columns(gates, gate * size, size)) as [
      Tensor2D,
      Tensor2D,
      Tensor2D,
      Tensor2D,
    ];
    const g = sub(mul(half, 2), 1);
    dh = t === rows.length - 1 ? columns(dState, 0, size) : add<Tensor2D>(resize(dh, count), columns(dState, 0, size));
    dc =
      t === rows.length - 1
        ? columns(dState, size, size)
        : add<Tensor2D>(resize(dc, count), columns(dState, size, size));
    dc = add<Tensor2D>(dc, mul(mul(dh, o), sub(1, mul(tanhC, tanhC))));
    const dO = add<Tensor2D>(mul(dh, tanhC), columns(dState, 2 * size, size));
    const slope = (gate: Tensor2D): Tensor2D => mul(gate, sub(1, gate));
    dPres[t] = concat(
      [
        mul(mul(dc, g), slope(i)),
        mul(mul(dc, decayed), slope(f)),
        // g = 2σ(2u) − 1, so that dg/du = 4 σ (1 − σ)
        mul(mul(mul(dc, i), 4), slope(half)),
        mul(dO, slope(o)),
      ] as Tensor2D[],
      1,
    );
    dc = mul<Tensor2D>(dc, f);
    if (decay) {
      dFades[t] = mul<Tensor2D>(dc, short!);
      dShorts[t] = mul<Tensor2D>(mul(dc, part(fade!, at, count)), sub(1, mul(short!, short!)));
      dc = add<Tensor2D>(dc, matMul(dShorts[t]!, decay.weight.value));
    }
    dh = matMul(dPres[t]!, weightHh.value);
  }
  const dPre = concat(dPres, 0);
  const dPreT = transpose(dPre);
  const bias = sum(dPre, 0) as Tensor1D;
  tape.give(x, matMul(dPre, weightIh.value));
  tape.give(weightIh, matMul(dPreT, x.value));
  tape.give(weightHh, matMul(dPreT, before.h));
  tape.give(weights.biasIh, bias);
  tape.give(weights.biasHh, bias);
  if (!decay) return;
  const dShort = concat(dShorts, 0);
  tape.give(decay.weight, matMul(transpose(dShort), before.c));
  tape.give(decay.bias, sum(dShort, 0));
  // d expm1(−softplus(λ) el) / dλ = −exp(−softplus(λ) el) el σ(λ)
  const slope = mul(mul(concat(dFades, 0), add(fade!, 1)), elapsed!);
  tape.give(decay.rate, mul(sum(slope, 0), neg(sigmoid(decay.rate.value))) as Tensor1D);
}

/** h and c before every step, [P, H]: those of the step before, at the first the initial ones. */
function stepBefore(states: Tensor2D, rows: PackedSteps, size: number, initial: Initial): { h: Tensor2D; c: Tensor2D } {
  const pieces: Tensor2D[] = [concat([initial.h, initial.c], 1)];
  let at = 0;
  for (let t = 1; t < rows.length; t += 1) {
    pieces.push(slice(states, [at, 0], [rows[t]!, 2 * size]) as Tensor2D);
    at += rows[t - 1]!;
  }
  const all = concat(pieces, 0);
  return { h: columns(all, 0, size), c: columns(all, size, size) };
}

/**
 * The hidden state as it reads `elapsed` [P, 1] after each step (model.md: the decay up to now is applied before
 * reading): `o ⊙ tanh(c + s ⊙ expm1(−softplus(λ) elapsed))`, [P, H] of states [P, 3H]. Without decay it is h.
 */
export function readStates(tape: Tape, weights: LstmNodes, states: Node, elapsed: Tensor2D | undefined): Node {
  const size = weights.weightHh.value.shape[1];
  const { decay } = weights;
  if (!decay) return tape.columns(states, 0, size);
  const c = tape.columns(states, size, size);
  const short = tape.tanh(tape.addBias(tape.linear(c, decay.weight), decay.bias));
  const rate = decay.rate.value;
  const fade = tape.record(fadeOf(rate, elapsed!), (dFade) => {
    const slope = mul(mul(dFade, add(fade.value, 1)), elapsed!);
    tape.give(decay.rate, mul(sum(slope, 0), neg(sigmoid(rate))) as Tensor1D);
  });
  const faded = tape.add(c, tape.multiply(short, fade));
  return tape.multiply(tape.columns(states, 2 * size, size), tape.tanh(faded));
}
