import 'fake-indexeddb/auto';
import { type IDBPDatabase, openDB } from 'idb';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { LoggedEvent } from '../domain';
import { eraseStore, MemoryStore, openStore, SCHEMA_VERSION, type Store } from './index';

let scopes = 0;
const scope = () => `test-${++scopes}`;
const event = (seq: number, time = seq * 1000, id = `e${seq}`): LoggedEvent => ({
  id,
  seq,
  name: 'view_item',
  time,
  utcOffset: 60,
  items: [{ id: `i${seq}` }],
});
const checkpoint = (seq: number, time = seq * 1000) => ({
  time,
  seq,
  count: seq,
  model: 'm',
  fingerprint: 'f',
  state: Uint8Array.of(seq),
});
const embedding = (text: string, n = 1) => ({ model: 'm', text, vector: Float32Array.of(n), at: n });
afterEach(() => vi.restoreAllMocks());

const kinds: [string, () => Promise<Store>][] = [
  ['IndexedDB', () => openStore({ scope: scope(), maxEmbeddings: 10 })],
  ['memory', async () => new MemoryStore(10)],
];

describe.each(kinds)('a store in %s', (_name, open) => {
  test('keeps the log in (time, seq) order, not in order of arrival', async () => {
    const store = await open();
    await store.commit({ addEvents: [event(1, 5000), event(2, 1000), event(3, 5000)] });
    expect((await store.load()).events.map((e) => e.seq)).toEqual([2, 1, 3]);
    await store.close();
  });

  test('a change is atomic: a repeated id refuses all of it', async () => {
    const store = await open();
    await store.commit({ addEvents: [event(1)] });
    const twice = store.commit({
      addEvents: [event(2), event(3, 3000, 'e1')],
      putItems: [{ id: 'x', facts: { id: 'x', title: 'X', categories: [] } }],
    });
    await expect(twice).rejects.toMatchObject({ code: 'storage-write-failed' });
    const { events, items } = await store.load();
    expect([events.length, items.length]).toEqual([1, 0]);
    await store.close();
  });

  test('drops checkpoints from a position on and nothing before it', async () => {
    const store = await open();
    await store.commit({ putCheckpoints: [1, 2, 3].map((n) => checkpoint(n)) });
    await store.commit({ dropCheckpointsFrom: [2000, 2] });
    expect((await store.load()).checkpoints).toEqual([checkpoint(1)]);
    await store.commit({ putCheckpoints: [checkpoint(4)], deleteCheckpoints: [[1000, 1]] });
    expect((await store.load()).checkpoints).toEqual([checkpoint(4)]);
    await store.close();
  });

  test('bounds the cache of embeddings and forgets a text', async () => {
    const store = await open();
    for (let n = 0; n < 30; n++) await store.putEmbeddings([embedding(`t${n}`, n)]);
    expect(await store.embeddings('m', ['t29', 't0'])).toEqual([Float32Array.of(29), undefined]);
    await store.commit({ deleteTexts: ['t29'] });
    expect(await store.embeddings('m', ['t29'])).toEqual([undefined]);
    await store.close();
  });

  test('clear leaves nothing of what was there, but settings', async () => {
    const store = await open();
    await store.putSetting('consent', 'granted');
    await store.putEmbeddings([embedding('old')]);
    await store.commit({ addEvents: [event(1)], putCheckpoints: [checkpoint(1)] });
    await store.commit({ clear: true, addEvents: [event(7)] });
    expect(await store.load()).toEqual({ events: [event(7)], items: [], checkpoints: [] });
    expect(await store.embeddings('m', ['old'])).toEqual([undefined]);
    expect(await store.setting('consent')).toBe('granted');
    await store.close();
  });
});

test('what arrives together shares a transaction, and nothing waits for a timer', async () => {
  const store = await openStore({ scope: scope() });
  const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction');
  await Promise.all(Array.from({ length: 50 }, (_, n) => store.commit({ addEvents: [event(n + 1)] })));
  expect(transaction.mock.calls.length).toBe(1);
  expect(transaction.mock.calls[0]![2]).toEqual({ durability: 'strict' });
  await store.close();
});

test('one bad change in a group fails alone', async () => {
  const store = await openStore({ scope: scope() });
  await store.commit({ addEvents: [event(1)] });
  const results = await Promise.allSettled([
    store.commit({ addEvents: [event(2)] }),
    store.commit({ addEvents: [event(3, 3000, 'e1')] }),
    store.commit({ addEvents: [event(4)] }),
  ]);
  expect(results.map((r) => r.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect((await store.load()).events.map((e) => e.seq)).toEqual([1, 2, 4]);
  await store.close();
});

const openVersion1 = (name: string): Promise<IDBPDatabase> =>
  openDB(`homebody-${name}`, 1, {
    upgrade(db) {
      db.createObjectStore('events', { keyPath: 'seq' }).createIndex('id', 'id', { unique: true });
      db.createObjectStore('items', { keyPath: 'id' });
      db.createObjectStore('settings');
    },
  });

test('a version 1 database made by hand is migrated with its rows', async () => {
  const name = scope();
  const old = await openVersion1(name);
  await old.put('events', event(1, 9000));
  await old.put('events', event(2, 4000));
  await old.put('items', { id: 'i1', facts: { id: 'i1', title: 'One', categories: ['a'] } });
  await old.put('settings', 'granted', 'consent');
  old.close();
  const store = await openStore({ scope: name });
  const { events, items, checkpoints } = await store.load();
  expect(events.map((e) => e.seq)).toEqual([2, 1]);
  expect(items).toHaveLength(1);
  expect(checkpoints).toEqual([]);
  expect(await store.setting('consent')).toBe('granted');
  await store.putEmbeddings([embedding('t')]);
  await store.close();
  const again = await openDB(`homebody-${name}`);
  expect(again.version).toBe(SCHEMA_VERSION);
  again.close();
});

test('an older tab that does not let go blocks with a typed error; once it lets go, opening works', async () => {
  const name = scope();
  const old = await openVersion1(name);
  const blocked = openStore({ scope: name, blockedTimeout: 20 });
  await expect(blocked).rejects.toMatchObject({ code: 'storage-blocked' });
  old.close();
  const store = await openStore({ scope: name });
  expect((await store.load()).events).toEqual([]);
  await store.close();
});

test('lets go when a newer version or a deletion asks for the database, and never recreates an erased one', async () => {
  const lost: string[] = [];
  const name = scope();
  const store = await openStore({ scope: name, onLost: (why) => lost.push(why) });
  await eraseStore(name);
  expect(lost).toEqual(['erased']);
  await expect(store.commit({ addEvents: [event(1)] })).rejects.toMatchObject({ code: 'storage-unavailable' });
  expect((await indexedDB.databases()).map((d) => d.name)).not.toContain(`homebody-${name}`);
});

test('an aborted transaction is storage-write-failed, and the next write works', async () => {
  const store = await openStore({ scope: scope() });
  const add = vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementationOnce(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  await expect(store.commit({ addEvents: [event(1)] })).rejects.toMatchObject({
    code: 'storage-write-failed',
    message: expect.stringContaining('QuotaExceededError'),
  });
  add.mockRestore();
  await store.commit({ addEvents: [event(2)] });
  expect((await store.load()).events.map((e) => e.seq)).toEqual([2]);
  await store.close();
});

test('erase deletes the database itself', async () => {
  const name = scope();
  const store = await openStore({ scope: name });
  await store.commit({ addEvents: [event(1)] });
  await store.erase();
  expect((await indexedDB.databases()).map((d) => d.name)).not.toContain(`homebody-${name}`);
});
