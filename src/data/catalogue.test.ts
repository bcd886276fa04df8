import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseCandidates } from '../domain';
import { seededRandom } from '../evaluate';
import { type InterestModel, loadModel, readVector, untrainedManifest, untrainedWeights } from '../model';
import {
  candidateVectors,
  itemVectorOf,
  medianPrices,
  NEIGHBOURS,
  newCatalogue,
  packNeighbours,
  vectorOf,
} from './catalogue';
import { readCatalogue, writeCatalogue } from './catalogue-files';
import { addItem, type ItemTable, newItemTable } from './items';

let folder: string;
let model: InterestModel;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homebody-catalogue-'));
  const manifest = untrainedManifest();
  model = loadModel({ manifest, weights: untrainedWeights(manifest, seededRandom(4)) });
});
afterAll(() => rm(folder, { recursive: true }));

function itemsOf(rows: [id: string, price: number, ...categories: string[]][]): ItemTable {
  const items = newItemTable();
  for (const [id, price, ...categories] of rows) addItem(items, id, { title: id, brand: '', categories, price });
  return items;
}

test('what is written is read back: every row gives the vector that it was made of', async () => {
  const random = seededRandom(9);
  const items = itemsOf([
    ['A', 2, 'Kitchen', 'Pots'],
    ['B', 4, 'Kitchen'],
    ['no text', Number.NaN],
  ]);
  const raw = [0, 1].map(() => Float32Array.from({ length: 64 }, () => random() - 0.5));
  const vectors = candidateVectors(model, [...raw, new Float32Array(64)]);
  await writeCatalogue(folder, newCatalogue(model, items, vectors));
  const catalogue = await readCatalogue(folder);
  expect(catalogue.ids).toEqual(['A', 'B', 'no text']);
  expect(catalogue.priceMedians).toEqual({ Kitchen: 3, Pots: 2 });
  for (const row of [0, 1, 2]) {
    const { median, ...vector } = vectorOf(catalogue, row);
    expect(vector).toEqual(vectors[row]);
    expect(median).toBe([2, 3, undefined][row]);
  }
});

test('bias, repeat and neighbours: written, read, shipped by id; −1 and no list mean none', async () => {
  const items = itemsOf([
    ['A', 1],
    ['B', 1],
    ['C', 1],
  ]);
  const vectors = candidateVectors(
    model,
    [0, 1, 2].map(() => new Float32Array(64).fill(1)),
  );
  const neighbours = packNeighbours([
    [
      [1, 0.5],
      [2, -1.27],
    ],
    [],
    Array.from({ length: 40 }, (_, i): [number, number] => [i % 2, 1 + i]),
  ]);
  await writeCatalogue(folder, {
    ...newCatalogue(model, items, vectors),
    bias: Float32Array.of(0.5, -1, 0),
    repeat: Float32Array.of(0.25, 0, -2),
    neighbours,
  });
  const catalogue = await readCatalogue(folder);
  const [a, b, c] = [0, 1, 2].map((row) => vectorOf(catalogue, row));
  expect(a!.neighbours!.map(([id]) => id)).toEqual(['C', 'B']);
  expect(a!.neighbours![0]![1]).toBeCloseTo(-1.27, 6);
  expect(a!.neighbours![1]![1]).toBeCloseTo(0.5, 2);
  expect([a!.bias, b!.bias, b!.neighbours]).toEqual([0.5, -1, []]);
  expect([a!.repeat, c!.repeat]).toEqual([0.25, -2]);
  expect(c!.neighbours).toHaveLength(NEIGHBOURS);
  // What the evaluator reads is what a browser reads of the shipped row, to the bit.
  for (const row of [0, 1, 2]) {
    const shipped = parseCandidates({ slot: 's', items: [{ id: 'x', vector: vectorOf(catalogue, row) }] });
    expect(itemVectorOf(catalogue, row)).toEqual(readVector(model, shipped.candidates[0]!.vector!));
  }
});

test('a neighbour in a row that is not there is a typed error', async () => {
  const items = itemsOf([['A', 1]]);
  const vectors = candidateVectors(model, [new Float32Array(64).fill(1)]);
  const neighbours = packNeighbours([[[7, 1]]]);
  await writeCatalogue(folder, { ...newCatalogue(model, items, vectors), neighbours });
  await expect(readCatalogue(folder)).rejects.toMatchObject({
    code: 'invalid-input',
    message: expect.stringContaining('nbr names a row'),
  });
});

test('a catalogue whose files do not fit one another is a typed error', async () => {
  await expect(readCatalogue(join(folder, 'none'))).rejects.toMatchObject({ code: 'invalid-input' });
  const path = join(folder, 'catalogue.json');
  const json = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify({ ...json, ids: ['A'] }));
  await expect(readCatalogue(folder)).rejects.toMatchObject({
    code: 'invalid-input',
    remedy: expect.stringContaining('homebody vectors'),
  });
});

test('median prices leave out what has none', () => {
  const items = itemsOf([
    ['A', 1, 'x', 'x'],
    ['B', 5, 'x'],
    ['C', 9, 'x', 'y'],
    ['D', Number.NaN, 'z'],
    ['E', 0, 'z'],
  ]);
  expect(medianPrices(items)).toEqual({ x: 5, y: 9 });
});
