// Used by tests and by the bench only: the golden cases of scripts/golden/lstm.py, whose inputs are drawn again here.
import golden from '../../../test/fixtures/golden/lstm.json';
import type { LstmInput, LstmOutput, LstmState, LstmWeights } from '../executor';

/** Numerical Recipes' 32-bit generator, as in lstm.py; gives numbers in [0, 1). */
export function lcg(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function tensor(uniform: () => number, size: number, scale: number): Float32Array {
  return Float32Array.from({ length: size }, () => (uniform() * 2 - 1) * scale);
}

/** Weights of the given sizes, drawn in lstm.py's order. */
export function drawWeights(uniform: () => number, inputSize: number, size: number, decay: boolean): LstmWeights {
  const scale = 2 / Math.sqrt(size);
  return {
    inputSize,
    hiddenSize: size,
    weightIh: tensor(uniform, 4 * size * inputSize, scale),
    weightHh: tensor(uniform, 4 * size * size, scale),
    biasIh: tensor(uniform, 4 * size, scale),
    biasHh: tensor(uniform, 4 * size, scale),
    ...(decay
      ? {
          decay: {
            weight: tensor(uniform, size * size, scale),
            bias: tensor(uniform, size, scale),
            rate: tensor(uniform, size, 3),
          },
        }
      : {}),
  };
}

/** A gap's `log1p(Δt / 60 s)`: a fifth each unknown, zero, under two minutes, under a day, and 30 to 60 days. */
function drawElapsed(uniform: () => number): number {
  const kind = Math.floor(uniform() * 5);
  const u = uniform();
  return Math.log1p([0, 0, u * 120, u * 86_400, 2_592_000 * (1 + u)][kind]! / 60);
}

/** Inputs of the given sizes, drawn in lstm.py's order. */
export function drawInput(uniform: () => number, inputSize: number, batch: number, steps: number): LstmInput {
  const x = tensor(uniform, batch * steps * inputSize, 1);
  const elapsed = Float32Array.from({ length: batch * steps }, () => drawElapsed(uniform));
  return { batch, steps, x, elapsed };
}

/** A state with values in [-1, 1), drawn in lstm.py's order. */
export function drawState(uniform: () => number, size: number): LstmState {
  return { h: tensor(uniform, size, 1), c: tensor(uniform, size, 1), o: tensor(uniform, size, 1) };
}

function unpack(base64: string): Float32Array {
  return new Float32Array(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer);
}

export interface GoldenCase {
  name: string;
  weights: LstmWeights;
  input: LstmInput;
  state?: LstmState;
  /** PyTorch's answers. `hidden` [B, kept steps, H]. */
  expected: { kept: number[]; hidden: Float32Array; reads: { seconds: number; h: Float32Array }[] } & LstmState;
}

/** Every case of the golden file with its inputs. */
export function goldenCases(): GoldenCase[] {
  return golden.cases.map((one) => {
    const uniform = lcg(one.seed);
    const weights = drawWeights(uniform, one.inputSize, one.hiddenSize, one.decay);
    const input = drawInput(uniform, one.inputSize, one.batch, one.steps);
    return {
      name: one.name,
      weights,
      input,
      ...(one.start ? { state: drawState(uniform, one.batch * one.hiddenSize) } : {}),
      expected: {
        kept: one.kept,
        hidden: unpack(one.hidden),
        h: unpack(one.h),
        c: unpack(one.c),
        o: unpack(one.o),
        reads: one.reads.map((read) => ({ seconds: read.seconds, h: unpack(read.h) })),
      },
    };
  });
}

/** The largest difference between two arrays; NaN anywhere, or another length, gives Infinity. */
export function distance(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let k = 0; k < a.length; k += 1) {
    const gap = Math.abs(a[k]! - b[k]!);
    if (!(gap <= most)) most = Number.isNaN(gap) ? Number.POSITIVE_INFINITY : gap;
  }
  return most;
}

/** How far an executor's answer (with `all`) is from PyTorch's: the largest difference over the kept steps and the last state. */
export function goldenDistance(one: GoldenCase, output: LstmOutput): number {
  const { hiddenSize: size } = one.weights;
  const { batch, steps } = one.input;
  const { expected } = one;
  if (!output.all) return Number.POSITIVE_INFINITY;
  const kept = new Float32Array(batch * expected.kept.length * size);
  for (let row = 0; row < batch; row += 1) {
    for (const [index, t] of expected.kept.entries()) {
      const from = (row * steps + t) * size;
      kept.set(output.all.subarray(from, from + size), (row * expected.kept.length + index) * size);
    }
  }
  return Math.max(
    distance(kept, expected.hidden),
    distance(output.h, expected.h),
    distance(output.c, expected.c),
    distance(output.o, expected.o),
  );
}
