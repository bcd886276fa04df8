import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  candidateVectors,
  type DataFolder,
  folderVectors,
  newCatalogue,
  openModelFolder,
  packNeighbours,
  readFolder,
  writeCatalogue,
} from '../../src/data';
import { replayLog } from '../../src/evaluate';
import {
  createPlainExecutor,
  floatTensor,
  loadModel,
  type ModelManifest,
  prepareCandidates,
  readSafetensors,
  scoreCandidates,
  untrainedManifest,
  untrainedWeights,
  writeSafetensors,
} from '../../src/model';

const here = fileURLToPath(new URL('.', import.meta.url));
const python = process.env.PYTHON ?? 'python3';
const isInstalled = spawnSync(python, ['-c', 'import torch, safetensors']).status === 0;
if (!isInstalled) console.warn(`examples/pytorch is not tested: ${python} has no torch and safetensors.`);

const ITEMS = 40;
const RAW = 12;
const DAY = 86_400;
/** What a score of about 10 may differ by: both sides compute in float32. */
const TOLERANCE = 1e-4;

const features: ModelManifest['features'] = [
  { kind: 'interest' },
  { kind: 'memory', index: 0 },
  { kind: 'memory', index: 2 },
  { kind: 'bias' },
  { kind: 'text', power: 1, stepDecay: 0.5 },
  { kind: 'text', power: 3, stepDecay: 0.8, log: true },
  { kind: 'text', power: 2, mean: true },
  { kind: 'neighbours', stepDecay: 0.7 },
  { kind: 'neighbours', log: true },
];
const models: Record<string, Partial<ModelManifest>> = {
  'time decay, attention': {
    gate: { inputs: ['hidden', 'fused', 'items', 'gap', 'clock'], activation: 'linear' },
  },
  'no time decay, concat': { timeDecay: false, fusion: 'concat', gate: { inputs: ['hidden'], activation: 'linear' } },
  'no memories, weighted': {
    timeDecay: false,
    fusion: 'weighted',
    memories: { halfLives: [], stepDecays: [] },
    features: features.filter(({ kind }) => kind !== 'memory'),
    gate: { inputs: ['hidden', 'items'], activation: 'linear' },
  },
};

function manifestOf(name: string): ModelManifest {
  return untrainedManifest({
    id: 'parity',
    embedder: { id: 'none', dtype: 'f32', dimension: RAW },
    sizes: { embedding: 8, item: 6, hidden: 10, type: 3, input: 0 },
    eventTypes: ['rate'],
    memories: { halfLives: [DAY, 30 * DAY], stepDecays: [0.8] },
    recent: 20,
    features,
    ...models[name],
  });
}

/** Lehmer's generator, in [0, 1). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

let folder: string;
let data: DataFolder;
let raw: Float32Array[];

/** A log of three raters with times and stars, and three of whom only the order is known. */
async function writeLog(random: () => number): Promise<void> {
  await mkdir(join(folder, 'data'));
  const items = Array.from({ length: ITEMS }, (_, row) => `i${row},Thing ${row}`);
  const events: string[] = [];
  for (let user = 0; user < 6; user++) {
    let time = 1_000_000_000;
    for (let k = 0; k < 3 + 40 * (user % 3); k++) {
      time += Math.round(random() < 0.5 ? 60 * random() : 5 * DAY * random());
      const item = Math.floor(random() * ITEMS);
      events.push(`u${user},i${item},rating,${user < 3 ? `${time},${1 + Math.floor(5 * random())}` : ','}`);
    }
  }
  await writeFile(join(folder, 'data/items.csv'), `item_id,title\n${items.join('\n')}\n`);
  await writeFile(join(folder, 'data/events.csv'), `user_id,item_id,event,timestamp_s,value\n${events.join('\n')}\n`);
}

/** Runs score.py and reads what it wrote, [users][items]. */
async function scoreInPython(model: string, ...more: string[]): Promise<Float32Array[]> {
  const out = join(folder, 'scores.safetensors');
  const args = ['score.py', '--model', model, '--data', join(folder, 'data'), '--out', out, ...more];
  const { status, stderr } = spawnSync(python, args, { cwd: here, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const bytes = await readFile(out);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  const scores = readSafetensors(buffer).get('scores')!.data as Float32Array;
  return data.events.users.map((_, user) => scores.slice(user * ITEMS, (user + 1) * ITEMS));
}

/** The same scores by `src/model`, read at an unknown moment after each user's last event. */
async function scoreHere(path: string): Promise<Float64Array[]> {
  const opened = await openModelFolder(path);
  const { model } = opened;
  const vectors = await folderVectors(opened, data.items);
  const lstm = await createPlainExecutor().load(model.lstm);
  const replay = replayLog(data, { model, lstm, vectors });
  const scores: Float64Array[] = [];
  for (const user of data.events.users.keys()) {
    const state = await replay.stateFor({ user, from: data.events.offsets[user]!, to: data.events.offsets[user + 1]! });
    const batch = prepareCandidates(model, Array.from(data.items.ids.keys(), replay.candidate));
    scores.push(scoreCandidates(model, state, batch, { now: Number.NaN }).scores);
  }
  return scores;
}

function expectEqual(ours: Float64Array[], theirs: Float32Array[]): void {
  expect(ours).toHaveLength(theirs.length);
  for (const [user, row] of ours.entries()) {
    const apart = row.map((score, item) => Math.abs(score - theirs[user]![item]!) / Math.max(1, Math.abs(score) / 10));
    expect(Math.max(...apart), `user ${user}`).toBeLessThan(TOLERANCE);
  }
  const spread = ours.map((row) => Math.max(...row) - Math.min(...row));
  expect(Math.min(...spread), 'scores that tell items apart').toBeGreaterThan(0.1);
}

async function writeModel(path: string, manifest: ModelManifest, random: () => number): Promise<void> {
  await mkdir(path, { recursive: true });
  const weights = untrainedWeights(manifest, random);
  const model = loadModel({ manifest, weights });
  const catalogue = newCatalogue(model, data.items, candidateVectors(model, raw));
  // δ is part of a shipped q: any other bytes are as good.
  for (let i = 0; i < catalogue.q.length; i++) catalogue.q[i] = Math.round(254 * random() - 127);
  catalogue.qScale.fill(1 / (127 * Math.sqrt(manifest.sizes.item / 3)));
  const neighbours = packNeighbours(
    data.items.ids.map((_, row) =>
      Array.from({ length: row % 7 }, (_, k): [number, number] => [(row + 3 * k + 1) % ITEMS, random()]),
    ),
  );
  const bias = Float32Array.from(data.items.ids, () => random() - 0.5);
  await writeCatalogue(path, { ...catalogue, bias, neighbours });
  await writeFile(join(path, 'weights.safetensors'), new Uint8Array(weights));
  const files: ModelManifest['files'] = {};
  for (const name of ['weights.safetensors', 'catalogue.safetensors', 'catalogue.json']) {
    const bytes = await readFile(join(path, name));
    files[name] = { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
  }
  await writeFile(join(path, 'model.json'), JSON.stringify({ ...manifest, files }));
}

describe.skipIf(!isInstalled)('the PyTorch reference', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'homebody-pytorch-'));
    await writeLog(generator(5));
    data = await readFolder(join(folder, 'data'));
    const random = generator(7);
    raw = data.items.ids.map(() => Float32Array.from({ length: RAW }, () => random() - 0.5));
    const table = floatTensor([ITEMS, RAW], Float32Array.from(raw.flatMap((row) => [...row])));
    await writeFile(join(folder, 'text.safetensors'), new Uint8Array(writeSafetensors(new Map([['raw', table]]))));
    await writeFile(join(folder, 'text.json'), JSON.stringify({ ids: data.items.ids }));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each(Object.keys(models))('scores a folder of ours as we do (%s)', async (name) => {
    const path = join(folder, `ours ${name}`);
    await writeModel(path, manifestOf(name), generator(11));
    expectEqual(await scoreHere(path), await scoreInPython(path));
  });

  test.each(Object.keys(models))('writes a folder that we score as it does (%s)', async (name) => {
    const path = join(folder, `theirs ${name}`);
    const manifest = join(folder, 'manifest.json');
    await writeFile(manifest, JSON.stringify(manifestOf(name)));
    const theirs = await scoreInPython(path, '--random', manifest, '--text', join(folder, 'text.safetensors'));
    expectEqual(await scoreHere(path), theirs);
  });

  test('refuses a model that it would compute otherwise', async () => {
    const path = join(folder, 'refused');
    const manifest = manifestOf('no memories, weighted');
    await writeModel(path, { ...manifest, features: [...manifest.features, { kind: 'met' }] }, generator(3));
    await expect(scoreInPython(path)).rejects.toThrow('has no met');
  });
});
