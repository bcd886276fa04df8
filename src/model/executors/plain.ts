import { HomebodyError } from '../../domain';
import type { LoadedLstm, LstmExecutor, LstmInput, LstmOutput, LstmState, LstmWeights } from '../executor';
import { checkInput, checkWeights, copyState, decayExponent } from './shapes';

/** Raised whenever the order of operations changes: checkpoints of another build are replayed. */
const BUILD = 1;

/** Row `row` of a row-major matrix times `vector[offset ..]`, in double precision, always in the same order. */
function dot(matrix: Float32Array, row: number, vector: Float32Array, offset: number, size: number): number {
  let base = row * size;
  let at = offset;
  const wide = base + size - (size % 4);
  const end = base + size;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (; base < wide; base += 4, at += 4) {
    a += matrix[base]! * vector[at]!;
    b += matrix[base + 1]! * vector[at + 1]!;
    c += matrix[base + 2]! * vector[at + 2]!;
    d += matrix[base + 3]! * vector[at + 3]!;
  }
  for (; base < end; base += 1, at += 1) a += matrix[base]! * vector[at]!;
  return a + b + (c + d);
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

/**
 * Decays the short-term part of the memory (Baytas et al. 2017, T-LSTM, eq. 1–3), writing `c*` into `out`:
 * `s = tanh(W_s c + b_s)`, `c* = c − s + s ⊙ exp(−softplus(λ) · elapsed) = c + s ⊙ expm1(−softplus(λ) · elapsed)`.
 * The second form leaves `c` exactly as it is where `elapsed` is 0.
 */
function decayMemory(
  decay: NonNullable<LstmWeights['decay']>,
  exponent: Float32Array,
  c: Float32Array,
  offset: number,
  elapsed: number,
  out: Float32Array,
): void {
  const size = exponent.length;
  for (let j = 0; j < size; j += 1) {
    if (elapsed === 0) out[j] = c[offset + j]!;
    else {
      const s = Math.tanh(dot(decay.weight, j, c, offset, size) + decay.bias[j]!);
      out[j] = c[offset + j]! + s * Math.expm1(exponent[j]! * elapsed);
    }
  }
}

/** One step of sequence `row` (Hochreiter & Schmidhuber 1997 with Gers' forget gate), in place on `state`. */
function step(
  weights: LstmWeights,
  state: LstmState,
  row: number,
  x: Float32Array,
  xAt: number,
  memory: Float32Array,
  gates: Float32Array,
): void {
  const { inputSize, hiddenSize: size } = weights;
  const at = row * size;
  for (let j = 0; j < 4 * size; j += 1) {
    gates[j] =
      dot(weights.weightIh, j, x, xAt, inputSize) +
      (weights.biasIh[j]! + weights.biasHh[j]!) +
      dot(weights.weightHh, j, state.h, at, size);
  }
  for (let j = 0; j < size; j += 1) {
    const i = sigmoid(gates[j]!);
    const f = sigmoid(gates[size + j]!);
    const g = Math.tanh(gates[2 * size + j]!);
    const o = sigmoid(gates[3 * size + j]!);
    const c = f * memory[j]! + i * g;
    state.c[at + j] = c;
    state.o[at + j] = o;
    state.h[at + j] = o * Math.tanh(c);
  }
}

function copyWeights(weights: LstmWeights): LstmWeights {
  const { inputSize, hiddenSize, decay } = weights;
  return {
    inputSize,
    hiddenSize,
    weightIh: weights.weightIh.slice(),
    weightHh: weights.weightHh.slice(),
    biasIh: weights.biasIh.slice(),
    biasHh: weights.biasHh.slice(),
    ...(decay ? { decay: { weight: decay.weight.slice(), bias: decay.bias.slice(), rate: decay.rate.slice() } } : {}),
  };
}

/** The same as {@link LoadedLstm}'s `run`, without the promise. Pure: arguments are only read. */
export function runPlain(
  weights: LstmWeights,
  input: LstmInput,
  initial?: LstmState,
  options: { all?: boolean } = {},
): LstmOutput {
  checkInput(weights, input, initial);
  const { inputSize, hiddenSize: size, decay } = weights;
  const { batch, steps, x, elapsed } = input;
  const state = copyState(batch * size, initial);
  const all = options.all ? new Float32Array(batch * steps * size) : undefined;
  const memory = new Float32Array(size);
  const gates = new Float32Array(4 * size);
  const exponent = decay ? decayExponent(decay.rate) : undefined;
  for (let row = 0; row < batch; row += 1) {
    for (let t = 0; t < steps; t += 1) {
      const at = row * steps + t;
      if (decay && exponent) decayMemory(decay, exponent, state.c, row * size, elapsed[at]!, memory);
      else memory.set(state.c.subarray(row * size, (row + 1) * size));
      step(weights, state, row, x, at * inputSize, memory, gates);
      all?.set(state.h.subarray(row * size, (row + 1) * size), at * size);
    }
  }
  return all ? { ...state, all } : state;
}

/**
 * The hidden state as it reads `elapsed` (= `log1p(Δt / 60 s)`, 0 for unknown) after the last step: the decay of the
 * memory up to now, then `h = o ⊙ tanh(c*)`, so that an interest fades even when nothing happens (model.md).
 * `state` holds B sequences, all read at the same time; the result is a new array [B, H]. Without decay weights, or at
 * 0, it is a copy of `state.h`. Throws `invalid-input` on sizes that do not fit.
 */
export function readHidden(weights: LstmWeights, state: LstmState, elapsed: number): Float32Array {
  const { decay, hiddenSize: size } = weights;
  const batch = state.h.length / size;
  if (!Number.isInteger(batch) || state.c.length !== batch * size || state.o.length !== batch * size) {
    throw new HomebodyError('invalid-input', `the state's sizes do not fit a hidden size of ${size}`);
  }
  if (!decay || elapsed === 0) return state.h.slice();
  const exponent = decayExponent(decay.rate);
  const memory = new Float32Array(size);
  const hidden = new Float32Array(batch * size);
  for (let row = 0; row < batch; row += 1) {
    decayMemory(decay, exponent, state.c, row * size, elapsed, memory);
    for (let j = 0; j < size; j += 1) hidden[row * size + j] = state.o[row * size + j]! * Math.tanh(memory[j]!);
  }
  return hidden;
}

/** Plain TypeScript: nothing to download, runs everywhere, and is the oracle that the other executors are held against. */
export function createPlainExecutor(): LstmExecutor {
  return {
    name: 'plain',
    backend: 'cpu',
    fingerprint: `plain/${BUILD}`,
    async load(weights: LstmWeights): Promise<LoadedLstm> {
      checkWeights(weights);
      let own: LstmWeights | undefined = copyWeights(weights);
      return {
        async run(input, state, options) {
          if (!own) throw new HomebodyError('disposed', 'this LSTM was disposed');
          return runPlain(own, input, state, options);
        },
        dispose() {
          own = undefined;
        },
      };
    },
    dispose() {},
  };
}
