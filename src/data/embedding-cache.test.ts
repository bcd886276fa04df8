import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fileCache } from './embedding-cache';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'embeddings-'));
});
afterEach(() => rm(folder, { recursive: true }));

const row = (text: string, ...values: number[]) => ({ model: 'minilm@int8', text, vector: Float32Array.from(values) });

test('what one run keeps the next one finds, bit for bit, also of texts that are not Latin', async () => {
  const texts = ['candle', '', 'ろうそく 🕯', 'a\nline'];
  await fileCache(folder).put(texts.map((text, i) => row(text, i, Math.fround(0.1), -0)));
  const found = await fileCache(folder).get('minilm@int8', [...texts, 'unknown']);
  expect(found.map((vector) => vector && [...vector])).toEqual([
    ...texts.map((_, i) => [i, Math.fround(0.1), -0]),
    undefined,
  ]);
  expect(await fileCache(folder).get('other@q8', texts)).toEqual(texts.map(() => undefined));
});

test('a record that a killed run left in the middle is cut off, and the text kept again', async () => {
  await fileCache(folder).put([row('whole', 1, 2)]);
  const [name] = await readdir(folder);
  const whole = await readFile(join(folder, name!));
  await appendFile(join(folder, name!), whole.subarray(0, whole.length - 3));
  const cache = fileCache(folder);
  expect(await cache.get('minilm@int8', ['whole'])).toEqual([Float32Array.of(1, 2)]);
  await cache.put([row('next', 3, 4), row('whole', 1, 2)]);
  expect(await fileCache(folder).get('minilm@int8', ['whole', 'next'])).toEqual([
    Float32Array.of(1, 2),
    Float32Array.of(3, 4),
  ]);
});

test('many at once are kept one after the other', async () => {
  const cache = fileCache(folder);
  const rows = Array.from({ length: 50 }, (_, i) => row(`text ${i}`, i, i / 3));
  await Promise.all(rows.map((one) => cache.put([one])));
  const found = await fileCache(folder).get(
    'minilm@int8',
    rows.map(({ text }) => text),
  );
  expect(found).toEqual(rows.map(({ vector }) => vector));
});
