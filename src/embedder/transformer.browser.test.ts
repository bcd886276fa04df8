import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createEmbedder } from './index';

/** Everything the page asked for since the last call, by address. */
function requests(): string[] {
  const names = performance.getEntriesByType('resource').map((entry) => entry.name);
  performance.clearResourceTimings();
  return names;
}

const titles = [
  'running shoes',
  'jogging trainers',
  'electric kettle',
  'a red velvet sofa, three seats',
  'Espresso cups',
];

const cosine = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, d) => sum + value * b[d]!, 0);

describe('all-MiniLM-L6-v2 in Chromium', { timeout: 120_000 }, () => {
  test('WebGPU and wasm agree', async () => {
    performance.setResourceTimingBufferSize(5000);
    requests();
    const wasm = await createEmbedder({ url: '/models/all-MiniLM-L6-v2', backend: 'wasm' });
    const a = await wasm.embed(titles);
    console.log(wasm.info(), requests());
    const gpu = await createEmbedder({ url: '/models/all-MiniLM-L6-v2', backend: 'webgpu' });
    const b = await gpu.embed(titles);
    console.log(
      gpu.info(),
      a.map((v, i) => cosine(v, b[i]!)),
    );
  });
});
void [afterEach, beforeEach, expect];
