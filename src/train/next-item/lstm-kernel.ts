import {
  add,
  concat,
  matMul,
  slice,
  sum,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tensor2d,
  transpose,
} from '@tensorflow/tfjs-core';
import { sigmoid, softplus } from '../math';
import { packColumns, type TrainingKernel } from './kernel';
import type { LstmNodes, LstmState, PackedSteps } from './lstm-tfjs';
import type { Node, Tape } from './tape';

/** Addresses in the kernel's memory, floats [P, …] in packed order; row r of a [P, w] array lies at `at + 4 r w`. */
interface Trace {
  /** [P, 4H] i, f, g, o after their functions */
  gates: number;
  /** [P, H] memory before its decay (the step before's, at first the initial one) and after it */
  before: number;
  decayed: number;
  tanhC: number;
  c: number;
  h: number;
  /** [P, H] s; absent without decay */
  short?: number;
  exponent?: number;
  elapsed?: number;
}

const values = (tensor: { dataSync(): unknown }): Float32Array => tensor.dataSync() as Float32Array;

/**
 * {@link lstmSequences} of lstm-tfjs.ts with the recurrence in our own SIMD kernel: one call a step instead of a dozen
 * operations, which cost more than the arithmetic. The products over all steps at once stay with tfjs. One sequence
 * batch at a time: the kernel's memory is laid out anew at each forward pass and must last until the backward pass.
 */
export function lstmByKernel(
  kernel: TrainingKernel,
  tape: Tape,
  weights: LstmNodes,
  x: Node,
  elapsed: Float32Array | undefined,
  rows: PackedSteps,
  start?: LstmState,
): { states: Node; cells: Tensor2D } {
  const H = weights.weightHh.value.shape[1];
  const P = x.value.shape[0];
  kernel.reset();
  const pre = add(add(matMul(x.value, transpose(weights.weightIh.value)), weights.biasIh.value), weights.biasHh.value);
  const trace = forward(kernel, weights, values(pre), elapsed, rows, H, P, start);
  const read = (at: number): Tensor2D => tensor2d(kernel.floats(at, P * H).slice(), [P, H]);
  const gates = tensor2d(kernel.floats(trace.gates, P * 4 * H).slice(), [P, 4 * H]);
  const h = read(trace.h);
  const cells = read(trace.c);
  const parts = weights.decay ? [h, cells, slice(gates, [0, 3 * H], [-1, H]) as Tensor2D] : [h];
  const states = tape.record(concat(parts, 1), (dStates) =>
    backward(kernel, tape, weights, x, trace, rows, H, dStates, start),
  );
  return { states, cells };
}

function forward(
  kernel: TrainingKernel,
  weights: LstmNodes,
  pre: Float32Array,
  elapsed: Float32Array | undefined,
  rows: PackedSteps,
  H: number,
  P: number,
  start: LstmState | undefined,
): Trace {
  const { run } = kernel;
  const recurrent = kernel.put(packColumns(values(weights.weightHh.value), H, 4 * H, true));
  const { decay } = weights;
  const decayWeight = decay ? kernel.put(packColumns(values(decay.weight.value), H, H, true)) : 0;
  const decayBias = decay ? values(decay.bias.value) : undefined;
  const trace: Trace = {
    gates: kernel.put(pre),
    before: kernel.zeros(P * H),
    decayed: kernel.reserve(P * H),
    tanhC: kernel.reserve(P * H),
    c: kernel.reserve(P * H),
    h: kernel.reserve(P * H),
  };
  if (decay) {
    trace.short = kernel.reserve(P * H);
    trace.exponent = kernel.put(values(decay.rate.value).map((rate) => -softplus(rate)));
    trace.elapsed = kernel.put(elapsed!);
  } else trace.decayed = trace.before;
  let at = 0;
  let last = 0;
  for (const [t, count] of rows.entries()) {
    const offset = 4 * at * H;
    if (t === 0 && start) {
      kernel.floats(trace.before, count * H).set(start.c);
      run.gemm(kernel.put(start.h), recurrent, trace.gates, count, H, 4 * H);
    } else if (t > 0) {
      // The longest sequences come first: those that go on are the first rows of the step before.
      const from = trace.c + 4 * last * H;
      kernel.floats(trace.before + offset, count * H).set(kernel.floats(from, count * H));
      run.gemm(trace.h + 4 * last * H, recurrent, trace.gates + 4 * offset, count, H, 4 * H);
    }
    if (decay) {
      const short = kernel.floats(trace.short! + offset, count * H);
      for (let row = 0; row < count; row += 1) short.set(decayBias!, row * H);
      run.gemm(trace.before + offset, decayWeight, trace.short! + offset, count, H, H);
      run.decayForward(
        trace.short! + offset,
        trace.before + offset,
        trace.exponent!,
        trace.elapsed! + 4 * at,
        trace.decayed + offset,
        count,
        H,
      );
    }
    run.stepForward(
      trace.gates + 4 * offset,
      trace.decayed + offset,
      trace.c + offset,
      trace.tanhC + offset,
      trace.h + offset,
      count,
      H,
    );
    last = at;
    at += count;
  }
  return trace;
}

function backward(
  kernel: TrainingKernel,
  tape: Tape,
  weights: LstmNodes,
  x: Node,
  trace: Trace,
  rows: PackedSteps,
  H: number,
  dStates: Tensor2D,
  start: LstmState | undefined,
): void {
  const { run } = kernel;
  const { decay } = weights;
  const P = x.value.shape[0];
  const B = rows[0] ?? 0;
  const part = (from: number) => values(slice(dStates, [0, from], [-1, H]));
  const dH = kernel.put(part(0));
  const dC = decay ? kernel.put(part(H)) : kernel.zeros(P * H);
  const dO = decay ? kernel.put(part(2 * H)) : kernel.zeros(P * H);
  const dGates = kernel.reserve(P * 4 * H);
  const dShort = decay ? kernel.reserve(P * H) : 0;
  const dExponent = kernel.zeros(H);
  const weightHh = kernel.put(packColumns(values(weights.weightHh.value), 4 * H, H, false));
  const decayWeight = decay ? kernel.put(packColumns(values(decay.weight.value), H, H, false)) : 0;
  const dcNext = kernel.reserve(B * H);
  let at = P;
  for (let t = rows.length - 1; t >= 0; t -= 1) {
    const count = rows[t]!;
    at -= count;
    const offset = 4 * at * H;
    run.stepBackward(
      trace.gates + 4 * offset,
      trace.decayed + offset,
      trace.tanhC + offset,
      dH + offset,
      dC + offset,
      dO + offset,
      dGates + 4 * offset,
      count,
      H,
    );
    kernel.floats(dcNext, count * H).set(kernel.floats(dC + offset, count * H));
    if (decay) {
      run.decayBackward(
        trace.short! + offset,
        trace.exponent!,
        trace.elapsed! + 4 * at,
        dC + offset,
        dShort + offset,
        dExponent,
        count,
        H,
      );
      run.gemm(dShort + offset, decayWeight, dcNext, count, H, H);
    }
    if (t === 0) continue;
    const before = 4 * (at - rows[t - 1]!) * H;
    run.gemm(dGates + 4 * offset, weightHh, dH + before, count, 4 * H, H);
    run.addScaled(dC + before, dcNext, 1, count * H);
  }
  const gradient = tensor2d(kernel.floats(dGates, P * 4 * H).slice(), [P, 4 * H]);
  const gradientT = transpose(gradient);
  const bias = sum(gradient, 0) as Tensor1D;
  tape.give(x, matMul(gradient, weights.weightIh.value));
  tape.give(weights.weightIh, matMul(gradientT, x.value));
  tape.give(weights.weightHh, matMul(gradientT, stepBefore(kernel, trace.h, rows, H, P, start)));
  tape.give(weights.biasIh, bias);
  tape.give(weights.biasHh, bias);
  if (!decay) return;
  const short = tensor2d(kernel.floats(dShort, P * H).slice(), [P, H]);
  tape.give(decay.weight, matMul(transpose(short), tensor2d(kernel.floats(trace.before, P * H).slice(), [P, H])));
  tape.give(decay.bias, sum(short, 0) as Tensor1D);
  const rate = values(decay.rate.value);
  const slope = kernel.floats(dExponent, H).map((value, j) => -value * sigmoid(rate[j]!));
  tape.give(decay.rate, tensor1d(slope));
}

/** h before every step, [P, H]: that of the step before, at the first the initial one. */
function stepBefore(
  kernel: TrainingKernel,
  h: number,
  rows: PackedSteps,
  H: number,
  P: number,
  start?: LstmState,
): Tensor2D {
  const out = new Float32Array(P * H);
  if (start) out.set(start.h);
  let at = rows[0] ?? 0;
  let last = 0;
  for (let t = 1; t < rows.length; t += 1) {
    out.set(kernel.floats(h + 4 * last * H, rows[t]! * H), at * H);
    last += rows[t - 1]!;
    at += rows[t]!;
  }
  return tensor2d(out, [P, H]);
}
