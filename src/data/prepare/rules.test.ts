import { describe, expect, test, vi } from 'vitest';
import { HEADER, useScratch } from './scratch.fixture';

// Each run opens a database on the disk: slow where the machine is busy.
vi.setConfig({ testTimeout: 60_000 });
const { path, file, made, lines } = useScratch();

describe('what is left out', () => {
  test('k-core goes on until nothing changes', async () => {
    // C has two events, one of them b's: without b it has too few, and then a has too few.
    const rows = ['a,A', 'a,C', 'b,C', 'c,A', 'c,B', 'd,A', 'd,B'];
    await file('events.csv', HEADER + rows.map((row, at) => `${row},purchase,${at},\n`).join(''));
    const report = await made({ minUserEvents: 2, minItemEvents: 2 });
    expect((await lines('events.csv.gz')).map((line) => line.slice(0, 3))).toEqual(['c,A', 'c,B', 'd,A', 'd,B']);
    expect(report.dropped.core).toBe(3);
    expect(report.core.length).toBeGreaterThan(1);
    expect((await lines('items.csv.gz')).map((line) => line[0])).toEqual(['A', 'B']);
  });

  test('exact duplicates count once; rows without time, and orders of another number, are no duplicates', async () => {
    const content = 'user_id,item_id,event,timestamp_s,value,order_id\n';
    const rows = [
      'u,A,purchase,5,1,',
      'u,A,purchase,5,1,',
      'u,A,purchase,5,2,',
      'u,B,view_item,,,',
      'u,B,view_item,,,',
    ];
    rows.push('v,A,purchase,5,1,o1', 'v,A,purchase,99,1,o1', 'v,A,purchase,5,1,o2');
    await file('events.csv', `${content}${rows.join('\n')}\n`);
    expect((await made({})).dropped.duplicates).toBe(2);
    expect((await made({ duplicates: 'keep' })).result.events).toBe(8);
  });

  test('bot-like users are flagged by the rule, or dropped', async () => {
    const fast = Array.from({ length: 30 }, (_, at) => `fast,A,view_item,${6000 + at},\n`);
    const steady = Array.from({ length: 22 }, (_, at) => `steady,A,view_item,${86_400 + at * 3600},\n`);
    // An order of many lines is no haste.
    const order = Array.from({ length: 50 }, (_, at) => `shopper,A${at},purchase,7000,1\n`);
    await file('events.csv', HEADER + [...fast, ...steady, ...order].join(''));
    const botRules = { perMinute: 20 };
    const flagged = await made({ botRules });
    expect(flagged.bots).toEqual([
      { rule: 'hours-of-day', users: 1, events: 22 },
      { rule: 'per-minute', users: 1, events: 30 },
    ]);
    expect((await lines('events.csv.gz')).filter((line) => line.endsWith(',per-minute'))).toHaveLength(30);
    const dropped = await made({ botRules, bots: 'drop' });
    expect(dropped.dropped.bots).toBe(52);
    expect(dropped.result.users).toBe(1);
  });

  test('a gap of more than the session’s minutes begins a new session', async () => {
    await file('events.csv', HEADER + [0, 1800, 3601, 3602].map((time) => `u,A,view_item,${time},${time}\n`).join(''));
    await made({});
    expect((await lines('events.csv.gz')).map((line) => line.split(',')[5])).toEqual(['0', '0', '1', '1']);
  });

  test('every row is in exactly one place of the report', async () => {
    const rows = ['u,A,purchase,1,1', 'u,A,purchase,1,1', ',A,purchase,1,1', 'null,A,purchase,1,1', 'u,,purchase,1,1'];
    rows.push(
      'u,A,teleport,1,1',
      'u,A,page_view,1,1',
      'u,A,purchase,soon,1',
      'u,A,purchase',
      'u,A,purchase,2,many',
      'w,B,purchase,1,1',
    );
    await file('events.csv', `${HEADER}${rows.join('\n')}\n`);
    const report = await made({ minUserEvents: 2 });
    const rejected = report.rejected.reduce((sum, loss) => sum + loss.rows, 0);
    const { ignored, duplicates, bots, core } = report.dropped;
    expect([report.rows, rejected, ignored, duplicates, bots, core, report.result.events]).toEqual([
      11, 6, 1, 1, 0, 1, 2,
    ]);
    expect(report.remarks).toEqual({ 'bad-value': 1, 'old-time': 4 });
    expect((await lines('rejects.csv.gz')).map((line) => line.slice(path('events.csv').length + 1))).toEqual([
      '4,missing-user,,"A,purchase,1,1"',
      '5,missing-user,,"A,purchase,1,1"',
      '6,missing-item,,"u,purchase,1,1"',
      '7,unknown-event,teleport,"u,A,teleport,1,1"',
      '9,bad-time,,"u,A,purchase,soon,1"',
      '10,field-count,3 fields instead of 5,"u,A,purchase"',
    ]);
  });
});

describe('the catalogue', () => {
  test('is cleaned, completed by what events say, and lists what only events know last', async () => {
    await file('items.csv', 'sku,Name,Price\nA,"Pot, ""big""",NaN\nB,,-1\nA,Other,3\n,None,1\nC,Lid,2\n');
    await file(
      'events.csv',
      'user_id,item_id,event,title,price\nu,Z,view_item,Late,4\nu,B,view_item,Pan,7\nu,Z,view_item,Later,6\n',
    );
    const report = await made({ items: path('items.csv') });
    expect(await lines('items.csv.gz')).toEqual(['A,"Pot, ""big""",,,', 'B,Pan,,,7', 'C,Lid,,,2', 'Z,Later,,,5']);
    expect(report.catalogue).toMatchObject({ rows: 5, kept: 3, badPrices: 2 });
    expect(report.catalogue.rejected.map((loss) => [loss.reason, loss.line])).toEqual([
      ['duplicate-item', 4],
      ['missing-item', 5],
    ]);
    expect(report.result).toMatchObject({ unlistedItems: 1, unlistedEvents: 2, itemsWithoutEvents: 2 });
  });
});
