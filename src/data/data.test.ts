import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EVENT_NAMES } from '../domain';
import { describeReports, foldOf, readFolder, textOf } from './index';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homebody-data-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function read(items: string | Buffer, events: string | Buffer, names = ['items.csv', 'events.csv']) {
  await writeFile(join(folder, names[0]!), items);
  await writeFile(join(folder, names[1]!), events);
  return readFolder(folder);
}

const HEADER = 'user_id,item_id,event,timestamp_s,value\n';

describe('items', () => {
  test('quotes, commas, line breaks and a BOM are read as RFC 4180 says', async () => {
    const { items } = await read(
      '\ufeffitem_id,title,category,brand,price\r\nA,"Pot, ""big""",Kitchen|Pots,Acme,1.5\r\nB,"two\r\nlines",,,\r\n',
      HEADER,
    );
    expect(items.ids).toEqual(['A', 'B']);
    expect(items.titles).toEqual(['Pot, "big"', 'two\r\nlines']);
    expect(items.categories).toEqual([['Kitchen', 'Pots'], []]);
    expect(items.brands).toEqual(['Acme', '']);
    expect(items.prices).toEqual([1.5, Number.NaN]);
    expect(textOf(items, 0)).toBe('Pot, "big". Acme. Kitchen. Pots');
  });

  test('columns are found by name, in any order; absent ones are missing', async () => {
    const { items } = await read('price,extra,title,item_id\n2,x,Cup,A\n', HEADER);
    expect([items.ids[0], items.titles[0], items.prices[0], items.brands[0]]).toEqual(['A', 'Cup', 2, '']);
  });

  test('prices that are no price are missing and counted; titles may be empty; a repeated id counts once', async () => {
    const { items, reports } = await read(
      'item_id,title,price\nA,Cup,NaN\nB,,cheap\nC,Pan,-1\nD,Lid,Infinity\nA,Other,3\n,None,1\n',
      HEADER,
    );
    expect(items.ids).toEqual(['A', 'B', 'C', 'D']);
    expect(items.prices.every(Number.isNaN)).toBe(true);
    expect(items.titles[0]).toBe('Cup');
    expect(reports[0]).toMatchObject({
      rows: 6,
      kept: 4,
      problems: { 'bad-price': 4, 'empty-title': 1, 'duplicate-item': 1, 'missing-item': 1 },
      firstRow: { 'bad-price': 1, 'empty-title': 2, 'duplicate-item': 5, 'missing-item': 6 },
    });
  });

  test('a category that nearly all items share is left out of the text but still tells products from services', async () => {
    const rows = Array.from({ length: 19 }, (_, i) => `P${i},Thing ${i},product`).join('\n');
    const { items } = await read(`item_id,title,category\n${rows}\nPOST,Postage,service\n`, HEADER);
    expect(textOf(items, 0)).toBe('Thing 0');
    expect(textOf(items, 19)).toBe('Postage. service');
    expect(items.isProduct).toEqual([...Array(19).fill(true), false]);
  });

  test('without that pair of categories everything is a product', async () => {
    const { items } = await read('item_id,category\nA,Kitchen\nB,service\n', HEADER);
    expect(items.isProduct).toEqual([true, true]);
  });
});

describe('events', () => {
  const items = 'item_id,title\nA,Cup\nB,Pan\n';

  test('rows are grouped by user and ordered by time, ties as in the file', async () => {
    const { events } = await read(
      items,
      `${HEADER}u,A,purchase,20,1\nv,B,view_item,5,\nu,B,purchase,10,2\nu,A,cancel,20,-1\n`,
    );
    expect(events.users).toEqual(['u', 'v']);
    expect([...events.offsets]).toEqual([0, 3, 4]);
    expect([...events.item]).toEqual([1, 0, 0, 1]);
    expect([...events.time]).toEqual([10, 20, 20, 5]);
    expect([...events.kind].map((kind) => EVENT_NAMES[kind])).toEqual(['purchase', 'purchase', 'refund', 'view_item']);
    expect([...events.value]).toEqual([2, 1, -1, Number.NaN]);
  });

  test("the logs' own names are read; unknown ones are left out and counted", async () => {
    const { events, reports } = await read(
      items,
      `${HEADER}u,A,rating,1,4\nu,A,review,2,\nu,A,teleport,3,\nu,B,Purchase,4,\n`,
    );
    expect([...events.kind].map((kind) => EVENT_NAMES[kind])).toEqual(['rate', 'purchase', 'purchase']);
    expect(reports[1]!.problems).toEqual({ 'unknown-event': 1 });
    expect(describeReports(reports)[1]).toBe('events.csv: 4 rows, 1 unknown-event (first: row 3)');
  });

  test('where times are missing the order of the file stays, also for a user with some times', async () => {
    const { events } = await read(
      items,
      `${HEADER}u,B,review,,\nu,A,review,,\nv,A,review,9,\nv,B,review,,\nv,A,review,1,\n`,
    );
    expect([...events.item]).toEqual([1, 0, 0, 1, 0]);
    expect([...events.time]).toEqual([Number.NaN, Number.NaN, 9, Number.NaN, 1]);
  });

  test('a log without the columns for time and value is readable', async () => {
    const { events } = await read(items, 'event,item_id,user_id\npurchase,A,u\n');
    expect([events.time[0], events.value[0]]).toEqual([Number.NaN, Number.NaN]);
  });

  test('bad times are left out, bad values kept as missing, items without a row kept without text', async () => {
    const {
      events,
      items: table,
      reports,
    } = await read(
      items,
      `${HEADER}u,A,purchase,yesterday,1\nu,A,purchase,NaN,1\nu,A,purchase,1,many\nu,Z,purchase,2,1\n,A,purchase,3,1\nu,,purchase,3,1\n`,
    );
    expect([...events.time]).toEqual([1, 2]);
    expect(events.value[0]).toBeNaN();
    expect(table.ids).toEqual(['A', 'B', 'Z']);
    expect(textOf(table, 2)).toBe('');
    expect(reports[1]).toMatchObject({
      rows: 6,
      kept: 2,
      problems: { 'bad-time': 2, 'bad-value': 1, 'unlisted-item': 1, 'missing-user': 1, 'missing-item': 1 },
    });
  });

  test('a quote in the wrong place is text and costs no row; one that is never closed is an error', async () => {
    const { items: table } = await read('item_id,title\nA,5" pipe\nB,"a"b\nC,Cup\n', HEADER);
    expect(table.titles).toEqual(['5" pipe', '"a"b', 'Cup']);
    await expect(read(items, `${HEADER}u,A,purchase,1,1\nu,"B,purchase,2,1\n`)).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringContaining('damaged'),
    });
  });

  test('short rows have missing fields, blank lines are nothing', async () => {
    const { events, reports } = await read(items, `${HEADER}u,A,purchase\n\nu,B,purchase,7,1,extra\n`);
    expect([...events.time]).toEqual([Number.NaN, 7]);
    expect(reports[1]!.rows).toBe(2);
  });
});

describe('folders', () => {
  test('gzip is read by its ending', async () => {
    const { events, items } = await read(
      gzipSync('item_id,title\nA,Größe 38 – 日本\n'),
      gzipSync(`${HEADER}u,A,purchase,1,1\n`),
      ['items.csv.gz', 'events.csv.gz'],
    );
    expect(items.titles).toEqual(['Größe 38 – 日本']);
    expect(events.item.length).toBe(1);
  });

  test.each([
    ['an empty items file', '', HEADER, 'is empty'],
    ['no item_id', 'title\nCup\n', HEADER, 'has no column item_id'],
    ['no event', 'item_id\nA\n', 'user_id,item_id\nu,A\n', 'has no column event'],
  ])('%s is a typed error that says what to do', async (_, items, events, message) => {
    await expect(read(items, events)).rejects.toMatchObject({
      name: 'HomebodyError',
      code: 'invalid-input',
      message: expect.stringContaining(message),
      remedy: expect.stringContaining('item_id'),
    });
  });

  test('a missing file, a truncated gzip and an abort are typed errors', async () => {
    await expect(readFolder(folder)).rejects.toMatchObject({ code: 'invalid-input', remedy: expect.any(String) });
    const whole = gzipSync(`${HEADER}${'u,A,purchase,1,1\n'.repeat(5000)}`);
    await expect(
      read('item_id\nA\n', whole.subarray(0, whole.length / 2), ['items.csv', 'events.csv.gz']),
    ).rejects.toMatchObject({ code: 'invalid-input', message: expect.stringContaining('damaged') });
    await expect(readFolder(folder, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
  });
});

// Expected values: Python 3, `zlib.crc32(user_id.encode()) % 5`.
test.each([
  ['12346', 2],
  ['12349', 4],
  ['1', 3],
  ['customer-é', 0],
  ['日本', 1],
  ['', 0],
  ['😀', 1],
])('fold of %j is %i', (id, fold) => {
  expect(foldOf(id)).toBe(fold);
});
