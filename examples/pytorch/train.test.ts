import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openModelFolder } from '../../src/data';
import { floatTensor, writeSafetensors } from '../../src/model';

const here = fileURLToPath(new URL('.', import.meta.url));
const python = process.env.PYTHON ?? 'python3';
const isInstalled = spawnSync(python, ['-c', 'import torch, safetensors']).status === 0;
if (!isInstalled) console.warn(`examples/pytorch is not tested: ${python} has no torch and safetensors.`);

const ITEMS = 30;
let folder: string;

/** A log in which item k is followed by item k + 1: what a next-item model must find. */
async function writeFiles(): Promise<void> {
  const items = Array.from({ length: ITEMS }, (_, row) => `i${row},Thing ${row}`);
  const events: string[] = [];
  for (let user = 0; user < 60; user++) {
    const length = 8 + ((user * 7) % 17);
    for (let k = 0; k < length; k++) events.push(`u${user},i${(user * 11 + k) % ITEMS},review,,`);
  }
  const raw = Float32Array.from({ length: ITEMS * 6 }, (_, i) => Math.sin(i * i));
  const manifest = {
    id: 'tiny',
    embedder: { id: 'none', dtype: 'f32', dimension: 6 },
    sizes: { embedding: 6, item: 16, hidden: 16, type: 1 },
    eventTypes: ['purchase'],
    timeDecay: false,
    fusion: 'concat',
    memories: { halfLives: [], stepDecays: [0.5] },
    kinds: { purchase: 1 },
    recent: 20,
    features: [{ kind: 'interest' }, { kind: 'memory', index: 0 }, { kind: 'bias' }, { kind: 'neighbours' }],
    gate: { inputs: ['hidden'], activation: 'linear' },
  };
  const training = {
    seed: 1,
    minCount: 1,
    epochs: 2,
    batch: 15,
    window: 8,
    fill: 1,
    negatives: 20,
    maskSeen: true,
    rate: 0.02,
    warmup: 2,
    clip: 1,
    ema: 0.9,
    dropout: 0,
    itemdrop: 0,
    validate: 60,
    start: [8, 0, 1, 1],
    popularity: 1,
    neighbours: { shrink: 1, balance: 0.5, near: 1, back: 0, reach: 3 },
  };
  const about = { data: 'made up', licence: 'none', credit: '' };
  await writeFile(join(folder, 'items.csv'), `item_id,title\n${items.join('\n')}\n`);
  await writeFile(join(folder, 'events.csv'), `user_id,item_id,event,timestamp_s,value\n${events.join('\n')}\n`);
  await writeFile(join(folder, 'config.json'), JSON.stringify({ about, manifest, training }));
  const tensors = new Map([['raw', floatTensor([ITEMS, 6], raw)]]);
  await writeFile(join(folder, 'text.safetensors'), new Uint8Array(writeSafetensors(tensors)));
  await writeFile(join(folder, 'text.json'), JSON.stringify({ ids: items.map((line) => line.split(',')[0]) }));
}

interface Row {
  loss: number;
  'ndcg@10': number;
}

async function train(out: string, launcher: string[], ...more: string[]): Promise<Row[]> {
  const files = ['--config', 'config.json', '--text', 'text.safetensors'].map((name) =>
    name.startsWith('--') ? name : join(folder, name),
  );
  const args = [...launcher, 'train.py', ...files, '--data', folder, '--out', join(folder, out), ...more];
  const env = { ...process.env, OMP_NUM_THREADS: '1' };
  const { status, stderr } = spawnSync(python, args, { cwd: here, encoding: 'utf8', env });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(await readFile(join(folder, out, 'curve.json'), 'utf8'));
}

describe.skipIf(!isInstalled)('training with PyTorch', { timeout: 300_000 }, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'homebody-torchrun-'));
    await writeFiles();
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('two processes of torchrun train as one does, a resumed run as one that was never stopped', async () => {
    const alone = await train('alone', []);
    const launcher = ['-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', '2'];
    const both = await train('both', launcher);
    expect(both).toHaveLength(2);
    for (const [epoch, row] of both.entries()) {
      expect(row['ndcg@10']).toBeCloseTo(alone[epoch]!['ndcg@10'], 3);
      expect(row.loss).toBeCloseTo(alone[epoch]!.loss, 4);
    }
    await train('resumed', [], '--stop', '1');
    const resumed = await train('resumed', [], '--resume');
    expect(resumed.map(({ loss }) => loss)).toEqual(alone.map(({ loss }) => loss));
    expect(alone[1]!.loss).toBeLessThan(alone[0]!.loss);
    const { model, catalogue } = await openModelFolder(join(folder, 'alone/model'));
    expect(model.manifest.id).toBe('tiny');
    expect(catalogue?.ids).toHaveLength(ITEMS);
    expect(catalogue?.neighbours).toBeDefined();
  });
});
