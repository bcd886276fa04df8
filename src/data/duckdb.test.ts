import { expect, test } from 'vitest';
import { Database, identifier, literal } from './duckdb';

test('64-bit numbers are plain numbers, a stream gives all rows in order, names and texts are quoted', async () => {
  const database = await Database.open({ threads: 1 });
  try {
    const row = await database.one(
      `SELECT 9007199254740991 AS ${identifier('a "b"')}, ${literal("it's")} AS text, NULL AS none`,
    );
    expect(row).toEqual({ 'a "b"': 9_007_199_254_740_991, text: "it's", none: null });
    const seen: number[] = [];
    for await (const rows of database.stream('SELECT i FROM RANGE(10000) AS r(i)'))
      seen.push(...rows.map(([i]) => Number(i)));
    expect(seen).toEqual(Array.from({ length: 10_000 }, (_, i) => i));
    await expect(database.one('SELECT 1 WHERE false')).rejects.toMatchObject({ code: 'internal' });
  } finally {
    database.dispose();
  }
});

test('a signal ends a running statement', async () => {
  const abort = new AbortController();
  const database = await Database.open({ threads: 1, signal: abort.signal });
  try {
    const endless = database.run(
      'SELECT COUNT(*) FROM RANGE(10000000) AS a, RANGE(10000000) AS b WHERE HASH(a.range, b.range) = 1',
    );
    setTimeout(() => abort.abort(), 300);
    await expect(endless).rejects.toMatchObject({ code: 'aborted' });
    await expect(database.run('SELECT 1')).rejects.toMatchObject({ code: 'aborted' });
  } finally {
    database.dispose();
  }
}, 60_000);

test('it reaches no network: extensions are neither installed nor loaded on their own', async () => {
  const database = await Database.open({ threads: 1 });
  try {
    await expect(database.all("SELECT * FROM read_csv('https://localhost:9/log.csv')")).rejects.toThrow(/httpfs/);
  } finally {
    database.dispose();
  }
});

test('a long statement tells how far it is', async () => {
  const database = await Database.open({ threads: 1 });
  const shares: number[] = [];
  try {
    await database.run('CREATE TABLE t AS SELECT HASH(i) AS h FROM RANGE(3000000) AS r(i)');
    // However fast the machine: long enough for a few looks.
    while (shares.length === 0) {
      await database.run('SELECT COUNT(*) FROM (SELECT h, COUNT(*) FROM t GROUP BY h)', (share) => shares.push(share));
    }
  } finally {
    database.dispose();
  }
  for (const share of shares) expect(share > 0 && share <= 1).toBe(true);
}, 60_000);
