import { expect, test } from 'vitest';
import { type Backend, HomebodyError } from '../domain';
import { calibrate } from './calibrate';
import type { LstmExecutor } from './executor';
import { createPlainExecutor } from './executors';
import { drawWeights, lcg } from './executors/golden';

const weights = drawWeights(lcg(1), 4, 6, true);

/** Executors on a clock of their own: a run takes `overhead + steps · perStep` ms. */
function device(costs: Partial<Record<Backend, { overhead: number; perStep: number }>>) {
  let clock = 0;
  const disposed: Backend[] = [];
  const create = async (backend: Backend): Promise<LstmExecutor> => {
    const cost = costs[backend];
    if (!cost) throw new HomebodyError('backend-unavailable', `no ${backend}`);
    const plain = createPlainExecutor();
    return {
      ...plain,
      backend,
      async load(given) {
        const lstm = await plain.load(given);
        // Computed once: only the clock tells how long it takes.
        const results = new Map<number, ReturnType<typeof lstm.run>>();
        return {
          ...lstm,
          run(input, state, options) {
            clock += cost.overhead + cost.perStep * input.steps;
            const result = results.get(input.steps) ?? lstm.run(input, state, options);
            results.set(input.steps, result);
            return result;
          },
        };
      },
      dispose: () => disposed.push(backend),
    };
  };
  return { create, now: () => clock, disposed };
}

test('picks the backend that a session costs least on and says what it measured', async () => {
  const { create, now, disposed } = device({
    wasm: { overhead: 0.02, perStep: 0.01 },
    webgpu: { overhead: 4, perStep: 0.001 },
    cpu: { overhead: 0, perStep: 0.12 },
  });
  const result = await calibrate({ weights, now, create });
  expect(result.backend).toBe('wasm');
  expect(result.timings.wasm!.step).toBeCloseTo(0.03, 6);
  expect(result.timings.webgpu!.replay).toBeCloseTo(4.2, 6);
  expect(result.timings.cpu!.replay).toBeCloseTo(24, 6);
  expect(result.unavailable).toEqual({});
  expect(disposed).toEqual(['wasm', 'webgpu', 'cpu']);
  expect(structuredClone(result)).toEqual(result);
});

test('a fast GPU wins, a missing one is left out with its reason', async () => {
  const fast = device({ wasm: { overhead: 0, perStep: 0.05 }, webgpu: { overhead: 0.02, perStep: 0.001 } });
  expect((await calibrate({ weights, ...fast })).backend).toBe('webgpu');
  const none = device({ cpu: { overhead: 0, perStep: 0.1 } });
  const result = await calibrate({ weights, ...none });
  expect(result.backend).toBe('cpu');
  expect(result.unavailable).toEqual({ wasm: 'no wasm', webgpu: 'no webgpu' });
});

test('a clock coarser than a step measures it all the same, and one that stands still ends', async () => {
  const { create, now } = device({ wasm: { overhead: 0.01, perStep: 0.02 }, cpu: { overhead: 0, perStep: 0.04 } });
  for (const tick of [0.1, 1]) {
    const coarse = () => Math.floor(now() / tick) * tick;
    const { backend, timings } = await calibrate({ weights, now: coarse, create, backends: ['cpu', 'wasm'] });
    expect(backend).toBe('wasm');
    // Either end of a sample of 5 ms is off by a tick at most.
    expect(Math.abs(timings.wasm!.step - 0.03) / 0.03).toBeLessThan((1.5 * tick) / 5);
    expect(Math.abs(timings.cpu!.step - 0.04) / 0.04).toBeLessThan((1.5 * tick) / 5);
    expect(Math.abs(timings.wasm!.replay - 4.01) / 4.01).toBeLessThan((1.5 * tick) / 5);
  }
  const still = await calibrate({ weights, now: () => 0, create, backends: ['cpu'] });
  expect(still.timings.cpu).toEqual({ step: 0, replay: 0 });
});

test('others run between samples', async () => {
  const { create, now } = device({ cpu: { overhead: 0, perStep: 0.1 } });
  const pauses: number[] = [];
  await calibrate({ weights, now, create, backends: ['cpu'], pause: async () => pauses.push(now()) });
  pauses.forEach((time, n) => {
    if (n > 0) expect(time - pauses[n - 1]!).toBeLessThan(30);
  });
  expect(pauses.length).toBeGreaterThan(10);
});

test('no backend at all, and an abort, reject', async () => {
  await expect(calibrate({ weights, ...device({}) })).rejects.toMatchObject({ code: 'backend-unavailable' });
  const signal = AbortSignal.abort();
  await expect(calibrate({ weights, ...device({ cpu: { overhead: 1, perStep: 1 } }), signal })).rejects.toMatchObject({
    name: 'AbortError',
  });
});
