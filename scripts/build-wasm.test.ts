import { expect, test } from 'vitest';
import serving from '../src/model/executors/simd/kernel.generated.ts?raw';
import training from '../src/train/next-item/kernel.generated.ts?raw';
import { generateKernel } from './build-wasm.mjs';

test.each([
  ['serving', serving],
  ['training', training],
] as const)(
  'the committed %s kernel is what its source compiles to',
  async (name, committed) => {
    expect(committed).toBe(await generateKernel(name));
  },
  60_000,
);
