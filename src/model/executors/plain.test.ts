import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conformance, PATIENCE, runInPieces } from './conformance';
import { distance, drawInput, drawState, drawWeights, goldenCases, lcg } from './golden';
import { createPlainExecutor, readHidden } from './plain';

describe('plain', () => {
  conformance(async () => createPlainExecutor());

  test('reading at a later time agrees with PyTorch', () => {
    for (const one of goldenCases()) {
      const state = { h: one.expected.h, c: one.expected.c, o: one.expected.o };
      for (const read of one.expected.reads) {
        const hidden = readHidden(one.weights, state, Math.log1p(read.seconds / 60));
        expect(distance(hidden, read.h)).toBeLessThan(1e-5);
      }
    }
  });

  test('reading at once gives h itself, as a copy', () => {
    const uniform = lcg(3);
    const weights = drawWeights(uniform, 4, 6, true);
    const state = drawState(uniform, 12);
    const hidden = readHidden(weights, state, 0);
    expect(hidden).toEqual(state.h);
    expect(hidden).not.toBe(state.h);
  });

  test(
    'any cut of any sequence gives the same bits',
    async () => {
      const shapes = fc.record({
        seed: fc.nat(),
        inputSize: fc.integer({ min: 1, max: 20 }),
        size: fc.integer({ min: 1, max: 20 }),
        batch: fc.integer({ min: 1, max: 3 }),
        steps: fc.integer({ min: 1, max: 12 }),
        decay: fc.boolean(),
        cuts: fc.array(fc.nat(11), { maxLength: 5 }),
      });
      await fc.assert(
        fc.asyncProperty(shapes, async ({ seed, inputSize, size, batch, steps, decay, cuts }) => {
          const uniform = lcg(seed);
          const weights = drawWeights(uniform, inputSize, size, decay);
          const input = drawInput(uniform, inputSize, batch, steps);
          const start = drawState(uniform, batch * size);
          const at = [...new Set(cuts.filter((cut) => cut > 0 && cut < steps))].sort((a, b) => a - b);
          const executor = createPlainExecutor();
          expect(await runInPieces(executor, weights, input, at, start)).toEqual(
            await runInPieces(executor, weights, input, [], start),
          );
        }),
      );
    },
    PATIENCE,
  );
});
