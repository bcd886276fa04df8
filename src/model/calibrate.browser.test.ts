import { expect, test } from 'vitest';
import { calibrate } from './calibrate';
import { drawWeights, lcg } from './executors/golden';

test('all three backends are measured in a real browser', async () => {
  const result = await calibrate({ weights: drawWeights(lcg(1), 24, 32, true), now: () => performance.now() });
  expect(result.unavailable).toEqual({});
  expect(Object.keys(result.timings).sort()).toEqual(['cpu', 'wasm', 'webgpu']);
  for (const { step, replay } of Object.values(result.timings)) {
    expect(step).toBeGreaterThan(0);
    expect(replay).toBeGreaterThan(0);
  }
}, 60_000);
