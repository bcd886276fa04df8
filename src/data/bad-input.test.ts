import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { HomebodyError } from '../domain';
import { type DataFolder, type PrepareInput, type PrepareReport, parseSettings, prepare, readFolder } from './index';

/**
 * The bad input of docs/prepare.md's table, each tried twice: read directly as `train` and `evaluate` do, and through
 * `prepare`. What must hold: a typed error with a remedy, or every bad row counted; never a crash, a silent loss, or
 * memory that grows with the input.
 */
vi.setConfig({ testTimeout: 120_000 });

const HEADER = 'user_id,item_id,event,timestamp_s,value\n';
const ITEMS = 'item_id,title,category,brand,price\nA,Cup,Kitchen,Acme,1\nB,Pan,Kitchen,Acme,2\n';
const GOOD = 'u,A,purchase,1600000000,1\nv,B,purchase,1600000001,1\n';
let folder: string;
let cases = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homebody-bad-input-'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Outcome {
  direct: DataFolder | HomebodyError;
  prepared: PrepareReport | HomebodyError;
  /** Lines of the rejects file: reason and line. */
  rejects: string[];
  /** What `prepare` wrote, read back. */
  read: DataFolder | undefined;
}

async function tried(
  events: string | Buffer,
  items: string | Buffer = ITEMS,
  more: { name?: string; settings?: Partial<PrepareInput> } = {},
): Promise<Outcome> {
  const data = join(folder, `case-${cases++}`);
  await mkdir(data);
  const name = more.name ?? 'events.csv';
  await writeFile(join(data, name), events);
  await writeFile(join(data, 'items.csv'), items);
  const direct = await readFolder(data).catch((error: HomebodyError) => error);
  const out = join(folder, `out-${cases}`);
  const settings = { events: join(data, name), items: join(data, 'items.csv'), out, threads: 1, ...more.settings };
  const prepared = await prepare(parseSettings(settings), { now: Date.UTC(2026, 0, 1) }).catch(
    (error: HomebodyError) => error,
  );
  if (prepared instanceof Error) return { direct, prepared, rejects: [], read: undefined };
  const text = gunzipSync(await readFile(join(out, 'rejects.csv.gz'))).toString();
  const rejects = text.trimEnd().split('\n').slice(1);
  return {
    direct,
    prepared,
    rejects: rejects.map((line) => line.split(',').slice(1, 3).join(' ')),
    read: await readFolder(out),
  };
}

const problems = (outcome: DataFolder | HomebodyError, file: 0 | 1 = 1) =>
  (outcome as DataFolder).reports[file]!.problems;
const refused = (message: string) => ({
  code: 'invalid-input',
  message: expect.stringContaining(message),
  remedy: expect.any(String),
});
const kept = (outcome: DataFolder | undefined) => outcome?.events.item.length;

test('missing columns are named, with those that are there', async () => {
  const { direct, prepared } = await tried('user_id,timestamp_s\nu,1\n');
  expect(direct).toMatchObject(refused('no column item_id, event'));
  expect(prepared).toMatchObject(refused('no column looks like item_id'));
  expect((prepared as HomebodyError).remedy).toContain('user_id, timestamp_s');
});

test('two columns of one name are refused', async () => {
  const { direct, prepared } = await tried('user_id,item_id,item_id,event\nu,A,B,purchase\n');
  expect(direct).toMatchObject(refused('two columns item_id'));
  expect(prepared).toMatchObject(refused('stands there twice'));
});

test('Latin-1 and UTF-16 lines in a UTF-8 file: their ids are never mixed up', async () => {
  const events = Buffer.concat([
    Buffer.from(HEADER + GOOD),
    Buffer.from('é,A,purchase,1600000002,1\nè,A,purchase,1600000003,1\n', 'latin1'),
    Buffer.from('w,B,purchase,1600000004,1\n', 'utf16le'),
    Buffer.from('\nx,B,purchase,1600000005,1\n'),
  ]);
  const items = Buffer.concat([Buffer.from(ITEMS), Buffer.from('C,Café,,,3\n', 'latin1')]);
  const { direct, rejects, read } = await tried(events, items);
  // The line after the UTF-16 ones begins with the NUL of their last line end.
  expect(problems(direct)['bad-encoding']).toBeGreaterThanOrEqual(2);
  expect((direct as DataFolder).events.users).toEqual(['u', 'v', 'x']);
  expect(problems(direct, 0)).toEqual({ 'garbled-title': 1 });
  expect(rejects.filter((line) => line.endsWith('bad-encoding')).slice(0, 3)).toEqual([
    '4 bad-encoding',
    '5 bad-encoding',
    '6 bad-encoding',
  ]);
  expect(read!.events.users).toEqual(['u', 'v', 'x']);
});

test('a whole file in another encoding is read when told, or by its mark', async () => {
  const text = `${HEADER}é,A,purchase,1600000002,1\n`;
  const latin = await tried(Buffer.from(text, 'latin1'), ITEMS, { settings: { encoding: 'latin1' } });
  expect(latin.read!.events.users).toEqual(['é']);
  const marked = await tried(Buffer.from(`\ufeff${text}`, 'utf16le'));
  expect(marked.read!.events.users).toEqual(['é']);
  expect((marked.direct as DataFolder).events.users).toEqual(['é']);
});

test('milliseconds and microseconds in a column of seconds are refused directly, and read by prepare', async () => {
  const rows = [
    'u,A,purchase,1600000000000,1',
    'u,B,purchase,1600000001000000,1',
    'v,A,purchase,1600000002,1',
    'v,B,purchase,2020-09-13T12:26:43Z,1',
  ];
  const { direct, prepared, read } = await tried(HEADER + rows.join('\n'));
  expect(problems(direct)).toEqual({ 'time-unit': 2, 'bad-time': 1 });
  expect([...read!.events.time]).toEqual([1_600_000_000, 1_600_000_001, 1_600_000_002, 1_600_000_003]);
  expect((prepared as PrepareReport).timeUnits).toEqual({ s: 1, ms: 1, us: 1, text: 1 });
  const all = await tried(`${HEADER}u,A,purchase,1600000000000,1\n`);
  expect(all.direct).toMatchObject(refused('No row of'));
  expect(kept(all.read)).toBe(1);
});

test('users whose rows lie apart, or in several files, are one user', async () => {
  const { direct, read } = await tried(`${HEADER}u,B,purchase,1600000009,1\n${GOOD}`);
  for (const data of [direct as DataFolder, read!]) {
    expect(data.events.users).toEqual(['u', 'v']);
    expect([...data.events.item]).toEqual([0, 1, 1]);
  }
});

test('users of one event stay, and are told', async () => {
  const { direct, prepared, read } = await tried(HEADER + GOOD);
  expect([kept(direct as DataFolder), kept(read)]).toEqual([2, 2]);
  expect((prepared as PrepareReport).result.oneEventUsers).toBe(2);
});

test('empty titles, NaN prices and an id twice: kept as missing, the first row counts', async () => {
  const items = 'item_id,title,price\nA,,NaN\nB,Pan,cheap\nB,Pot,3\nC,Lid,-1\nD,Cup,1e999\n';
  const { direct, prepared, rejects, read } = await tried(HEADER + GOOD, items);
  expect(problems(direct, 0)).toEqual({ 'empty-title': 1, 'bad-price': 4, 'duplicate-item': 1 });
  expect((prepared as PrepareReport).catalogue.badPrices).toBe(4);
  expect((prepared as PrepareReport).result).toMatchObject({ itemsWithoutTitle: 1, itemsWithoutPrice: 4 });
  expect(rejects).toEqual(['4 duplicate-item']);
  for (const data of [direct as DataFolder, read!]) {
    expect(data.items.titles).toEqual(['', 'Pan', 'Lid', 'Cup']);
    expect(data.items.prices.every(Number.isNaN)).toBe(true);
  }
});

test('a catalogue that misses a tenth of the items: their events stay, the items have no text', async () => {
  const ids = Array.from({ length: 20 }, (_, at) => `P${at}`);
  const items = `item_id,title\n${ids
    .slice(2)
    .map((id) => `${id},Thing ${id}`)
    .join('\n')}\n`;
  const events = HEADER + ids.map((id, at) => `u,${id},purchase,${1_600_000_000 + at},1\n`).join('');
  const { direct, prepared, read } = await tried(events, items);
  expect(problems(direct)).toEqual({ 'unlisted-item': 2 });
  expect((prepared as PrepareReport).result).toMatchObject({
    unlistedItems: 2,
    unlistedEvents: 2,
    itemsWithoutTitle: 2,
  });
  expect([kept(direct as DataFolder), kept(read)]).toEqual([20, 20]);
});

test('a byte-order mark, CRLF and blank lines are nothing', async () => {
  const text = `\ufeff${HEADER}\n${GOOD}`.replaceAll('\n', '\r\n');
  const { direct, read } = await tried(text, `\ufeff${ITEMS}`.replaceAll('\n', '\r\n'));
  for (const data of [direct as DataFolder, read!]) {
    expect([kept(data), data.items.titles, data.items.prices]).toEqual([2, ['Cup', 'Pan'], [1, 2]]);
  }
});

test('a quote that is never closed: an error directly; in prepare it costs its line', async () => {
  const { direct, rejects, read } = await tried(
    `${HEADER}u,"A,purchase,1600000000,1\n${GOOD}w,B,purchase,1600000001,1\n`,
  );
  expect(direct).toMatchObject(refused('damaged'));
  expect(rejects).toEqual(['2 unclosed-quote']);
  expect(kept(read)).toBe(3);
});

test('a truncated gzip is refused; what can be read of it is read when told, and said', async () => {
  const rows = Array.from(
    { length: 20_000 },
    (_, at) => `u${at % 997},A,purchase,${1_600_000_000 + at * 7},${at % 5}\n`,
  );
  const whole = gzipSync(HEADER + rows.join(''));
  const half = whole.subarray(0, whole.length / 2);
  const { direct, prepared } = await tried(half, ITEMS, { name: 'events.csv.gz' });
  expect(direct).toMatchObject(refused('damaged'));
  expect(prepared).toMatchObject(refused('damaged'));
  const told = await tried(half, ITEMS, { name: 'events.csv.gz', settings: { damaged: 'keep' } });
  expect((told.prepared as PrepareReport).files[0]!.damaged).toContain('damaged');
  expect(told.rejects.at(0)).toBe('0 damaged-file');
  expect(kept(told.read)).toBeGreaterThan(1000);
});

test('an empty file, one of a header alone, and one of nothing but bad rows are refused', async () => {
  expect((await tried('')).direct).toMatchObject(refused('is empty'));
  expect((await tried('')).prepared).toMatchObject(refused('nothing in it'));
  expect((await tried(HEADER)).prepared).toMatchObject(refused('No row is left of 0'));
  const bad = await tried(`${HEADER},A,purchase,1,1\nu,A,teleport,1,1\n`);
  expect(bad.direct).toMatchObject(refused('1 missing-user, 1 unknown-event'));
  expect(bad.prepared).toMatchObject(refused('1 missing-user'));
});

describe('paths', () => {
  const run = (events: string) =>
    prepare(parseSettings({ events, out: join(folder, 'nowhere'), threads: 1 }), { now: 0 }).catch(
      (error: HomebodyError) => error,
    );

  test('a glob that matches nothing, a folder without logs, a file of no known kind, Parquet that is none', async () => {
    await mkdir(join(folder, 'empty'));
    await writeFile(join(folder, 'log.xlsx'), 'PK');
    await writeFile(join(folder, 'log.parquet'), 'PAR1 but not really');
    expect(await run(join(folder, 'no-*.csv'))).toMatchObject(refused('No file is meant by'));
    expect(await run(join(folder, 'empty'))).toMatchObject(refused('No file is meant by'));
    expect(await run(join(folder, 'log.xlsx'))).toMatchObject(refused('no known format'));
    expect(await run(join(folder, 'log.parquet'))).toMatchObject(refused('no Parquet file'));
  });

  test('a folder in place of a file is an error of the direct reader', async () => {
    const data = join(folder, 'folders');
    await mkdir(join(data, 'events.csv'), { recursive: true });
    await writeFile(join(data, 'items.csv'), ITEMS);
    await expect(readFolder(data)).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(readFolder(join(data, 'items.csv'))).rejects.toMatchObject({ code: 'invalid-input' });
  });
});

/** Bytes of the long line; HOMEBODY_LONG_LINE=1073741824 tries a whole gibibyte. */
const LONG = Number(process.env.HOMEBODY_LONG_LINE ?? 64 << 20);

test(`a line of ${LONG >> 20} MiB is one reject, in memory that does not grow with it`, async () => {
  const path = join(folder, 'long.csv');
  const file = createWriteStream(path);
  const piece = Buffer.alloc(1 << 20, 'x');
  file.write(`${HEADER}u,A,purchase,1600000000,1\nu,`);
  for (let written = 0; written < LONG; written += piece.length) {
    if (!file.write(piece)) await once(file, 'drain');
  }
  file.end(`,purchase,1600000001,1\n${GOOD}`);
  await finished(file);
  const before = process.memoryUsage();
  let peak = 0;
  const watch = setInterval(() => {
    const { external, heapUsed } = process.memoryUsage();
    peak = Math.max(peak, external + heapUsed);
  }, 5);
  const report = await prepare(parseSettings({ events: path, out: join(folder, 'long'), threads: 1 }), {
    now: Date.UTC(2026, 0, 1),
  });
  const data = await mkdir(join(folder, 'long-data')).then(() => join(folder, 'long-data'));
  await writeFile(join(data, 'items.csv'), ITEMS);
  await rename(path, join(data, 'events.csv'));
  await expect(readFolder(data)).rejects.toMatchObject({ code: 'invalid-input' });
  clearInterval(watch);
  expect(report.rejected).toMatchObject([{ reason: 'line-too-long', rows: 1, line: 3 }]);
  expect(report.result.events).toBe(2);
  expect(peak - before.external - before.heapUsed).toBeLessThan(48 << 20);
});
