import { HomebodyError } from '../../../domain';
import type { LoadedLstm, LstmExecutor, LstmInput, LstmOutput, LstmState, LstmWeights } from '../../executor';
import { checkInput, checkWeights, copyState } from '../shapes';
import { KERNEL } from './kernel.generated';
import { CHUNK, type Layout, layout, packWeights } from './pack';

/** Raised whenever the kernel's order of operations changes: checkpoints of another build are replayed. */
const BUILD = 1;
const PAGE_FLOATS = 65_536 / 4;
/** The first KiB stays unused, so that no buffer has address 0, which means "none". */
const START = 256;

interface Kernel {
  memory: WebAssembly.Memory;
  project(x: number, steps: number, inputs: number, w: number, bias: number, blocks: number, out: number): void;
  recur(
    gates: number,
    steps: number,
    units: number,
    w: number,
    blocks: number,
    h: number,
    c: number,
    o: number,
    elapsed: number,
    decayWeight: number,
    decayBias: number,
    exponent: number,
    decayBlocks: number,
    scratch: number,
    all: number,
  ): void;
}

/** A kernel instance with the weights in its memory. */
class SimdLstm implements LoadedLstm {
  readonly #size: { inputSize: number; hiddenSize: number };
  readonly #plan: Layout;
  #kernel: Kernel | undefined;
  #memory: Float32Array;

  constructor(kernel: Kernel, weights: LstmWeights) {
    this.#size = { inputSize: weights.inputSize, hiddenSize: weights.hiddenSize };
    this.#plan = layout(weights, START);
    const missing = Math.ceil(this.#plan.size / PAGE_FLOATS) - kernel.memory.buffer.byteLength / 65_536;
    if (missing > 0) kernel.memory.grow(missing);
    this.#memory = new Float32Array(kernel.memory.buffer);
    packWeights(weights, this.#plan, this.#memory);
    this.#kernel = kernel;
  }

  async run(input: LstmInput, initial?: LstmState, options: { all?: boolean } = {}): Promise<LstmOutput> {
    if (!this.#kernel) throw new HomebodyError('disposed', 'this LSTM was disposed');
    checkInput(this.#size, input, initial);
    const size = this.#size.hiddenSize;
    const state = copyState(input.batch * size, initial);
    const all = options.all ? new Float32Array(input.batch * input.steps * size) : undefined;
    for (let row = 0; row < input.batch; row += 1) this.#sequence(this.#kernel, input, row, state, all);
    return all ? { ...state, all } : state;
  }

  #sequence(kernel: Kernel, input: LstmInput, row: number, state: LstmState, all?: Float32Array): void {
    const memory = this.#memory;
    const { at, inputs, units, gateBlocks, decayBlocks } = this.#plan;
    const { hiddenSize: size } = this.#size;
    // Units past the hidden size are zero in the state and stay so: their weights are zero.
    for (const name of ['h', 'c', 'o'] as const) {
      memory.set(state[name].subarray(row * size, (row + 1) * size), at[name]);
    }
    for (let from = 0; from < input.steps; from += CHUNK) {
      const steps = Math.min(CHUNK, input.steps - from);
      const first = row * input.steps + from;
      memory.set(input.x.subarray(first * inputs, (first + steps) * inputs), at.x);
      memory.set(input.elapsed.subarray(first, first + steps), at.elapsed);
      kernel.project(4 * at.x, steps, inputs, 4 * at.weightIh, 4 * at.bias, gateBlocks, 4 * at.gates);
      kernel.recur(
        4 * at.gates,
        steps,
        units,
        4 * at.weightHh,
        gateBlocks,
        4 * at.h,
        4 * at.c,
        4 * at.o,
        4 * at.elapsed,
        decayBlocks ? 4 * at.decayWeight : 0,
        4 * at.decayBias,
        4 * at.exponent,
        decayBlocks,
        4 * at.scratch,
        all ? 4 * at.all : 0,
      );
      if (!all) continue;
      for (let t = 0; t < steps; t += 1) {
        all.set(memory.subarray(at.all + t * units, at.all + t * units + size), (first + t) * size);
      }
    }
    for (const name of ['h', 'c', 'o'] as const) {
      state[name].set(memory.subarray(at[name], at[name] + size), row * size);
    }
  }

  dispose(): void {
    this.#kernel = undefined;
    this.#memory = new Float32Array(0);
  }
}

/**
 * Our own WebAssembly SIMD kernel (assembly/lstm.ts): the input's part of all steps in blocks, then the recurrent part
 * step by step. Throws `backend-unavailable` where WebAssembly or its SIMD is missing or blocked (a CSP without
 * `wasm-unsafe-eval`).
 */
export async function createSimdExecutor(): Promise<LstmExecutor> {
  let module: WebAssembly.Module;
  try {
    const bytes = Uint8Array.from(atob(KERNEL), (character) => character.charCodeAt(0));
    module = await WebAssembly.compile(bytes);
  } catch (cause) {
    throw new HomebodyError('backend-unavailable', 'WebAssembly SIMD cannot be used here', {
      cause,
      remedy: "allow 'wasm-unsafe-eval' in script-src, or use backend 'cpu'",
    });
  }
  return {
    name: 'simd',
    backend: 'wasm',
    fingerprint: `simd/${BUILD}`,
    async load(weights) {
      checkWeights(weights);
      const instance = await WebAssembly.instantiate(module);
      return new SimdLstm(instance.exports as unknown as Kernel, weights);
    },
    dispose() {},
  };
}
