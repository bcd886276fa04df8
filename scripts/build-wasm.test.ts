import { expect, test } from 'vitest';
import committed from '../src/model/executors/simd/kernel.generated.ts?raw';
import { generateKernel } from './build-wasm.mjs';

test('the committed kernel is what its source compiles to', async () => {
  expect(committed).toBe(await generateKernel());
}, 60_000);
