import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import {
  add,
  concat,
  exp,
  getBackend,
  matMul,
  mul,
  setBackend,
  sigmoid,
  slice,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tanh,
  tensor1d,
  tensor2d,
  tidy,
} from '@tensorflow/tfjs-core';
import { HomebodyError } from '../../../domain';
import type { LoadedLstm, LstmExecutor, LstmInput, LstmOutput, LstmState, LstmWeights } from '../../executor';
import { checkInput, checkWeights, copyState, decayExponent } from '../shapes';

/** Raised whenever the order of operations changes: checkpoints of another build are replayed. */
const BUILD = 1;
const BACKEND = 'wasm';

/** Weights as tensors, transposed once: tfjs-wasm multiplies many times slower with `transposeB`. */
interface Tensors {
  /** [I, 4H], [H, 4H], [4H] */
  input: Tensor2D;
  hidden: Tensor2D;
  bias: Tensor1D;
  /** [H, H], [H], [1, H] */
  decay?: { weight: Tensor2D; bias: Tensor1D; exponent: Tensor2D };
}

type Step = { h: Tensor2D; c: Tensor2D; o: Tensor2D };
/** `all` is [B, T · H]. */
type Steps = Step & { all?: Tensor2D };

function transposed(matrix: Float32Array, rows: number, columns: number): Tensor2D {
  const out = new Float32Array(matrix.length);
  for (let row = 0; row < rows; row += 1) {
    for (let k = 0; k < columns; k += 1) out[k * rows + row] = matrix[row * columns + k]!;
  }
  return tensor2d(out, [columns, rows]);
}

async function useBackend(): Promise<void> {
  if (getBackend() === BACKEND) return;
  if (!(await setBackend(BACKEND))) {
    throw new HomebodyError('backend-unavailable', 'the tfjs wasm backend did not start', {
      remedy: "serve tfjs' wasm files and give their addresses, or use backend 'wasm'",
    });
  }
}

/** One step of B sequences: `x` [B, I], `gap` [B, 1]; model.md's equations, op by op. */
function step(weights: Tensors, size: number, state: Step, x: Tensor2D, gap: Tensor2D): Step {
  return tidy(() => {
    let memory = state.c;
    if (weights.decay) {
      const short = tanh(add(matMul(state.c, weights.decay.weight), weights.decay.bias));
      memory = add(memory, mul(short, sub(exp(matMul(gap, weights.decay.exponent)), 1)));
    }
    const gates = add(add(matMul(x, weights.input), weights.bias), matMul(state.h, weights.hidden));
    const gate = (index: number): Tensor2D => slice(gates, [0, index * size], [-1, size]) as Tensor2D;
    const o = sigmoid(gate(3));
    const c = add<Tensor2D>(mul(sigmoid(gate(1)), memory), mul(sigmoid(gate(0)), tanh(gate(2))));
    return { h: mul<Tensor2D>(o, tanh(c)), c, o };
  });
}

/** All steps of `input`; the caller owns the tensors that come back. */
function sequence(weights: Tensors, size: number, input: LstmInput, state: LstmState, keep: boolean): Steps {
  const { batch, steps } = input;
  const run = (): Steps => {
    const x = tensor2d(input.x, [batch, (input.x.length / batch) | 0]);
    const gaps = tensor2d(input.elapsed, [batch, steps]);
    const width = x.shape[1] / steps;
    let now: Step = {
      h: tensor2d(state.h, [batch, size]),
      c: tensor2d(state.c, [batch, size]),
      o: tensor2d(state.o, [batch, size]),
    };
    const all: Tensor2D[] = [];
    for (let t = 0; t < steps; t += 1) {
      const before = now;
      now = step(weights, size, now, slice(x, [0, t * width], [batch, width]), slice(gaps, [0, t], [batch, 1]));
      before.c.dispose();
      before.o.dispose();
      if (keep) all.push(now.h);
      else before.h.dispose();
    }
    return keep ? { ...now, all: concat(all, 1) } : now;
  };
  return tidy(run as () => Step);
}

class TfjsLstm implements LoadedLstm {
  readonly #size: { inputSize: number; hiddenSize: number };
  #weights: Tensors | undefined;

  constructor(weights: LstmWeights) {
    const { inputSize, hiddenSize: size, decay } = weights;
    this.#size = { inputSize, hiddenSize: size };
    this.#weights = {
      input: transposed(weights.weightIh, 4 * size, inputSize),
      hidden: transposed(weights.weightHh, 4 * size, size),
      bias: tensor1d(weights.biasIh.map((value, j) => value + weights.biasHh[j]!)),
      ...(decay
        ? {
            decay: {
              weight: transposed(decay.weight, size, size),
              bias: tensor1d(decay.bias.slice()),
              exponent: tensor2d(decayExponent(decay.rate), [1, size]),
            },
          }
        : {}),
    };
  }

  async run(input: LstmInput, initial?: LstmState, options: { all?: boolean } = {}): Promise<LstmOutput> {
    checkInput(this.#size, input, initial);
    const size = this.#size.hiddenSize;
    const all = options.all ?? false;
    const state = copyState(input.batch * size, initial);
    if (!this.#weights) throw new HomebodyError('disposed', 'this LSTM was disposed');
    if (input.steps === 0) return all ? { ...state, all: new Float32Array(0) } : state;
    await useBackend();
    if (!this.#weights) throw new HomebodyError('disposed', 'this LSTM was disposed');
    const output = sequence(this.#weights, size, input, state, all);
    const names = Object.keys(output) as (keyof Steps)[];
    try {
      // Copies: tfjs hands out views of its own heap, which may move when it grows.
      const arrays = await Promise.all(
        names.map(async (name) => ((await output[name]!.data()) as Float32Array).slice()),
      );
      return Object.fromEntries(names.map((name, index) => [name, arrays[index]])) as unknown as LstmOutput;
    } finally {
      for (const name of names) output[name]!.dispose();
    }
  }

  dispose(): void {
    const { decay, ...rest } = this.#weights ?? {};
    for (const tensor of [...Object.values(rest), ...Object.values(decay ?? {})] as Tensor[]) tensor.dispose();
    this.#weights = undefined;
  }
}

/**
 * The LSTM in tfjs' functional ops on its wasm backend, op by op: for Node (comparison, training) and the bench; the
 * `wasm` backend of the product is our own kernel. In a browser give `wasmPaths`, the addresses of tfjs' own wasm files
 * by file name, on the page's own host: without them tfjs looks beside the script.
 */
export async function createTfjsWasmExecutor(
  options: { wasmPaths?: Parameters<typeof setWasmPaths>[0] } = {},
): Promise<LstmExecutor> {
  if (options.wasmPaths && getBackend() !== BACKEND) setWasmPaths(options.wasmPaths);
  await useBackend();
  return {
    name: 'tfjs-wasm',
    backend: 'wasm',
    fingerprint: `tfjs-wasm/${BUILD}`,
    async load(weights) {
      checkWeights(weights);
      await useBackend();
      return new TfjsLstm(weights);
    },
    // tfjs' wasm backend is one for the whole realm and may serve others: it stays.
    dispose() {},
  };
}
