import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from './index';

const universal = fileURLToPath(new URL('../../public/models/universal', import.meta.url));
let models: string;

beforeAll(async () => {
  models = await mkdtemp(join(tmpdir(), 'homebody-models-'));
  await cp(universal, join(models, 'good'), { recursive: true });
  await cp(universal, join(models, 'damaged'), { recursive: true });
  await writeFile(join(models, 'damaged/weights.safetensors'), 'x');
  await mkdir(join(models, 'an-embedder'));
});
afterAll(() => rm(models, { recursive: true }));

async function homebody(...argv: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const io = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
  const status = await run(argv, { ...io, signal: new AbortController().signal });
  return { status, out: out.join('\n'), err: err.join('\n') };
}

test('list tells the whole from the broken and passes over what is no model', async () => {
  const { status, out } = await homebody('models', 'list', models, '--json');
  expect(status).toBe(0);
  const [damaged, good, ...more] = JSON.parse(out);
  expect(more).toEqual([]);
  expect(good).toMatchObject({ folder: join(models, 'good'), embedder: 'potion-base-2M', problem: '' });
  expect(damaged.problem).toContain('[model-invalid]');
  expect((await homebody('models', 'list', models)).out).toContain(good.id);
  expect(await homebody('models', 'list', join(models, 'none'))).toMatchObject({ status: 2 });
});

test('add copies, tells the pin and what else is needed; the pin holds', async () => {
  const into = join(models, 'added');
  const first = await homebody('models', 'add', join(models, 'good'), '--into', into, '--as', 'shop');
  expect(first).toMatchObject({ status: 0, err: expect.stringContaining('potion-base-2M') });
  const pin = /--sha256 ([0-9a-f]{64})/.exec(first.out)![1]!;
  const again = await homebody('models', 'add', join(models, 'good'), '--into', into, '--as', 'shop', '--sha256', pin);
  expect(again).toMatchObject({ status: 0, out: expect.stringContaining('already') });
  const wrong = await homebody('models', 'add', join(models, 'good'), '--into', into, '--sha256', 'a'.repeat(64));
  expect(wrong).toMatchObject({ status: 2, err: expect.stringContaining('[model-invalid]') });
  expect(await homebody('models', 'add')).toMatchObject({ status: 2 });
});

test('a card says what the manifest says', async () => {
  const file = join(models, 'CARD.md');
  expect(await homebody('models', 'card', join(models, 'good'), '--out', file)).toMatchObject({ status: 0 });
  const card = await readFile(file, 'utf8');
  const manifest = JSON.parse(await readFile(join(universal, 'model.json'), 'utf8'));
  for (const text of [manifest.id, manifest.training.licence, manifest.files['weights.safetensors'].sha256]) {
    expect(card).toContain(text);
  }
  for (const { protocol, value } of manifest.metrics) expect(card).toMatch(new RegExp(`${protocol}.*${value}`));
  expect((await homebody('models', 'card', join(models, 'good'))).out).toBe(card.trimEnd());
  expect(await homebody('models', 'card', join(models, 'damaged'))).toMatchObject({ status: 2 });
});
