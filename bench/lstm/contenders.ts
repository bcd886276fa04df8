// Everything that is measured, behind one shape: the same weights, the same input, the hidden state at the end.

import tfjsPlain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import tfjsSimd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import tfjsThreaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { setBackend, type Tensor, tensor3d, tidy } from '@tensorflow/tfjs-core';
import ortWasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import * as ort from 'onnxruntime-web/wasm';
import {
  createExecutor,
  createTfjsWasmExecutor,
  type LstmExecutor,
  type LstmInput,
  type LstmWeights,
} from '../../src/model';
import { REFERENCE_NAME } from './names';
import { onnxLstm } from './onnx';

export interface Contender {
  name: string;
  /** Whether the memory decays: its answer then differs from the others'. */
  decay: boolean;
  /** Last hidden state [H] of one sequence from zeros. */
  run(input: LstmInput): Promise<Float32Array>;
  /** Called after all lengths are measured. */
  end(): ReturnType<NonNullable<LstmExecutor['gpu']>> | undefined;
}

export interface Entry {
  name: string;
  create(weights: LstmWeights, decayed: LstmWeights): Promise<Contender>;
}

const tfjsWasm = () =>
  createTfjsWasmExecutor({
    wasmPaths: {
      'tfjs-backend-wasm.wasm': tfjsPlain,
      'tfjs-backend-wasm-simd.wasm': tfjsSimd,
      'tfjs-backend-wasm-threaded-simd.wasm': tfjsThreaded,
    },
  });

function ours(name: string, create: () => Promise<LstmExecutor>, decay: boolean): Entry {
  return {
    name,
    async create(weights, decayed) {
      const executor = await create();
      const lstm = await executor.load(decay ? decayed : weights);
      return {
        name,
        decay,
        run: async (input) => (await lstm.run(input)).h,
        end() {
          const gpu = executor.gpu?.();
          lstm.dispose();
          executor.dispose();
          return gpu;
        },
      };
    },
  };
}

/** Keras' gate order is i, f, c, o as PyTorch's; its kernels are transposed and it has one bias. */
async function layers(weights: LstmWeights): Promise<Contender> {
  await tfjsWasm();
  // tf.layers calls methods of tensors (x.flatten()), which tfjs-core alone does not have.
  await import('@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops');
  const { sequential, layers: make } = await import('@tensorflow/tfjs-layers');
  const { tensor1d, tensor2d, transpose } = await import('@tensorflow/tfjs-core');
  const { inputSize, hiddenSize: size } = weights;
  const model = sequential({
    layers: [
      make.lstm({ units: size, inputShape: [null, inputSize], activation: 'tanh', recurrentActivation: 'sigmoid' }),
    ],
  });
  model.setWeights([
    transpose(tensor2d(weights.weightIh, [4 * size, inputSize])),
    transpose(tensor2d(weights.weightHh, [4 * size, size])),
    tensor1d(weights.biasIh.map((value, j) => value + weights.biasHh[j]!)),
  ]);
  return {
    name: 'tf.layers LSTM predict (tfjs-wasm)',
    decay: false,
    async run({ x, steps }) {
      const output = tidy(() => model.predict(tensor3d(x, [1, steps, inputSize])) as Tensor);
      const values = (await output.data()) as Float32Array;
      output.dispose();
      return values;
    },
    end() {
      model.dispose();
      return undefined;
    },
  };
}

async function onnx(weights: LstmWeights): Promise<Contender> {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = { wasm: ortWasm };
  const session = await ort.InferenceSession.create(onnxLstm(weights), { executionProviders: ['wasm'] });
  const { inputSize, hiddenSize: size } = weights;
  const zeros = new Float32Array(size);
  return {
    name: REFERENCE_NAME,
    decay: false,
    async run({ x, steps }) {
      const answer = await session.run({
        x: new ort.Tensor('float32', x, [steps, 1, inputSize]),
        h0: new ort.Tensor('float32', zeros, [1, 1, size]),
        c0: new ort.Tensor('float32', zeros, [1, 1, size]),
      });
      return answer.h!.data as Float32Array;
    },
    end() {
      void session.release();
      return undefined;
    },
  };
}

/** tfjs has one active backend, so its contenders come last and choose theirs at every run. */
export const ENTRIES: Entry[] = [
  { name: REFERENCE_NAME, create: onnx },
  ours('homebody simd', () => createExecutor('wasm'), false),
  ours('homebody simd, decay', () => createExecutor('wasm'), true),
  ours('homebody plain', () => createExecutor('cpu'), false),
  ours('homebody webgpu', () => createExecutor('webgpu'), false),
  ours('homebody webgpu, decay', () => createExecutor('webgpu'), true),
  ours('homebody tfjs-wasm, op by op', tfjsWasm, false),
  { name: 'tf.layers LSTM predict (tfjs-wasm)', create: layers },
];

/** Makes tfjs' wasm backend the active one: tf.layers does not choose for itself. */
export async function chooseBackend(name: string): Promise<void> {
  if (name.startsWith('tf.layers')) await setBackend('wasm');
}
