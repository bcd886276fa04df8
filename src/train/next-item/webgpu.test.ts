import { expect, test } from 'vitest';
import { HomebodyError } from '../../domain';
import { seededRandom } from '../../evaluate';
import { openBackend } from './backend';
import { createUpdater } from './updater';

const sizes = { items: 60, hidden: 8, item: 8, windows: 3, steps: 3, negatives: 0, rate: 0.01 };

/** Losses of two updates from one start. */
async function losses(backend: 'wasm' | 'webgpu'): Promise<number[]> {
  const updater = await createUpdater({ ...sizes, random: seededRandom(2), backend });
  return [await updater.update(), await updater.update()];
}

// With the package `webgpu` and an adapter (a software one will do) this holds the GPU's path to wasm's; without, it holds
// the refusal: a session of tests without a GPU must not look as if it had tested one.
test('on WebGPU training gives wasm’s losses; where there is none, a reason and a remedy', {
  timeout: 120_000,
}, async () => {
  const onGpu = await losses('webgpu').catch((error: unknown) => error);
  const onWasm = await losses('wasm');
  expect(onWasm[1]).toBeLessThan(onWasm[0]!);
  if (onGpu instanceof HomebodyError) {
    expect(onGpu.code).toBe('backend-unavailable');
    expect(onGpu.remedy).toContain('--backend wasm');
    expect((await openBackend('auto')).name).toBe('wasm');
    return;
  }
  (onGpu as number[]).forEach((loss, i) => {
    expect(loss).toBeCloseTo(onWasm[i]!, 3);
  });
});
