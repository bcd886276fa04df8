import { beforeAll, describe, expect, test } from 'vitest';
import { createEmbedder, type Embedder } from './index';

const url = '/models/all-MiniLM-L6-v2';
const titles = ['running shoes', 'jogging trainers', 'a red velvet sofa with three seats', 'Espresso cups, set of 6'];
const cosine = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, d) => sum + value * b[d]!, 0);

/** What the GPU was really told to do: compute dispatches by the label of their shader, and the devices made. */
function watchGpu(): { dispatches: Map<string, number>; devices: GPUDevice[] } {
  const dispatches = new Map<string, number>();
  const devices: GPUDevice[] = [];
  const shaders = new WeakMap<GPUShaderModule, string>();
  const pipelines = new WeakMap<GPUComputePipeline, string>();
  const current = new WeakMap<GPUComputePassEncoder, GPUComputePipeline>();

  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (descriptor) {
    const device = await requestDevice.call(this, descriptor);
    devices.push(device);
    return device;
  };
  const { createShaderModule, createComputePipeline, createComputePipelineAsync } = GPUDevice.prototype;
  GPUDevice.prototype.createShaderModule = function (descriptor) {
    const shader = createShaderModule.call(this, descriptor);
    shaders.set(shader, descriptor.label ?? '');
    return shader;
  };
  GPUDevice.prototype.createComputePipeline = function (descriptor) {
    const pipeline = createComputePipeline.call(this, descriptor);
    pipelines.set(pipeline, shaders.get(descriptor.compute.module) ?? '');
    return pipeline;
  };
  GPUDevice.prototype.createComputePipelineAsync = async function (descriptor) {
    const pipeline = await createComputePipelineAsync.call(this, descriptor);
    pipelines.set(pipeline, shaders.get(descriptor.compute.module) ?? '');
    return pipeline;
  };
  const pass = GPUComputePassEncoder.prototype;
  const { setPipeline, dispatchWorkgroups } = pass;
  pass.setPipeline = function (pipeline) {
    current.set(this, pipeline);
    return setPipeline.call(this, pipeline);
  };
  pass.dispatchWorkgroups = function (x, y, z) {
    const label = pipelines.get(current.get(this)!) ?? '';
    dispatches.set(label, (dispatches.get(label) ?? 0) + 1);
    return dispatchWorkgroups.call(this, x, y, z);
  };
  return { dispatches, devices };
}

describe('all-MiniLM-L6-v2 in Chromium', () => {
  let wasm: Embedder;
  let onWasm: Float32Array[];
  beforeAll(async () => {
    performance.setResourceTimingBufferSize(10_000);
    wasm = await createEmbedder({ url, backend: 'wasm' });
    onWasm = await wasm.embed(titles);
  }, 120_000);

  test('on wasm: unit vectors, zeros without words, long text cut', async () => {
    expect(wasm.info()).toMatchObject({ runtime: 'wasm', dimension: 384, loaded: true });
    expect(wasm.info().fellBack).toBeUndefined();
    expect(cosine(onWasm[0]!, onWasm[1]!)).toBeCloseTo(0.654, 2);
    const odd = [
      '',
      ' \n',
      '[PAD]',
      '红色羊毛大衣',
      'معطف صوف',
      'a\u0000b\u0007 \ud800 coat',
      'wool coat '.repeat(1000),
    ];
    const lengths = (await wasm.embed(odd)).map((vector) => Math.sqrt(cosine(vector, vector)));
    for (const [i, length] of lengths.entries()) expect(length).toBeCloseTo(i < 3 ? 0 : 1, 5);
  }, 120_000);

  test('on WebGPU: every matrix product runs on the GPU, and the vectors are those of wasm', async () => {
    const { dispatches, devices } = watchGpu();
    const gpu = await createEmbedder({ url, backend: 'webgpu' });
    expect(gpu.info()).toMatchObject({ runtime: 'webgpu' });
    expect(devices).toHaveLength(1);
    dispatches.clear();
    const [alone] = await gpu.embed([titles[0]!]);
    const count = (name: RegExp) =>
      [...dispatches].reduce((sum, [label, times]) => sum + (name.test(label) ? times : 0), 0);
    // Six layers with six weight products each (q, k, v, output, two of the feed-forward) and two of the attention.
    expect(count(/^MatMulNBits/)).toBe(36);
    expect(count(/^MatMul(?!NBits)/)).toBe(12);
    expect(cosine(alone!, onWasm[0]!)).toBeGreaterThan(0.999);
    const onGpu = await gpu.embed([...titles, '']);
    for (const [i, vector] of onWasm.entries()) expect(cosine(onGpu[i]!, vector)).toBeGreaterThan(0.999);
    expect(onGpu.at(-1)!.every((value) => value === 0)).toBe(true);

    // The GPU goes away in mid-session: the next text is embedded all the same.
    devices[0]!.destroy();
    const [after] = await gpu.embed([titles[1]!]);
    expect(cosine(after!, onWasm[1]!)).toBeGreaterThan(0.999);
    expect(gpu.info()).toMatchObject({ runtime: 'wasm', fellBack: expect.stringContaining('WebGPU failed') });
    await gpu.dispose();
  }, 120_000);

  test('without an adapter wasm serves, and says why', async () => {
    const { requestAdapter } = GPU.prototype;
    GPU.prototype.requestAdapter = async () => null;
    try {
      const embedder = await createEmbedder({ url, backend: 'webgpu' });
      expect(embedder.info()).toMatchObject({
        runtime: 'wasm',
        fellBack: expect.stringContaining('no WebGPU adapter'),
      });
      expect(cosine((await embedder.embed([titles[0]!]))[0]!, onWasm[0]!)).toBeCloseTo(1, 6);
    } finally {
      GPU.prototype.requestAdapter = requestAdapter;
    }
  }, 120_000);

  test('auto does not take a software adapter, which is slower than wasm', async () => {
    const { requestAdapter } = GPU.prototype;
    GPU.prototype.requestAdapter = async function (options) {
      const adapter = await requestAdapter.call(this, options);
      return adapter && Object.defineProperty(adapter, 'info', { value: { isFallbackAdapter: true } });
    };
    try {
      const embedder = await createEmbedder({ url, backend: 'auto' });
      expect(embedder.info().runtime).toBe('wasm');
      expect(embedder.info().fellBack).toBeUndefined();
    } finally {
      GPU.prototype.requestAdapter = requestAdapter;
    }
  }, 120_000);

  test('every file came from our own origin', () => {
    const addresses = performance.getEntriesByType('resource').map((entry) => entry.name);
    expect(addresses.filter((address) => address.endsWith('.wasm')).length).toBeGreaterThan(0);
    expect(addresses.some((address) => address.endsWith('model_int8.onnx'))).toBe(true);
    const foreign = addresses.filter((address) => !/^(blob|data):/.test(address) && new URL(address).origin !== origin);
    expect(foreign).toEqual([]);
  });

  test('no browser cache is written', async () => {
    expect(await caches.keys()).toEqual([]);
  });
});
