import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type DataFolder, folderVectors, foldOf, kindOf, openModelFolder, readFolder } from '../data';
import type { MatrixProduct } from './math';
import { PRESETS } from './presets';
import { fitTables } from './tables';
import { train } from './train';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const sample = join(repository, 'test/fixtures/online-retail');
const embedder = join(repository, 'public/models/potion-base-2M');

const product: MatrixProduct = (a, b, m, k, n) => {
  const out = new Float32Array(m * n);
  for (let i = 0; i < m; i += 1)
    for (let x = 0; x < k; x += 1) for (let j = 0; j < n; j += 1) out[i * n + j]! += a[i * k + x]! * b[x * n + j]!;
  return out;
};

test('what a customer bought is not in the tables of that customer’s examples, nor of a fold left out', () => {
  // Users of fold f buy products 2 f and 2 f + 1 together, and nobody else does.
  const users = Array.from({ length: 40 }, (_, at) => `u${at}`);
  const ids = Array.from({ length: 10 }, (_, row) => `p${row}`);
  const data: DataFolder = {
    path: 'a test',
    reports: [],
    items: {
      ids,
      rowOf: new Map(ids.map((id, row) => [id, row])),
      titles: ids,
      brands: ids.map(() => ''),
      categories: ids.map(() => []),
      prices: ids.map(() => 1),
      isProduct: ids.map(() => true),
    },
    events: {
      users,
      offsets: Int32Array.from([...users.keys(), users.length], (at) => 2 * at),
      item: Int32Array.from(users.flatMap((user) => [2 * foldOf(user), 2 * foldOf(user) + 1])),
      kind: new Uint8Array(2 * users.length).fill(kindOf('purchase')),
      time: new Float64Array(2 * users.length).fill(1),
      value: new Float32Array(2 * users.length).fill(1),
    },
  };
  const vectors = ids.map(() => ({ q: new Float32Array(2) }));
  const { training, shipped } = fitTables(data, vectors, [0, 1, 2, 3], product);
  const seen = new Set<number>();
  for (const [user, name] of users.entries()) {
    const fold = foldOf(name);
    seen.add(fold);
    const own = training.vectorsFor(user);
    expect(own[2 * fold]!.neighbours ?? []).toEqual([]);
    expect(own[2 * fold]!.bias ?? 0).toBe(0);
    if (fold === 4) continue;
    const other = 2 * ((fold + 1) % 4);
    expect(own[other]!.neighbours).toHaveLength(1);
    expect(own[other]!.neighbours![0]![0]).toBe(ids[other + 1]);
    expect(own[other]!.bias).toBeGreaterThan(0);
  }
  expect(seen.size).toBe(5);
  expect(shipped.neighbours.map((list) => list.length)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
});

test('a shop’s model: its folder holds what training learned of the items, and serves it', {
  timeout: 120_000,
}, async () => {
  const out = await mkdtemp(join(tmpdir(), 'homebody-shop-'));
  try {
    // Fold 4 is all the sample has: it proves the path, its figures prove nothing.
    const folds = { trainFolds: [4], validationFolds: [4] };
    const options = { data: sample, out, embedder, hidden: 8, seed: 3, sampleUsers: 3, epochs: 1, ...folds };
    await train({ ...options, preset: 'shop' });
    const opened = await openModelFolder(out);
    expect(opened.model.manifest.features).toEqual(PRESETS.shop().features);
    const data = await readFolder(sample);
    const vectors = await folderVectors(opened, data.items, { embedder });
    const known = vectors.filter((vector) => vector.neighbours?.length);
    expect(known.length).toBeGreaterThan(vectors.length / 4);
    expect(known.every((vector) => vector.bias! > 0)).toBe(true);
  } finally {
    await rm(out, { recursive: true });
  }
});
