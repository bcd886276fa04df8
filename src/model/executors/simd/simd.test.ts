import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { conformance, PATIENCE, runInPieces } from '../conformance';
import { distance, drawInput, drawState, drawWeights, lcg } from '../golden';
import { createPlainExecutor } from '../plain';
import { createSimdExecutor } from './executor';

describe('simd', () => {
  conformance(createSimdExecutor);

  test(
    'any cut of any sequence gives the same bits, and plain agrees',
    async () => {
      const executor = await createSimdExecutor();
      const plain = createPlainExecutor();
      const shapes = fc.record({
        seed: fc.nat(),
        inputSize: fc.integer({ min: 1, max: 20 }),
        size: fc.integer({ min: 1, max: 40 }),
        batch: fc.integer({ min: 1, max: 3 }),
        steps: fc.integer({ min: 1, max: 140 }),
        decay: fc.boolean(),
        cuts: fc.array(fc.nat(139), { maxLength: 5 }),
      });
      await fc.assert(
        fc.asyncProperty(shapes, async ({ seed, inputSize, size, batch, steps, decay, cuts }) => {
          const uniform = lcg(seed);
          const weights = drawWeights(uniform, inputSize, size, decay);
          const input = drawInput(uniform, inputSize, batch, steps);
          const start = drawState(uniform, batch * size);
          const at = [...new Set(cuts.filter((cut) => cut > 0 && cut < steps))].sort((a, b) => a - b);
          const whole = await runInPieces(executor, weights, input, [], start);
          expect(await runInPieces(executor, weights, input, at, start)).toEqual(whole);
          expect(distance((await runInPieces(plain, weights, input, [], start)).all, whole.all)).toBeLessThan(1e-4);
        }),
        { numRuns: 60 },
      );
    },
    PATIENCE,
  );

  test('extreme inputs give finite states', async () => {
    const executor = await createSimdExecutor();
    const uniform = lcg(5);
    const weights = drawWeights(uniform, 8, 16, true);
    const input = drawInput(uniform, 8, 1, 50);
    input.x.fill(1e6, 0, 100).fill(-1e6, 100, 200);
    input.elapsed.fill(60);
    const lstm = await executor.load(weights);
    const { h, c, o } = await lstm.run(input);
    for (const values of [h, c, o]) expect(values.every(Number.isFinite)).toBe(true);
  });

  test('blocked WebAssembly gives a typed error', async () => {
    vi.spyOn(WebAssembly, 'compile').mockRejectedValueOnce(new WebAssembly.CompileError('blocked by CSP'));
    await expect(createSimdExecutor()).rejects.toMatchObject({ name: 'HomebodyError', code: 'backend-unavailable' });
    vi.stubGlobal('WebAssembly', undefined);
    await expect(createSimdExecutor()).rejects.toMatchObject({ code: 'backend-unavailable' });
    vi.unstubAllGlobals();
  });
});
