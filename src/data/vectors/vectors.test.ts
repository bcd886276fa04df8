import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { writeSafetensors } from '../../model';
import { candidateVectors, embedItems, newCatalogue, packNeighbours, vectorOf } from '../catalogue';
import { CATALOGUE_FILES, readCatalogue, writeCatalogue } from '../catalogue-files';
import { readItems } from '../items';
import { type ModelFolder, openEmbedder, openModelFolder } from '../model-folder';
import { scanCatalogue, writeVectors } from './index';
import { planSafetensors } from './layout';

const universal = fileURLToPath(new URL('../../../public/models/universal', import.meta.url));
const ITEMS = 1300;
let work: string;
let opened: ModelFolder;
let csv: string;
const embedder = () => openEmbedder({ path: universal, embedderId: 'potion-base-2M' });

vi.setConfig({ testTimeout: 60_000 });

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'homebody-vectors-'));
  opened = await openModelFolder(universal);
  csv = join(work, 'items.csv');
  const lines = Array.from(
    { length: ITEMS },
    (_, i) => `i${i},thing ${i % 700} blue,all|kind ${i % 5},maker,${(i % 9) + 1}`,
  );
  await writeFile(csv, ['item_id,title,category,brand,price', ...lines, 'i3,again,,,', ',no id,,,'].join('\n'));
});
afterAll(() => rm(work, { recursive: true }));

const bytesIn = (folder: string) => Promise.all(CATALOGUE_FILES.map((name) => readFile(join(folder, name))));

test('a planned file is the file that is written at once', () => {
  const tensors = new Map([
    ['q', { dtype: 'I8' as const, shape: [3, 2], data: Int8Array.of(1, 2, 3, 4, 5, 6) }],
    ['nbr', { dtype: 'I32' as const, shape: [3, 1], data: Int32Array.of(-1, 0, 2) }],
    ['bias', { dtype: 'F32' as const, shape: [3], data: Float32Array.of(1, 2, 3) }],
  ]);
  const whole = Buffer.from(writeSafetensors(tensors));
  const { header, regions, size } = planSafetensors(tensors as never);
  const made = Buffer.alloc(size);
  Buffer.from(header).copy(made);
  for (const [name, { data }] of tensors) {
    const { start, row } = regions.get(name)!;
    const bytes = Buffer.from(data.buffer);
    for (let i = 0; i < 3; i += 1) bytes.subarray(i * row, (i + 1) * row).copy(made, start + i * row);
  }
  expect(made.equals(whole)).toBe(true);
});

test('streamed, the vectors are what they are in memory; JSONL gives the same', async () => {
  const scan = await scanCatalogue(csv);
  expect(scan.report.problems).toMatchObject({ 'duplicate-item': 1, 'missing-item': 1 });
  const out = join(work, 'streamed');
  expect(await writeVectors(opened, scan, { out, embedder })).toMatchObject({ items: ITEMS, resumed: 0, known: 0 });
  const { items } = await readItems(csv);
  const made = await embedder();
  const whole = join(work, 'whole');
  await mkdir(whole);
  await writeCatalogue(
    whole,
    newCatalogue(opened.model, items, candidateVectors(opened.model, await embedItems(items, made))),
  );
  const [streamed, once] = [await readCatalogue(out), await readCatalogue(whole)];
  expect(streamed).toEqual(once);
  expect((await bytesIn(out))[0]!.equals((await bytesIn(whole))[0]!)).toBe(true);
  expect(vectorOf(streamed, 7).median).toBe(items.prices.filter((_, i) => i % 5 === 2).sort((a, b) => a - b)[130]);

  const rows = items.ids.map((item_id, i) =>
    JSON.stringify({
      item_id,
      title: items.titles[i],
      category: ['all', `kind ${i % 5}`],
      brand: 'maker',
      price: (i % 9) + 1,
    }),
  );
  const jsonl = join(work, 'items.jsonl.gz');
  await writeFile(jsonl, gzipSync(`${rows.join('\n')}\nnot json\n`));
  const second = await scanCatalogue(jsonl);
  expect(second.report.problems).toEqual({ 'bad-row': 1 });
  const outJson = join(work, 'jsonl');
  await writeVectors(opened, second, { out: outJson, embedder });
  const [a, b] = [await bytesIn(out), await bytesIn(outJson)];
  expect(a.map((bytes, i) => bytes.equals(b[i]!))).toEqual([true, true]);
});

describe('interrupted', () => {
  test('it is taken up where the last whole chunk ended, and gives the same bytes', async () => {
    const scan = await scanCatalogue(csv);
    const out = join(work, 'resumed');
    const abort = new AbortController();
    const stopped = writeVectors(opened, scan, {
      out,
      embedder,
      signal: abort.signal,
      onProgress: () => abort.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
    await expect(readCatalogue(out)).rejects.toMatchObject({ code: 'invalid-input' });
    // What a kill in the middle of a write leaves: rubbish beyond the rows that were noted.
    const part = join(out, 'catalogue.safetensors.part');
    const torn = await readFile(part);
    torn.fill(0x55, torn.length - 64);
    await writeFile(part, torn);
    const result = await writeVectors(opened, scan, { out, embedder, resume: true });
    expect(result.resumed).toBe(1024);
    const [a, b] = [await bytesIn(out), await bytesIn(join(work, 'streamed'))];
    expect(a.map((bytes, i) => bytes.equals(b[i]!))).toEqual([true, true]);
  });

  test('what was made of another catalogue is not gone on with', async () => {
    const out = join(work, 'other');
    const abort = new AbortController();
    const scan = await scanCatalogue(csv);
    const options = { out, embedder, signal: abort.signal, onProgress: () => abort.abort() };
    await expect(writeVectors(opened, scan, options)).rejects.toMatchObject({ code: 'aborted' });
    const result = await writeVectors(opened, { ...scan, sha256: 'another' }, { out, embedder, resume: true });
    expect(result.resumed).toBe(0);
  });
});

test('a model that knows its items: their vectors, bias, and those neighbours that the catalogue has', async () => {
  const own = join(work, 'own.csv');
  await writeFile(own, 'item_id,title\nold,a thing\ni1,a thing\ni0,other\n');
  const { items } = await readItems(own);
  const made = candidateVectors(
    opened.model,
    [1, 2, 3].map((seed) => new Float32Array(64).fill(seed).fill(-1, seed * 9)),
  );
  const catalogue = {
    ...newCatalogue(opened.model, items, made),
    bias: Float32Array.of(9, 1, 2),
    repeat: Float32Array.of(3, -1, 0.5),
    neighbours: packNeighbours([
      [],
      [
        [0, 2],
        [2, 1],
      ],
      [],
    ]),
  };
  const out = join(work, 'known');
  const result = await writeVectors({ ...opened, catalogue }, await scanCatalogue(csv), { out, embedder });
  expect(result.known).toBe(2);
  const streamed = await readCatalogue(out);
  const first = vectorOf(streamed, 1);
  expect(first).toMatchObject({ q: made[1]!.q, e: made[1]!.e, bias: 1, repeat: -1 });
  expect(first.neighbours).toEqual([['i0', expect.closeTo(1, 1)]]);
  expect(vectorOf(streamed, 2)).toMatchObject({ bias: 0, repeat: 0, neighbours: [] });
});
