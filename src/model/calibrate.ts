import { type Backend, errorFrame, HomebodyError } from '../domain';
import type { LstmExecutor, LstmInput, LstmWeights } from './executor';
import { createExecutor } from './executors';

/** Milliseconds, medians. */
export interface BackendTiming {
  /** One step from a state. */
  step: number;
  /** A replay of {@link REPLAY_STEPS} steps. */
  replay: number;
}

/** What {@link calibrate} found. Plain data: the engine stores it and does not measure again on this device. */
export interface Calibration {
  backend: Backend;
  timings: Partial<Record<Backend, BackendTiming>>;
  /** Why a backend was left out. */
  unavailable: Partial<Record<Backend, string>>;
}

export interface CalibrateOptions {
  weights: LstmWeights;
  /** Milliseconds, rising; `performance.now` in a worker. */
  now: () => number;
  /** In order of preference when equal. Default all three. */
  backends?: readonly Backend[];
  create?: (backend: Backend) => Promise<LstmExecutor>;
  /** Lets others run between samples; default: they wait. */
  pause?: () => Promise<unknown>;
  signal?: AbortSignal;
}

/** Steps of the measured replay. */
export const REPLAY_STEPS = 200;
/** What a session asks for, roughly: so many single steps for one replay. */
const STEPS_PER_REPLAY = 50;
/** A measurement stops repeating after so many ms, so that a slow backend does not hold the worker. */
const PATIENCE = 150;
/** A sample lasts at least so many ms: clocks of workers are as coarse as 0.1 ms (1 ms in Firefox), a step is shorter. */
const SAMPLE = 5;
/** A sample ends after so many runs, whatever the clock says. */
const MAX_RUNS = 10_000;

/** Input that has every kind of value and needs no randomness. */
function probe(inputSize: number, steps: number): LstmInput {
  return {
    batch: 1,
    steps,
    x: Float32Array.from({ length: steps * inputSize }, (_, k) => Math.sin(k)),
    elapsed: Float32Array.from({ length: steps }, (_, t) => (t % 3) * 2),
  };
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)]!;
}

/** Mean time of `work` over as many runs as {@link SAMPLE} takes. */
async function sample(
  work: () => Promise<unknown>,
  { now, signal }: Pick<CalibrateOptions, 'now' | 'signal'>,
): Promise<number> {
  const start = now();
  let elapsed = 0;
  let runs = 0;
  do {
    signal?.throwIfAborted();
    await work();
    runs += 1;
    elapsed = now() - start;
  } while (elapsed < SAMPLE && runs < MAX_RUNS);
  return elapsed / runs;
}

/** Median of up to `repeats` samples after a warm-up, within {@link PATIENCE}. */
async function measure(work: () => Promise<unknown>, repeats: number, options: CalibrateOptions): Promise<number> {
  const times: number[] = [];
  const begin = options.now();
  // The first ones compile shaders and warm up the JIT: they are not counted, unless there is time for nothing else.
  for (let k = -Math.ceil(repeats / 3); k < repeats; k += 1) {
    const each = await sample(work, options);
    if (k >= 0) times.push(each);
    if (options.now() - begin > PATIENCE && times.length > 0) break;
    await options.pause?.();
  }
  return median(times);
}

async function time(executor: LstmExecutor, options: CalibrateOptions): Promise<BackendTiming> {
  const lstm = await executor.load(options.weights);
  try {
    const one = probe(options.weights.inputSize, 1);
    const many = probe(options.weights.inputSize, REPLAY_STEPS);
    const state = await lstm.run(one);
    const step = await measure(() => lstm.run(one, state), 9, options);
    const replay = await measure(() => lstm.run(many), 3, options);
    return { step, replay };
  } finally {
    lstm.dispose();
  }
}

/**
 * Measures each backend with the model's own weights and picks the one that a session costs least on (50 single steps
 * and one replay of 200). A backend that is missing or fails is left out with its reason. Rejects with
 * `backend-unavailable` when none works, with the signal's reason when aborted.
 */
export async function calibrate(options: CalibrateOptions): Promise<Calibration> {
  const { backends = ['wasm', 'webgpu', 'cpu'], create = createExecutor, signal } = options;
  const timings: Calibration['timings'] = {};
  const unavailable: Calibration['unavailable'] = {};
  let best: { backend: Backend; cost: number } | undefined;
  for (const backend of backends) {
    signal?.throwIfAborted();
    let executor: LstmExecutor | undefined;
    try {
      executor = await create(backend);
      const timing = await time(executor, options);
      timings[backend] = timing;
      const cost = timing.step * STEPS_PER_REPLAY + timing.replay;
      if (!best || cost < best.cost) best = { backend, cost };
    } catch (error) {
      signal?.throwIfAborted();
      unavailable[backend] = errorFrame(error).message;
    } finally {
      executor?.dispose();
    }
  }
  if (!best) {
    throw new HomebodyError('backend-unavailable', `no backend works: ${JSON.stringify(unavailable)}`);
  }
  return { backend: best.backend, timings, unavailable };
}
