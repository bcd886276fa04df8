import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { trainNextItem } from './index';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const sample = join(repository, 'test/fixtures/online-retail');
const embedder = join(repository, 'public/models/potion-base-2M');
const settings = {
  hidden: 16,
  item: 16,
  batch: 32,
  shard: 8,
  window: 30,
  epochs: 3,
  negatives: 300,
  checkpoint: 1,
  average: 0.9,
  memories: { halfLives: [], stepDecays: [0.8] },
  features: [
    { kind: 'interest' as const },
    { kind: 'bias' as const },
    { kind: 'text' as const, power: 3, stepDecay: 0.8 },
  ],
};
const common = { data: sample, embedder, seed: 5, sampleUsers: 200, settings };

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'homebody-next-item-'));
  await writeFile(join(work, 'settings.json'), JSON.stringify(settings));
});
afterAll(() => rm(work, { recursive: true }));

/** The command line, from source, in a process of its own. */
function commandLine(...args: string[]): { child: ChildProcess; done: Promise<{ code: number | null; err: string }> } {
  const main = join(repository, 'src/cli/main.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...args], { cwd: repository });
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const done = new Promise<{ code: number | null; err: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, err }));
  });
  return { child, done };
}

const exists = (file: string) =>
  stat(file).then(
    () => true,
    () => false,
  );

test('killed in mid-epoch and resumed, it gives the bits of an unbroken run, whatever the number of workers', {
  timeout: 120_000,
}, async () => {
  const unbroken = join(work, 'unbroken');
  const whole = await trainNextItem({ ...common, out: unbroken, workers: 0 });
  expect(whole.history.length).toBe(3);
  expect(whole.history[2]!.loss).toBeLessThan(whole.history[0]!.loss);

  const out = join(work, 'killed');
  const flags = ['--data', sample, '--out', out, '--embedder', embedder, '--seed', '5', '--sample-users', '200'];
  const args = ['train', '--objective', 'next-item', ...flags, '--settings', join(work, 'settings.json')];
  const { child, done } = commandLine(...args, '--workers', '1');
  // A checkpoint follows every update: when there is one, training is somewhere in its first epoch, or a little later.
  while (!(await exists(join(out, 'training/next-item.bin'))) && child.exitCode === null) await wait(5);
  child.kill('SIGKILL');
  await done;
  expect(await exists(join(out, 'model.json')), 'killed before the end').toBe(false);

  const resumed = await trainNextItem({ ...common, out, workers: 1, resume: true });
  expect(resumed.history.map(({ loss, validation }) => ({ loss, validation }))).toEqual(
    whole.history.map(({ loss, validation }) => ({ loss, validation })),
  );
  for (const name of ['weights.safetensors', 'catalogue.safetensors']) {
    expect((await readFile(join(out, name))).equals(await readFile(join(unbroken, name))), name).toBe(true);
  }

  const { code, err } = await commandLine(
    'evaluate',
    '--data',
    sample,
    '--model',
    out,
    '--embedder',
    embedder,
    '--protocol',
    'leave-one-out',
    '--sample-users',
    '20',
    '--json',
  ).done;
  expect(code, err).toBe(0);
});

test('interrupted, it leaves the best model so far and says how to go on', { timeout: 60_000 }, async () => {
  const out = join(work, 'interrupted');
  const stop = new AbortController();
  const training = trainNextItem({
    ...common,
    sampleUsers: 40,
    out,
    workers: 0,
    signal: stop.signal,
    onProgress: (progress) => {
      if (progress.phase === 'epoch') stop.abort();
    },
  });
  await expect(training).rejects.toMatchObject({ code: 'aborted', remedy: expect.stringContaining('--resume') });
  const manifest = JSON.parse(await readFile(join(out, 'model.json'), 'utf8'));
  expect(manifest.metrics[0].protocol).toBe('leave-one-out, validation');
  await expect(
    trainNextItem({ ...common, sampleUsers: 40, out, workers: 0, resume: true, seed: 6 }),
    'a checkpoint of other settings',
  ).rejects.toMatchObject({ code: 'invalid-input' });
});

test('weights that are no numbers end training with the update’s number', { timeout: 60_000 }, async () => {
  const training = trainNextItem({
    ...common,
    sampleUsers: 20,
    out: join(work, 'diverged'),
    workers: 0,
    settings: { ...settings, rate: 1e30, warmup: 1 },
  });
  await expect(training).rejects.toMatchObject({
    code: 'diverged',
    message: expect.stringMatching(/update \d+ of epoch 1/),
  });
});

test('a model of columns alone, which reads no network, trains', { timeout: 60_000 }, async () => {
  const features = settings.features.filter(({ kind }) => kind === 'text');
  const { history } = await trainNextItem({
    ...common,
    sampleUsers: 20,
    out: join(work, 'columns'),
    workers: 0,
    settings: { ...settings, features, gate: ['items'], epochs: 2, rate: 0.05, warmup: 1 },
  });
  expect(history[1]!.loss).toBeLessThan(history[0]!.loss);
});

test('settings that are wrong are named', async () => {
  const wrong = trainNextItem({ ...common, out: join(work, 'x'), settings: { hidden: 10 } });
  await expect(wrong).rejects.toMatchObject({ code: 'invalid-input', message: expect.stringContaining('hidden') });
});
