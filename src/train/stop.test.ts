import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { train } from './index';

const repository = fileURLToPath(new URL('../..', import.meta.url));
let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'homebody-stop-'));
});
afterAll(() => rm(work, { recursive: true }));

const common = {
  data: join(repository, 'test/fixtures/online-retail'),
  embedder: join(repository, 'public/models/potion-base-2M'),
  hidden: 8,
  seed: 3,
  sampleUsers: 18,
  epochs: 2,
  trainFolds: [4],
  validationFolds: [4],
  settings: { batch: 1 },
};

test('stopped in the middle of the second epoch: the best model lies there, and a resumed run ends as an unbroken one', {
  timeout: 120_000,
}, async () => {
  const whole = await train({ ...common, out: join(work, 'whole') });
  const out = join(work, 'stopped');
  const stop = new AbortController();
  let epochs = 0;
  const stopping = train({
    ...common,
    out,
    signal: stop.signal,
    onProgress: ({ phase, done, total }) => {
      if (phase === 'epoch') epochs += 1;
      if (phase === 'training' && epochs === 1 && done > 0.7 * total) stop.abort();
    },
  });
  await expect(stopping).rejects.toMatchObject({
    code: 'aborted',
    message: expect.stringContaining('best model so far'),
  });
  const { metrics } = JSON.parse(await readFile(join(out, 'model.json'), 'utf8'));
  expect(metrics[0].value).toBeCloseTo(whole.history[0]!.validation.all, 4);

  expect(await readdir(join(out, 'training'))).toContain('examples.bin');

  const resumed = await train({ ...common, out, resume: true });
  expect(await readdir(join(out, 'training'))).not.toContain('examples.bin');
  expect(resumed.history).toEqual(whole.history);
  expect(resumed.id).toBe(whole.id);
});

test('killed in the middle of an epoch and resumed, it ends with the bytes of an unbroken run', {
  timeout: 240_000,
}, async () => {
  // With an update for each customer a checkpoint follows the 25th.
  const options = { ...common, sampleUsers: 40 };
  const unbroken = join(work, 'unbroken');
  /** Updates done when training first tells of itself. */
  const firstTold = () => {
    const told: number[] = [];
    return {
      told,
      onProgress: ({ phase, done }: { phase: string; done: number }) => phase === 'training' && told.push(done),
    };
  };
  const [fresh, later] = [firstTold(), firstTold()];
  const whole = await train({ ...options, out: unbroken, onProgress: fresh.onProgress });
  const out = join(work, 'killed');
  const script = `import { train } from ${JSON.stringify(join(repository, 'src/train/index.ts'))};
    await train(${JSON.stringify({ ...options, out })});`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    cwd: repository,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const gone = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
  const checkpoint = join(out, 'training/checkpoint.bin');
  while (!(await stat(checkpoint).catch(() => undefined)) && child.exitCode === null) await wait(5);
  child.kill('SIGKILL');
  expect(await gone, 'killed before the end').toBe('SIGKILL');
  await expect(stat(join(out, 'model.json'))).rejects.toThrow();

  const resumed = await train({ ...options, out, resume: true, onProgress: later.onProgress });
  expect(resumed.history).toEqual(whole.history);
  expect(fresh.told[0]).toBeLessThan(2);
  expect(later.told[0], 'the first updates are not made again').toBeGreaterThan(24);
  const [bytes, same] = [out, unbroken].map((folder) => readFile(join(folder, 'weights.safetensors')));
  expect((await bytes!).equals(await same!)).toBe(true);
});

test('a loss that is no number ends training with its place', { timeout: 60_000 }, async () => {
  const settings = { ...common.settings, rate: Number.POSITIVE_INFINITY };
  await expect(train({ ...common, out: join(work, 'diverged'), settings })).rejects.toMatchObject({
    code: 'diverged',
    message: expect.stringMatching(/update 2 of epoch 1/),
  });
});
