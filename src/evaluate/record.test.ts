import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mergeRecord, type RecordRow, readRecord, writeRecord } from './index';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homebody-record-'));
});
afterEach(() => rm(folder, { recursive: true }));

const row = (changes: Partial<RecordRow> = {}): RecordRow => ({
  data: 'shop',
  protocol: 'next-basket',
  slice: 'all',
  model: 'm',
  trainer: 'homebody train',
  seed: 1,
  metric: 'ndcg@10',
  value: 0.1,
  low: 0.05,
  high: 0.15,
  command: 'homebody evaluate --data shop',
  commit: 'abc',
  machine: 'one',
  seconds: 3,
  ...changes,
});

test('a figure that was taken again replaces the one before, in its place', () => {
  const rows = [row(), row({ slice: 'new' }), row({ seed: 2 })];
  const merged = mergeRecord(rows, [row({ slice: 'new', value: 0.9, machine: 'two' }), row({ settings: 'prior' })]);
  expect(merged.map(({ slice, seed, value, settings }) => [slice, seed, value, settings])).toEqual([
    ['all', 1, 0.1, undefined],
    ['new', 1, 0.9, undefined],
    ['all', 2, 0.1, undefined],
    ['all', 1, 0.1, 'prior'],
  ]);
});

test('writers at the same time lose nothing; a row is a line', async () => {
  const file = join(folder, 'deep', 'ranking.json');
  await Promise.all(Array.from({ length: 8 }, (_, seed) => writeRecord(file, [row({ seed })])));
  expect((await readRecord(file)).map(({ seed }) => seed).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(10);
  expect(await readdir(join(folder, 'deep'))).toEqual(['ranking.json']);
});

test('a lock that a dead process left does not stop the next one', async () => {
  const file = join(folder, 'ranking.json');
  await writeFile(`${file}.lock`, '');
  await utimes(`${file}.lock`, 1, 1);
  await writeRecord(file, [row()]);
  expect(await readRecord(file)).toEqual([row()]);
});

test('another file is not overwritten', async () => {
  const file = join(folder, 'ranking.json');
  await writeFile(file, '{"rows": []}');
  await expect(writeRecord(file, [row()])).rejects.toMatchObject({ code: 'invalid-input' });
  await writeFile(file, 'not JSON');
  await expect(writeRecord(file, [row()])).rejects.toMatchObject({ code: 'invalid-input' });
  expect(await readFile(file, 'utf8')).toBe('not JSON');
});
