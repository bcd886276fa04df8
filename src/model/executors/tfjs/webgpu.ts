import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu/dist/backend_webgpu';
import {
  engine,
  findBackendFactory,
  getBackend,
  type NamedAttrMap,
  type NamedTensorMap,
  registerBackend,
  registerKernel,
  removeBackend,
  setBackend,
  type Tensor,
  type TensorInfo,
  tensor1d,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { HomebodyError } from '../../../domain';
import type { LoadedLstm, LstmExecutor, LstmInput, LstmOutput, LstmState, LstmWeights } from '../../executor';
import { checkInput, checkWeights, copyState, decayExponent } from '../shapes';
import { LstmProgram, packGateRows } from './lstm-program';

/** Raised whenever the kernel's order of operations changes: checkpoints of another build are replayed. */
const BUILD = 1;
const KERNEL = 'HomebodyLstm';
/** Steps of a dispatch. Longer sequences take several, so that no dispatch holds a slow GPU until it is reset. */
const MOST_STEPS = 1024;
/** Workgroups of a dispatch that every WebGPU device allows. */
const MOST_BATCH = 65_535;

interface Attributes {
  inputSize: number;
  size: number;
  batch: number;
  steps: number;
  all: boolean;
}

/** What the loaded models share: the tfjs backend, the count of its dispatches, and whether its device is lost. */
interface Device {
  name: string;
  backend: WebGPUBackend;
  dispatches: number;
  lost: string | undefined;
}

function unavailable(message: string, cause?: unknown): HomebodyError {
  return new HomebodyError('backend-unavailable', message, { cause, remedy: "use backend 'wasm' or 'auto'" });
}

/** The fused kernel as tfjs calls it: inputs as {@link LstmProgram} names them, one output. */
function registerFusedKernel(device: Device): void {
  registerKernel({
    kernelName: KERNEL,
    backendName: device.name,
    kernelFunc: ({ inputs, attrs }) => {
      const { inputSize, size, batch, steps, all } = attrs as unknown as Attributes;
      const given = inputs as unknown as Record<string, TensorInfo>;
      const decay = given.forget !== undefined;
      const program = new LstmProgram(inputSize, size, decay, batch, (all ? steps : 0) + 3);
      device.dispatches += 1;
      return device.backend.runWebGPUProgram(
        program,
        program.variableNames.map((name) => given[name]!),
        'float32',
        [{ type: 'int32', data: [steps] }].concat({ type: 'int32', data: [all ? 1 : 0] }),
      );
    },
  });
}

/** Runs `work` under error scopes: WGSL and validation errors do not throw by themselves. */
async function guarded<T>(device: Device, work: () => Promise<T>): Promise<T> {
  const gpu = device.backend.device;
  gpu.pushErrorScope('validation');
  gpu.pushErrorScope('out-of-memory');
  gpu.pushErrorScope('internal');
  let failure: unknown;
  const result = await work().catch((error: unknown) => {
    failure = error ?? new Error('unknown');
  });
  const scopes = await Promise.all([gpu.popErrorScope(), gpu.popErrorScope(), gpu.popErrorScope()]).catch(() => []);
  // A lost device says so a moment after the calls on it fail.
  if (failure !== undefined) await Promise.race([gpu.lost, new Promise((resolve) => setTimeout(resolve, 50))]);
  if (device.lost !== undefined) {
    throw new HomebodyError('device-lost', `the GPU was lost: ${device.lost}`, {
      cause: failure,
      remedy: 'replay on another backend',
    });
  }
  const scoped = scopes.find((error) => error);
  if (scoped) throw new HomebodyError('internal', `WebGPU: ${scoped.message}`);
  if (failure !== undefined) throw failure;
  return result as T;
}

class FusedLstm implements LoadedLstm {
  readonly #device: Device;
  readonly #size: { inputSize: number; hiddenSize: number };
  #tensors: Record<string, Tensor> | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(device: Device, weights: LstmWeights) {
    const { inputSize, hiddenSize: size, decay } = weights;
    this.#device = device;
    this.#size = { inputSize, hiddenSize: size };
    const gates = new Float32Array((inputSize + size + 1) * size * 4);
    packGateRows(weights.weightIh, inputSize, size, gates, 0);
    packGateRows(weights.weightHh, size, size, gates, inputSize);
    const bias = weights.biasIh.map((value, j) => value + weights.biasHh[j]!);
    packGateRows(bias, 1, size, gates, inputSize + size);
    this.#tensors = { gates: tensor1d(gates) };
    if (!decay) return;
    const forget = new Float32Array((size + 2) * size);
    for (let j = 0; j < size; j += 1) {
      for (let k = 0; k < size; k += 1) forget[k * size + j] = decay.weight[j * size + k]!;
    }
    forget.set(decay.bias, size * size);
    forget.set(decayExponent(decay.rate), (size + 1) * size);
    this.#tensors.forget = tensor1d(forget);
  }

  async run(input: LstmInput, initial?: LstmState, options: { all?: boolean } = {}): Promise<LstmOutput> {
    if (!this.#tensors) throw new HomebodyError('disposed', 'this LSTM was disposed');
    checkInput(this.#size, input, initial);
    const { batch, steps } = input;
    if (batch > MOST_BATCH) throw new HomebodyError('too-many', `at most ${MOST_BATCH} sequences at a time`);
    const size = this.#size.hiddenSize;
    const state = copyState(batch * size, initial);
    const all = options.all ? new Float32Array(batch * steps * size) : undefined;
    // One at a time: error scopes are a stack of the device, and an answer must be this run's own.
    const done = this.#queue.then(async () => {
      for (let from = 0; from < steps; from += MOST_STEPS) {
        await this.#piece(input, from, Math.min(MOST_STEPS, steps - from), state, all);
      }
    });
    this.#queue = done.catch(() => {});
    await done;
    return all ? { ...state, all } : state;
  }

  async #piece(input: LstmInput, from: number, steps: number, state: LstmState, all?: Float32Array): Promise<void> {
    const { inputSize, hiddenSize: size } = this.#size;
    const { batch } = input;
    const sequence = new Float32Array(batch * steps * inputSize);
    const gaps = new Float32Array(batch * steps);
    const start = new Float32Array(batch * 3 * size);
    for (let row = 0; row < batch; row += 1) {
      const at = row * input.steps + from;
      sequence.set(input.x.subarray(at * inputSize, (at + steps) * inputSize), row * steps * inputSize);
      gaps.set(input.elapsed.subarray(at, at + steps), row * steps);
      for (const [part, name] of (['h', 'c', 'o'] as const).entries()) {
        start.set(state[name].subarray(row * size, (row + 1) * size), (row * 3 + part) * size);
      }
    }
    const attributes: Attributes = { inputSize, size, batch, steps, all: all !== undefined };
    const values = await this.#dispatch({ sequence, gaps, start }, attributes);
    const rows = (all ? steps : 0) + 3;
    for (let row = 0; row < batch; row += 1) {
      const end = (row + 1) * rows * size;
      all?.set(values.subarray(row * rows * size, end - 3 * size), (row * input.steps + from) * size);
      for (const [part, name] of (['h', 'c', 'o'] as const).entries()) {
        state[name].set(values.subarray(end + (part - 3) * size, end + (part - 2) * size), row * size);
      }
    }
  }

  async #dispatch(arrays: Record<string, Float32Array>, attributes: Attributes): Promise<Float32Array> {
    const device = this.#device;
    if (device.lost !== undefined) throw new HomebodyError('device-lost', `the GPU was lost: ${device.lost}`);
    if (getBackend() !== device.name) await setBackend(device.name);
    const kept = this.#tensors;
    if (!kept) throw new HomebodyError('disposed', 'this LSTM was disposed');
    return guarded(device, async () => {
      const own = Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, tensor1d(array)]));
      try {
        const output = engine().runKernel(
          KERNEL,
          { ...own, ...kept } as unknown as NamedTensorMap,
          attributes as unknown as NamedAttrMap,
        ) as unknown as Tensor;
        try {
          return (await output.data()) as Float32Array;
        } finally {
          output.dispose();
        }
      } finally {
        for (const tensor of Object.values(own)) tensor.dispose();
      }
    });
  }

  dispose(): void {
    for (const tensor of Object.values(this.#tensors ?? {})) tensor.dispose();
    this.#tensors = undefined;
  }
}

async function requestDevice(): Promise<GPUDevice> {
  if (typeof navigator === 'undefined' || !navigator.gpu) throw unavailable('this browser has no WebGPU');
  let adapter: GPUAdapter | null;
  try {
    adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  } catch (cause) {
    throw unavailable('WebGPU gave no adapter', cause);
  }
  // navigator.gpu exists without an adapter where the GPU is on a block list.
  if (!adapter) throw unavailable('WebGPU has no adapter here');
  const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
  try {
    return await adapter.requestDevice({ requiredLimits: { maxStorageBufferBindingSize, maxBufferSize } });
  } catch (cause) {
    throw unavailable('WebGPU gave no device', cause);
  }
}

/**
 * The fused kernel on tfjs' WebGPU backend. Each executor has a GPU device and a tfjs backend of its own, so that a
 * lost device can be replaced. Throws `backend-unavailable` where there is no adapter or device.
 */
export async function createTfjsWebgpuExecutor(): Promise<LstmExecutor> {
  const gpu = await requestDevice();
  let number = 0;
  while (findBackendFactory(`homebody-webgpu-${number}`)) number += 1;
  const name = `homebody-webgpu-${number}`;
  const { vendor, architecture, description } = gpu.adapterInfo;
  const device: Device = { name, backend: new WebGPUBackend(gpu, gpu.adapterInfo), dispatches: 0, lost: undefined };
  registerBackend(name, () => device.backend, 0);
  registerFusedKernel(device);
  const loaded = new Set<FusedLstm>();
  let disposed = false;
  const lost = new Promise<string>((resolve) => {
    gpu.lost.then(({ message, reason }) => {
      device.lost = message || reason;
      // Our own dispose() destroys the device: that is no loss.
      if (!disposed) resolve(device.lost);
    });
  });
  return {
    name: 'tfjs-webgpu',
    backend: 'webgpu',
    fingerprint: `tfjs-webgpu/${BUILD} ${vendor} ${architecture} ${description}`.trim(),
    lost,
    gpu: () => ({ vendor, architecture, description, dispatches: device.dispatches }),
    async load(weights) {
      checkWeights(weights);
      if (disposed) throw new HomebodyError('disposed', 'this executor was disposed');
      if (getBackend() !== name) await setBackend(name);
      const lstm = new FusedLstm(device, weights);
      loaded.add(lstm);
      return lstm;
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      for (const lstm of loaded) lstm.dispose();
      unregisterKernel(KERNEL, name);
      removeBackend(name);
      gpu.destroy();
    },
  };
}
