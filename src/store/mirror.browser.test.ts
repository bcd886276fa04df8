import { afterEach, expect, test } from 'vitest';
import type { LoggedEvent } from '../domain';
import { openBucket } from './bucket';
import { eraseStore, openStore } from './index';
import { IndexedDbStore } from './indexeddb';
import { MirroredStore } from './mirror';

const scope = 'mirror-test';
const event = (seq: number): LoggedEvent => ({
  id: `e${seq}`,
  seq,
  name: 'view_item',
  time: seq * 1000,
  utcOffset: 0,
  items: [{ id: `i${seq}` }],
});
const item = (id: string) => ({ id, facts: { id, title: id, categories: [] } });

afterEach(() => eraseStore(scope));

async function copyOf(): Promise<IndexedDbStore> {
  const copy = new IndexedDbStore({ scope }, await openBucket(scope));
  await copy.connect();
  return copy;
}

test('the log, the fact table and settings are kept twice, and what is deleted goes from both', async () => {
  const store = await openStore({ scope });
  await store.commit({ addEvents: [event(1), event(2)], putItems: [item('i1'), item('i2')] });
  await store.putSetting('paused', true);
  await store.commit({ deleteEvents: [1], deleteItems: ['i1'] });
  await store.close();
  const copy = await copyOf();
  expect(await copy.keys()).toEqual({ events: [2], items: ['i2'] });
  expect(await copy.settings()).toEqual([['paused', true]]);
  await copy.close();
});

test('a database that the browser found damaged comes back from the copy', async () => {
  const store = await openStore({ scope });
  await store.commit({ addEvents: [event(1), event(2)], putItems: [item('i1')] });
  await store.putSetting('paused', true);
  await store.close();

  const main = new IndexedDbStore({ scope }, indexedDB);
  await main.connect();
  await main.commit({ clear: true });
  main.damaged = 'checksum mismatch'; // as Chromium tells in the upgrade's event, with the database empty
  const again = new MirroredStore(main, await copyOf(), async () => undefined);
  expect(await again.reconcile()).toEqual({ restored: 2 });
  const { events, items } = await again.load();
  expect([events.map((each) => each.id), items.map((each) => each.id)]).toEqual([['e1', 'e2'], ['i1']]);
  expect(await again.setting('paused')).toBe(true);
  await again.close();
});

test('a copy that is behind, ahead or new is brought in line with the database', async () => {
  const main = new IndexedDbStore({ scope }, indexedDB);
  await main.connect();
  await main.commit({ addEvents: [event(1), event(2), event(3)], putItems: [item('i1')] });
  const copy = await copyOf();
  await copy.commit({ addEvents: [event(3), event(4)], putItems: [item('i9')] });
  const store = new MirroredStore(main, copy, async () => undefined);
  await store.reconcile();
  expect(await copy.keys()).toEqual({ events: [1, 2, 3], items: ['i1'] });
  await store.close();
});

test('erasing leaves neither the database nor the bucket', async () => {
  const store = await openStore({ scope });
  await store.commit({ addEvents: [event(1)] });
  await store.erase();
  expect((await indexedDB.databases()).map((each) => each.name)).not.toContain(`homebody-${scope}`);
  const { storageBuckets } = navigator as unknown as { storageBuckets: { keys(): Promise<string[]> } };
  expect(await storageBuckets.keys()).not.toContain(`homebody-${scope}`);
});
