import { memory } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { conformance } from '../conformance';
import { drawInput, drawWeights, lcg } from '../golden';
import { createTfjsWasmExecutor } from './wasm';

describe('tfjs-wasm', () => {
  conformance(createTfjsWasmExecutor);

  test('leaves no tensor behind', async () => {
    const executor = await createTfjsWasmExecutor();
    const uniform = lcg(3);
    const before = memory().numTensors;
    const lstm = await executor.load(drawWeights(uniform, 24, 32, true));
    const input = drawInput(uniform, 24, 2, 30);
    await lstm.run(input);
    await lstm.run(input, undefined, { all: true });
    lstm.dispose();
    expect(memory().numTensors).toBe(before);
  });
});
