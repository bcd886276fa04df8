import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dequantise, quantise } from '../model';
import { candidateVectors, embedItems, newCatalogue, packNeighbours } from './catalogue';
import { CATALOGUE_FILES, writeCatalogue } from './catalogue-files';
import { addItem, newItemTable } from './items';
import { folderVectors, openEmbedder, openModelFolder, readModelFolder } from './model-folder';

const shipped = fileURLToPath(new URL('../../public/models/', import.meta.url));
let models: string;
let folder: string;

const items = newItemTable();
for (const id of ['tea', 'cup', 'new']) {
  addItem(items, id, { title: `a ${id}`, brand: '', categories: [], price: Number.NaN });
}

/** Lists the catalogue's files in `model.json`. */
async function list(): Promise<void> {
  const path = join(folder, 'model.json');
  const manifest = JSON.parse(await readFile(path, 'utf8'));
  for (const name of CATALOGUE_FILES) {
    const bytes = await readFile(join(folder, name));
    manifest.files[name] = { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
  }
  await writeFile(path, JSON.stringify(manifest));
}

beforeAll(async () => {
  models = await mkdtemp(join(tmpdir(), 'homebody-models-'));
  folder = join(models, 'shop');
  await cp(join(shipped, 'universal'), folder, { recursive: true });
  await cp(join(shipped, 'potion-base-2M'), join(models, 'potion-base-2M'), { recursive: true });
});
afterAll(() => rm(models, { recursive: true }));

test('a model without a catalogue: every vector is made of its text', async () => {
  const opened = await openModelFolder(folder);
  expect(opened.catalogue).toBeUndefined();
  const vectors = await folderVectors(opened, items);
  expect(vectors.map(({ q, bias }) => [q.length, bias])).toEqual([0, 1, 2].map(() => [64, undefined]));
});

test('what the catalogue knows comes from it, the rest is made of text; then no embedder is needed', async () => {
  const model = await readModelFolder(folder);
  const embedder = await openEmbedder({ path: folder, embedderId: model.manifest.embedder.id });
  const known = newItemTable();
  for (const id of ['cup', 'gone', 'tea']) {
    addItem(known, id, { title: `a ${id}`, brand: '', categories: [], price: Number.NaN });
  }
  const raw = await embedItems(known, embedder);
  const residual = newCatalogue(model, known, candidateVectors(model, raw));
  const learned = quantise(Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)));
  residual.q.set(learned.values, 64 * 2);
  residual.qScale[2] = learned.scale;
  await writeCatalogue(folder, {
    ...residual,
    bias: Float32Array.of(1, 2, 3),
    neighbours: packNeighbours([[], [], [[1, 1]]]),
  });
  await list();
  const opened = await openModelFolder(folder);
  const [tea, cup, fresh] = await folderVectors(opened, items);
  expect(tea).toMatchObject({ q: dequantise(learned), bias: 3, neighbours: [['gone', expect.closeTo(1, 6)]] });
  expect(cup).toMatchObject({ bias: 1, neighbours: [] });
  const [plain] = await folderVectors({ path: opened.path, model }, items);
  expect(tea!.e).toEqual(plain!.e);
  expect(fresh).not.toHaveProperty('bias');
  expect(fresh!.q.some((value) => value !== 0)).toBe(true);
  await expect(folderVectors(opened, known, { embedder: join(models, 'none') })).resolves.toHaveLength(3);
  await expect(folderVectors(opened, items, { embedder: join(models, 'none') })).rejects.toMatchObject({
    code: 'embedder-unavailable',
  });
});

test('a catalogue that was changed, or is of another model, is refused', async () => {
  const path = join(folder, 'catalogue.json');
  const json = await readFile(path, 'utf8');
  await writeFile(path, json.replace('cup', 'cut'));
  await expect(openModelFolder(folder)).rejects.toMatchObject({ code: 'model-invalid' });
  await writeFile(path, JSON.stringify({ ...JSON.parse(json), model: 'another' }));
  await list();
  await expect(openModelFolder(folder)).rejects.toMatchObject({
    code: 'model-invalid',
    message: expect.stringContaining('another'),
  });
});

test('an embedder is beside its model, else in the folder of embedders, else there is none', async () => {
  const alone = await mkdtemp(join(tmpdir(), 'homebody-alone-'));
  const model = { path: join(alone, 'model'), embedderId: 'potion-base-2M' };
  await expect(openEmbedder(model)).rejects.toMatchObject({
    code: 'embedder-unavailable',
    message: expect.stringContaining(alone),
  });
  await expect(openEmbedder(model, { embedders: alone })).rejects.toMatchObject({ code: 'embedder-unavailable' });
  const found = await openEmbedder(model, { embedders: shipped });
  expect(await found.embed(['a cup'])).toHaveLength(1);
  await found.dispose();
  // One that was named is not looked for elsewhere.
  await expect(openEmbedder(model, { embedders: shipped, embedder: alone })).rejects.toMatchObject({
    code: 'embedder-unavailable',
  });
  await rm(alone, { recursive: true });
});
