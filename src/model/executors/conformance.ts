// What every executor must do, written once; the test files run it in Node and in Chromium.
import { expect, test } from 'vitest';
import type { LstmExecutor, LstmInput, LstmState, LstmWeights } from '../executor';
import { distance, drawInput, drawState, drawWeights, goldenCases, goldenDistance, lcg } from './golden';

/** A software GPU on a busy machine is slow: these are no timed tests. */
export const PATIENCE = 60_000;
/** What the executors may differ from PyTorch's float64. */
const TOLERANCE = 1e-4;

/** Steps `from` to `to` of every sequence of `input`. */
export function slice(input: LstmInput, inputSize: number, from: number, to: number): LstmInput {
  const steps = to - from;
  const x = new Float32Array(input.batch * steps * inputSize);
  const elapsed = new Float32Array(input.batch * steps);
  for (let row = 0; row < input.batch; row += 1) {
    const at = row * input.steps;
    x.set(input.x.subarray((at + from) * inputSize, (at + to) * inputSize), row * steps * inputSize);
    elapsed.set(input.elapsed.subarray(at + from, at + to), row * steps);
  }
  return { batch: input.batch, steps, x, elapsed };
}

/** Runs `input` cut at `cuts`, state passed on; gives the last state and every `h` [B, T, H]. */
export async function runInPieces(
  executor: LstmExecutor,
  weights: LstmWeights,
  input: LstmInput,
  cuts: number[],
  start?: LstmState,
): Promise<LstmState & { all: Float32Array }> {
  const lstm = await executor.load(weights);
  const size = weights.hiddenSize;
  const all = new Float32Array(input.batch * input.steps * size);
  let state = start;
  let from = 0;
  for (const to of [...cuts, input.steps]) {
    const piece = await lstm.run(slice(input, weights.inputSize, from, to), state, { all: true });
    for (let row = 0; row < input.batch; row += 1) {
      const part = piece.all!.subarray(row * (to - from) * size, (row + 1) * (to - from) * size);
      all.set(part, (row * input.steps + from) * size);
    }
    state = { h: piece.h, c: piece.c, o: piece.o };
    from = to;
  }
  lstm.dispose();
  return { ...state!, all };
}

/** Registers the tests that every executor passes. */
export function conformance(create: () => Promise<LstmExecutor>): void {
  for (const one of goldenCases()) {
    test(
      `agrees with PyTorch: ${one.name}`,
      async () => {
        const executor = await create();
        const lstm = await executor.load(one.weights);
        const output = await lstm.run(one.input, one.state, { all: true });
        expect(goldenDistance(one, output)).toBeLessThan(TOLERANCE);
        lstm.dispose();
        executor.dispose();
      },
      PATIENCE,
    );
  }

  test(
    'steps one by one and a whole sequence give the same bits',
    async () => {
      const executor = await create();
      for (const [seed, inputSize, size, batch, steps, decay] of [
        [11, 104, 128, 1, 70, true],
        [12, 104, 128, 1, 67, false],
        [13, 24, 32, 3, 9, true],
        [14, 5, 7, 2, 13, true],
      ] as const) {
        const uniform = lcg(seed);
        const weights = drawWeights(uniform, inputSize, size, decay);
        const input = drawInput(uniform, inputSize, batch, steps);
        const start = drawState(uniform, batch * size);
        const whole = await runInPieces(executor, weights, input, [], start);
        const single = await runInPieces(
          executor,
          weights,
          input,
          Array.from({ length: steps - 1 }, (_, t) => t + 1),
          start,
        );
        expect(single).toEqual(whole);
      }
      executor.dispose();
    },
    PATIENCE,
  );

  test(
    'a sequence in a batch is the sequence alone',
    async () => {
      const executor = await create();
      const uniform = lcg(21);
      const weights = drawWeights(uniform, 24, 32, true);
      const input = drawInput(uniform, 24, 3, 20);
      const together = await runInPieces(executor, weights, input, []);
      for (let row = 0; row < 3; row += 1) {
        const alone = await runInPieces(
          executor,
          weights,
          {
            batch: 1,
            steps: 20,
            x: input.x.slice(row * 20 * 24, (row + 1) * 20 * 24),
            elapsed: input.elapsed.slice(row * 20, (row + 1) * 20),
          },
          [],
        );
        expect(distance(alone.h, together.h.slice(row * 32, (row + 1) * 32))).toBeLessThan(1e-6);
      }
      executor.dispose();
    },
    PATIENCE,
  );

  test(
    'a zero gap leaves the memory alone, arguments stay untouched, no steps give the state back',
    async () => {
      const executor = await create();
      const uniform = lcg(31);
      const weights = drawWeights(uniform, 24, 32, true);
      const { decay, ...bare } = weights;
      const input = { ...drawInput(uniform, 24, 2, 8), elapsed: new Float32Array(16) };
      const start = drawState(uniform, 64);
      const before = structuredClone({ weights, input, start });
      const decayed = await runInPieces(executor, weights, input, [], start);
      const plain = await runInPieces(executor, bare, input, [], start);
      expect(decay).toBeDefined();
      expect(decayed).toEqual(plain);
      expect({ weights, input, start }).toEqual(before);
      const lstm = await executor.load(weights);
      const none = await lstm.run({ batch: 2, steps: 0, x: new Float32Array(0), elapsed: new Float32Array(0) }, start);
      expect({ h: none.h, c: none.c, o: none.o }).toEqual(start);
      expect(none.h).not.toBe(start.h);
      executor.dispose();
    },
    PATIENCE,
  );

  test(
    'refuses sizes that do not fit, and work after dispose',
    async () => {
      const executor = await create();
      const uniform = lcg(41);
      const weights = drawWeights(uniform, 5, 7, true);
      const input = drawInput(uniform, 5, 1, 3);
      await expect(executor.load({ ...weights, biasHh: new Float32Array(3) })).rejects.toMatchObject({
        code: 'invalid-input',
      });
      const lstm = await executor.load(weights);
      await expect(lstm.run({ ...input, x: input.x.slice(1) })).rejects.toMatchObject({ code: 'invalid-input' });
      await expect(lstm.run(input, drawState(uniform, 8))).rejects.toMatchObject({ code: 'invalid-input' });
      lstm.dispose();
      await expect(lstm.run(input)).rejects.toMatchObject({ code: 'disposed' });
      executor.dispose();
    },
    PATIENCE,
  );
}
