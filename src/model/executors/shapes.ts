import { HomebodyError } from '../../domain';
import type { LstmInput, LstmState, LstmWeights } from '../executor';

function expectLength(name: string, array: Float32Array, length: number): void {
  if (array.length !== length) {
    throw new HomebodyError('invalid-input', `${name} has ${array.length} values, expected ${length}`);
  }
}

/** Throws `invalid-input` unless every tensor has the size that `inputSize` and `hiddenSize` ask for. */
export function checkWeights(weights: LstmWeights): void {
  const { inputSize, hiddenSize, decay } = weights;
  for (const [name, size] of Object.entries({ inputSize, hiddenSize })) {
    if (!Number.isInteger(size) || size < 1)
      throw new HomebodyError('invalid-input', `${name} must be a whole number over 0`);
  }
  expectLength('weightIh', weights.weightIh, 4 * hiddenSize * inputSize);
  expectLength('weightHh', weights.weightHh, 4 * hiddenSize * hiddenSize);
  expectLength('biasIh', weights.biasIh, 4 * hiddenSize);
  expectLength('biasHh', weights.biasHh, 4 * hiddenSize);
  if (!decay) return;
  expectLength('decay.weight', decay.weight, hiddenSize * hiddenSize);
  expectLength('decay.bias', decay.bias, hiddenSize);
  expectLength('decay.rate', decay.rate, hiddenSize);
}

/** Throws `invalid-input` unless input and state fit the weights and one another. */
export function checkInput(
  weights: Pick<LstmWeights, 'inputSize' | 'hiddenSize'>,
  input: LstmInput,
  state?: LstmState,
): void {
  const { batch, steps } = input;
  if (!Number.isInteger(batch) || batch < 1 || !Number.isInteger(steps) || steps < 0) {
    throw new HomebodyError('invalid-input', `batch ${batch} and steps ${steps} must be whole numbers, batch over 0`);
  }
  expectLength('x', input.x, batch * steps * weights.inputSize);
  expectLength('elapsed', input.elapsed, batch * steps);
  if (!state) return;
  for (const name of ['h', 'c', 'o'] as const) expectLength(`state.${name}`, state[name], batch * weights.hiddenSize);
}

/** A copy of `state`, or zeros: what an executor may write into. */
export function copyState(size: number, state?: LstmState): LstmState {
  if (!state) return { h: new Float32Array(size), c: new Float32Array(size), o: new Float32Array(size) };
  return { h: state.h.slice(), c: state.c.slice(), o: state.o.slice() };
}

/** `−softplus(λ)` [H]: what `log1p(Δt / 60 s)` is multiplied by in the exponent of the decay. */
export function decayExponent(rate: Float32Array): Float32Array {
  // max(λ, 0) + log1p(exp(−|λ|)) neither overflows nor loses small values.
  return rate.map((value) => -(Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value)))));
}
