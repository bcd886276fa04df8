import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEmbedder, readModelFolder } from '../src/data';
import { itemText, type Vector } from '../src/domain';
import { embedItem, readVector, untrainedManifest, untrainedWeights } from '../src/model';
import { writeVectors } from './vectors.mjs';

const items = [
  { id: 'a', title: 'Red wool coat', brand: 'Nord', category: ['Clothing', 'Coats'] },
  { id: 'b', title: 'Electric kettle', category: 'Kitchen' },
  { id: 'c', title: '' },
];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homebody-vectors-'));
  let seed = 1;
  const random = () => {
    seed = (seed * 48271) % 2147483647;
    return seed / 2147483647;
  };
  const manifest = untrainedManifest({ id: 'test-model' });
  const weights = new Uint8Array(untrainedWeights(manifest, random));
  manifest.files = {
    'weights.safetensors': { sha256: createHash('sha256').update(weights).digest('hex'), bytes: weights.length },
  };
  await writeFile(join(folder, 'model.json'), JSON.stringify(manifest));
  await writeFile(join(folder, 'weights.safetensors'), weights);
  await writeFile(join(folder, 'catalogue.json'), JSON.stringify({ items }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('every product gets the vector that the device would make from its text, bit for bit', async () => {
  expect(await writeVectors({ model: folder, site: folder })).toEqual({ model: 'test-model', items: 3 });
  const written = JSON.parse(await readFile(join(folder, 'vectors.json'), 'utf8'));
  expect(written.model).toBe('test-model');
  expect(Object.keys(written.items)).toEqual(['a', 'b', 'c']);

  const model = await readModelFolder(folder);
  const embedder = await openEmbedder(
    { path: folder, embedderId: 'potion-base-2M' },
    { embedder: 'public/models/potion-base-2M' },
  );
  for (const { id, title, brand, category } of items) {
    const [raw] = await embedder.embed([itemText({ title, brand, categories: [category ?? []].flat() })]);
    const shipped = readVector(model, written.items[id] as Vector);
    expect(shipped).toEqual(embedItem(model, raw!));
    expect(shipped.q.some((value) => value !== 0)).toBe(id !== 'c');
  }
});
