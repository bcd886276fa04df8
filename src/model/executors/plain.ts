import { HomebodyError } from '../../domain';
import type { LoadedLstm, LstmExecutor, LstmInput, LstmOutput, LstmState, LstmWeights } from '../executor';
import { checkInput, checkWeights, copyState, decayExponent } from './shapes';

/** Raised whenever the order of operations changes: checkpoints of another build are replayed. */
const BUILD = 2;

/**
 * `sums[j] += Σ_k matrix[j, k] · vector[k]` for every row j, in double precision, always in the same order. The vector
 * is doubles already: converting it once and not for every row saves a fifth of the time.
 */
function accumulate(matrix: Float32Array, vector: Float64Array, sums: Float64Array): void {
  const size = vector.length;
  const wide = size - (size % 4);
  for (let j = 0, row = 0; j < sums.length; j += 1, row += size) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let k = 0; k < wide; k += 4) {
      const at = row + k;
      a += matrix[at]! * vector[k]!;
      b += matrix[at + 1]! * vector[k + 1]!;
      c += matrix[at + 2]! * vector[k + 2]!;
      d += matrix[at + 3]! * vector[k + 3]!;
    }
    for (let k = wide; k < size; k += 1) a += matrix[row + k]! * vector[k]!;
    sums[j] = sums[j]! + (a + b + (c + d));
  }
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

/** Room for one step, so that a long replay allocates once. */
function scratch(inputSize: number, size: number) {
  return {
    x: new Float64Array(inputSize),
    hidden: new Float64Array(size),
    memory: new Float64Array(size),
    short: new Float64Array(size),
    gates: new Float64Array(4 * size),
  };
}

/**
 * Decays the short-term part of the memory (Baytas et al. 2017, T-LSTM, eq. 1–3), `memory` c → c*, in place:
 * `s = tanh(W_s c + b_s)`, `c* = c − s + s ⊙ exp(−softplus(λ) · elapsed) = c + s ⊙ expm1(−softplus(λ) · elapsed)`.
 * The second form leaves `c` exactly as it is where `elapsed` is 0. `short` is room for s.
 */
function decayMemory(
  decay: NonNullable<LstmWeights['decay']>,
  exponent: Float32Array,
  elapsed: number,
  memory: Float64Array,
  short: Float64Array,
): void {
  if (elapsed === 0) return;
  short.set(decay.bias);
  accumulate(decay.weight, memory, short);
  for (let j = 0; j < memory.length; j += 1) {
    memory[j] = memory[j]! + Math.tanh(short[j]!) * Math.expm1(exponent[j]! * elapsed);
  }
}

/** One step (Hochreiter & Schmidhuber 1997 with Gers' forget gate) from room's x, hidden and memory, into `state`. */
function step(
  weights: LstmWeights,
  bias: Float64Array,
  room: ReturnType<typeof scratch>,
  state: LstmState,
  at: number,
) {
  const { gates, memory } = room;
  const size = memory.length;
  gates.set(bias);
  accumulate(weights.weightIh, room.x, gates);
  accumulate(weights.weightHh, room.hidden, gates);
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
  const room = scratch(inputSize, size);
  const bias = Float64Array.from(weights.biasIh, (value, j) => value + weights.biasHh[j]!);
  const exponent = decay ? decayExponent(decay.rate) : undefined;
  for (let row = 0; row < batch; row += 1) {
    const own = row * size;
    for (let t = 0; t < steps; t += 1) {
      const at = row * steps + t;
      // State is rounded to float32 after every step, so that a sequence cut anywhere gives the same bits.
      room.x.set(x.subarray(at * inputSize, (at + 1) * inputSize));
      room.hidden.set(state.h.subarray(own, own + size));
      room.memory.set(state.c.subarray(own, own + size));
      if (decay && exponent) decayMemory(decay, exponent, elapsed[at]!, room.memory, room.short);
      step(weights, bias, room, state, own);
      all?.set(state.h.subarray(own, own + size), at * size);
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
  const memory = new Float64Array(size);
  const short = new Float64Array(size);
  const hidden = new Float32Array(batch * size);
  for (let row = 0; row < batch; row += 1) {
    memory.set(state.c.subarray(row * size, (row + 1) * size));
    decayMemory(decay, exponent, elapsed, memory, short);
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
