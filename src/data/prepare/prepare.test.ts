import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { EVENT_NAMES } from '../../domain';
import { Database } from '../duckdb';
import { readFolder } from '../folder';
import { parseSettings, prepare } from './index';
import { HEADER, NOW, useScratch } from './scratch.fixture';

// Each run opens a database on the disk: slow where the machine is busy.
vi.setConfig({ testTimeout: 60_000 });
const { path, file, made, lines } = useScratch();

describe('columns and names', () => {
  test('usual names of columns and events are known, told ones go before', async () => {
    await file(
      'events.csv',
      'CustomerID;StockCode;Action;InvoiceDate;Quantity\nu;A;buy;2011-01-01 10:00;2\nu;B;look;2011-01-01T11:00Z;\n',
    );
    const report = await made({ eventNames: { look: 'view_item' } });
    expect(await lines('events.csv.gz')).toEqual(['u,A,purchase,1293876000,2,0,', 'u,B,view_item,1293879600,,1,']);
    expect(report.files[0]!.columns).toMatchObject({
      user_id: 'CustomerID',
      timestamp: 'InvoiceDate',
      value: 'Quantity',
    });
    expect(report.names).toContainEqual({ name: 'look', event: 'view_item', rows: 1 });
  });

  test('a log without an event column is read as told; a negative quantity is a refund', async () => {
    await file('events.csv', 'user,item,qty\nu,A,2\nu,A,-2\n');
    const report = await made({ event: 'purchase' });
    expect(await lines('events.csv.gz')).toEqual(['u,A,purchase,,2,,', 'u,A,refund,,-2,,']);
    expect(report.remarks).toEqual({ 'negative-purchase': 1 });
  });

  test.each([
    ['a column that is missing', 'user_id,event\nu,purchase\n', {}, 'no column looks like item_id'],
    [
      'a told column that is not there',
      `${HEADER}u,A,purchase,1,1\n`,
      { columns: { user_id: 'who' } },
      'no column "who"',
    ],
    ['a column that stands twice', 'user_id,item_id,item_id,event\nu,A,B,purchase\n', {}, 'stands there twice'],
  ])('%s ends the run with the columns that are there', async (_, content, settings, message) => {
    await file('events.csv', content);
    await expect(made(settings)).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringContaining(message),
      remedy: expect.any(String),
    });
    expect(await readdir(path('.'))).toEqual(['events.csv']);
  });
});

describe('times', () => {
  test('seconds, milliseconds, microseconds, dates and ISO texts become the same seconds', async () => {
    const times = ['1700000000', '1700000000000', '1700000000000000', '1700000000000000000', '2023-11-14T22:13:20Z'];
    times.push(
      '2023-11-15 00:13:20+02:00',
      '2023-11-14 22:13:20',
      '20231114T221320Z',
      '20231114221320',
      '1700000000.25',
      '20231114',
    );
    await file('events.csv', HEADER + times.map((time, at) => `u${at},A,purchase,${time},\n`).join(''));
    const report = await made({});
    const seconds = (await lines('events.csv.gz')).map((line) => line.split(',')[3]);
    expect(seconds).toEqual([...Array(9).fill('1700000000'), '1700000000.25', '1699920000']);
    expect(report.timeUnits).toEqual({ s: 2, ms: 1, us: 1, ns: 1, text: 4, yyyymmdd: 1, yyyymmddhhmmss: 1 });
  });

  test('a pattern and a time zone are heeded; what fits neither is rejected', async () => {
    await file('events.csv', `${HEADER}u,A,purchase,01/07/2011 10:00,\nu,B,purchase,yesterday,\nu,C,purchase,NaN,\n`);
    const report = await made({ timeFormat: '%d/%m/%Y %H:%M', timeZone: 'Europe/Berlin' });
    expect(await lines('events.csv.gz')).toContain(`u,A,purchase,${Date.UTC(2011, 6, 1, 8) / 1000},,,`);
    expect(report.rejected).toEqual([{ reason: 'bad-time', rows: 1, file: path('events.csv'), line: 3 }]);
  });

  test('an unknown time zone is an error with a remedy', async () => {
    await file('events.csv', `${HEADER}u,A,purchase,1,\n`);
    await expect(made({ timeZone: 'Mars/Olympus' })).rejects.toMatchObject({ code: 'invalid-input' });
  });

  test('where a time is missing the user keeps the order of the files', async () => {
    await file('a.csv', `${HEADER}u,B,review,,\nv,A,review,9,\nv,B,review,,\n`);
    await file('b.csv', `${HEADER}u,A,review,,\nv,C,review,1,\nw,B,review,5,\nw,A,review,4,\n`);
    await made({ events: [path('a.csv'), path('b.csv')] });
    expect((await lines('events.csv.gz')).map((line) => line.split(',').slice(0, 2).join(''))).toEqual([
      'uB',
      'uA',
      'vA',
      'vB',
      'vC',
      'wA',
      'wB',
    ]);
  });
});

describe('formats', () => {
  const ga4 = (name: string, time: number, items: object[], more: object = {}) =>
    JSON.stringify({
      event_date: '20231114',
      event_timestamp: String(time),
      event_name: name,
      user_pseudo_id: '1.2',
      items,
      ...more,
    });

  test('GA4’s export: nested items, microseconds, orders that were sent twice, revenue', async () => {
    const cup = {
      item_id: 'A',
      item_name: 'Cup',
      item_brand: 'Acme',
      item_category: 'Kitchen',
      item_category2: 'Cups',
      price: 3.5,
      quantity: '2',
    };
    const pan = { item_id: 'B', item_name: 'Pan', item_brand: '(not set)', price: '9', quantity: 1 };
    const order = { ecommerce: { transaction_id: 'T1', purchase_revenue: 16 } };
    await file(
      'ga/events_20231114.jsonl',
      [
        ga4('page_view', 1_700_000_000_000_000, []),
        ga4('view_item', 1_700_000_001_000_000, [cup]),
        ga4('purchase', 1_700_000_002_500_000, [cup, pan], order),
        ga4('purchase', 1_700_000_009_000_000, [cup, pan], order),
        ga4('view_item', 1_700_000_010_000_000, []),
        ga4('view_item', 1_700_000_011_000_000, [pan], { user_pseudo_id: null }),
        '{"event_name": "view_item", ',
      ].join('\n'),
    );
    const report = await made({ events: path('ga') });
    expect(await lines('events.csv.gz')).toEqual([
      '1.2,A,view_item,1700000001,2,0,',
      '1.2,A,purchase,1700000002.5,2,0,',
      '1.2,B,purchase,1700000002.5,1,0,',
    ]);
    expect(await lines('items.csv.gz')).toEqual(['A,Cup,Kitchen|Cups,Acme,3.5', 'B,Pan,,,9']);
    expect(report.files[0]!.shape).toBe('ga4');
    expect(report.dropped).toMatchObject({ ignored: 1, duplicates: 2 });
    // The order that was sent twice counts once.
    expect(report.result.revenue).toBe(16);
    expect(report.rejected.map((loss) => [loss.reason, loss.line])).toEqual([
      ['bad-json', 7],
      ['missing-item', 5],
      ['missing-user', 6],
    ]);
  });

  test('GA4’s export in Parquet, its lists as Parquet’s and as BigQuery’s', async () => {
    const database = await Database.open({ threads: 1 });
    const item = "{'item_id': 'A', 'item_name': 'Cup', 'price': 3.5, 'quantity': 1}";
    const query = (
      items: string,
    ) => `COPY (SELECT 'view_item' AS event_name, 1700000000000000 AS event_timestamp, 'p' AS user_pseudo_id,
      {'purchase_revenue': NULL::DOUBLE, 'transaction_id': NULL::VARCHAR} AS ecommerce, ${items} AS items)`;
    await mkdir(path('ga'));
    await database.run(`${query(`[${item}]`)} TO '${path('ga/a.parquet')}' (FORMAT parquet)`);
    await database.run(
      `${query(`{'list': [{'element': ${item}}, {'element': ${item.replace("'A'", "'B'")}}]}`)} TO '${path('ga/b.parquet')}' (FORMAT parquet)`,
    );
    database.dispose();
    await made({ events: join(path('ga'), '*.parquet') });
    expect((await lines('events.csv.gz')).map((line) => line.slice(0, 28))).toEqual([
      'p,A,view_item,1700000000,1,0',
      'p,B,view_item,1700000000,1,0',
    ]);
  });

  test('JSON lines with nested columns; Parquet in and out, read back as CSV is', async () => {
    await file(
      'events.jsonl',
      '{"who":{"id":7},"item_id":"A","event":"view","ts":1700000000123}\n{"who":{"id":7},"item_id":"B","event":"view","ts":1700000001000}\n[1]\n',
    );
    const settings = { events: path('events.jsonl'), columns: { user_id: 'who.id' } };
    const report = await made({ ...settings, to: 'parquet' });
    expect(report.rejected).toMatchObject([{ reason: 'bad-json', line: 3 }]);
    const parquet = await readFolder(path('out'));
    await made({ events: join(path('out'), 'events.parquet'), out: path('again') });
    const csv = await readFolder(path('again'));
    expect(csv.events).toEqual(parquet.events);
    expect([csv.events.users, [...csv.events.time]]).toEqual([['7'], [1_700_000_000.123, 1_700_000_001]]);
  });

  test('gzip, tabs, several files and globs; a header in another order', async () => {
    await file('logs/b.tsv.gz', gzipSync('event\titem_id\tuser_id\nview_item\tB\tu\n'));
    await file('logs/a.csv', 'user_id,item_id,event\nu,A,view_item\n');
    await file('logs/notes.md', 'not a log');
    const report = await made({ events: [path('logs'), path('logs/*.csv')] });
    expect(report.files.map((one) => one.path)).toEqual([path('logs/a.csv'), path('logs/b.tsv.gz')]);
    expect(await lines('events.csv.gz')).toEqual(['u,A,view_item,,,,', 'u,B,view_item,,,,']);
  });
});

test('names of events are found whatever their case, spaces and hyphens; paths are no patterns where they are files', async () => {
  await file('[1]/e*.csv', 'user,item,event\nu,A,Add to Cart\nu,B,PRODUCT-VIEWED\nu,C,Big Bang\n');
  await made({ events: path('[1]/e*.csv'), eventNames: { 'Big Bang': 'like' }, out: path('[1]/out'), to: 'parquet' });
  const { events } = await readFolder(path('[1]/out'));
  expect([...events.kind].map((kind) => EVENT_NAMES[kind])).toEqual(['add_to_cart', 'view_item', 'like']);
});

test('the number of threads changes nothing; an empty file among others is told', async () => {
  const rows = Array.from(
    { length: 60_000 },
    (_, at) => `u${(at * 7919) % 1000},A${at % 77},view_item,${at >> 2},${at % 3}\n`,
  );
  await file('events.csv', HEADER + rows.join(''));
  const events = [path('events.csv'), await file('none.csv', '')];
  const one = await made({ events, threads: 1 });
  const four = await made({ events, threads: 4, out: path('four') });
  expect(one.files[1]).toMatchObject({ rows: 0, kept: 0 });
  expect({ ...four, seconds: 0, settings: 0 }).toEqual({ ...one, seconds: 0, settings: 0 });
  const [a, b] = await Promise.all([readFolder(path('out')), readFolder(path('four'))]);
  expect(b.events).toEqual(a.events);
});

test('too little memory is an error that says what to do', async () => {
  const rows = Array.from({ length: 100_000 }, (_, at) => `user-number-${at},item-number-${at},view_item,${at},\n`);
  await file('events.csv', HEADER + rows.join(''));
  await expect(made({ memory: '5MB' })).rejects.toMatchObject({ remedy: expect.stringContaining('--memory') });
});

describe('the output', () => {
  test('appears whole or not at all; what an earlier run wrote is replaced, nothing else', async () => {
    await file('events.csv', `${HEADER}u,A,purchase,1,1\n`);
    await made({});
    await made({ to: 'parquet' });
    expect((await readdir(path('out'))).sort()).toEqual([
      'events.parquet',
      'items.parquet',
      'rejects.csv.gz',
      'report.json',
      'report.md',
    ]);
    await file('out/mine.txt', 'precious');
    await expect(made({})).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringContaining('did not write'),
    });
    expect(await readdir(path('.'))).toEqual(['events.csv', 'out']);
  });

  test('an interrupted run leaves nothing behind', async () => {
    const rows = Array.from({ length: 200_000 }, (_, at) => `u${at % 100},A${at % 999},view_item,${at},\n`);
    await file('events.csv', HEADER + rows.join(''));
    const settings = parseSettings({ events: path('events.csv'), out: path('out'), threads: 1 });
    for (const phase of ['Reading', 'Duplicates', 'Writing']) {
      const abort = new AbortController();
      const onProgress = (at: string): void => {
        if (at === phase) abort.abort();
      };
      await expect(prepare(settings, { now: NOW, signal: abort.signal, onProgress })).rejects.toMatchObject({
        code: 'aborted',
      });
      expect(await readdir(path('.'))).toEqual(['events.csv']);
    }
  });
});

test('settings that are wrong are named', () => {
  expect(() => parseSettings({ events: 'a', out: 'b', timeUnit: 'weeks' })).toThrow('timeUnit');
  expect(() => parseSettings({ events: 'a', out: 'b', eventNames: { buy: 'bought' } })).toThrow('eventNames.buy');
  expect(() => parseSettings({ events: 'a', out: 'b', colums: {} })).toThrow('colums');
});
