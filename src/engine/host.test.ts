import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { LstmExecutor } from '../model';
import { createExecutor } from '../model';
import { databaseName } from '../store';
import { Host } from './host';
import type { EngineOptions } from './protocol';
import {
  seeded,
  shopCandidate,
  shopItem,
  type TestModel,
  TestOrigin,
  type TestPorts,
  testModel,
  testPorts,
} from './testing';

let scopes = 0;
const scope = () => `host-${++scopes}`;
const view = (n: number, id = `e${n}`) => ({ event: 'view_item' as const, id, items: [shopItem(n)] });
const homeList = (model?: TestModel) => ({
  slot: 'home',
  items: Array.from({ length: 50 }, (_, n) => shopCandidate(n, model)),
});
const open: Host[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(open.splice(0).map((host) => host.dispose()));
});

async function start(
  model: TestModel,
  changes: Partial<EngineOptions> = {},
  ports: TestPorts = testPorts({ models: [model] }),
): Promise<{ host: Host; ports: TestPorts; scope: string }> {
  const host = new Host(ports);
  open.push(host);
  const name = changes.scope ?? scope();
  await host.init({ model: model.url, consent: 'granted', backend: 'wasm', ...changes, scope: name });
  return { host, ports, scope: name };
}

const databases = async () => (await indexedDB.databases()).map(({ name }) => name);

test('init, observe, rerank: what was looked at changes the list, with reasons that sum to the score', async () => {
  const model = await testModel('m');
  const { host } = await start(model);
  const list = homeList(model);
  const before = await host.rerank('a', list, {});
  expect(before).toMatchObject({ by: 'model', model: 'm', backend: 'wasm' });
  const results = await host.observe([{ ...view(40), dwell: 30 }]);
  expect(results).toEqual([{ status: 'stored', eventId: 'e40' }]);
  const after = await host.rerank('b', list, {});
  expect(after.items).toHaveLength(50);
  for (const item of after.items) {
    expect(item.reasons.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(item.score, 6);
  }
  expect(after.items.map((i) => i.id)).not.toEqual(before.items.map((i) => i.id));
  const { live, replay, events } = await host.verify();
  expect([events, live]).toEqual([1, replay]);
});

describe('consent', () => {
  test('pending: no database, at most 200 events in memory, the server’s order; granted: they are stored', async () => {
    const model = await testModel('m');
    const { host, scope: name, ports } = await start(model, { consent: 'pending' });
    for (let n = 0; n < 210; n += 1) expect((await host.observe([view(n)]))[0]!.status).toBe('held');
    const ranking = await host.rerank('a', homeList(model), {});
    expect(ranking.by).toBe('server');
    await ports.idle();
    expect(await databases()).not.toContain(databaseName(name));
    await host.setConsent('granted');
    const { events, ids } = await host.verify({ ids: true });
    expect([events, ids![0], ids!.at(-1)]).toEqual([200, 'e10', 'e209']);
  });

  test('denied: dropped and erased, also what an earlier visit stored, and nothing is taken any more', async () => {
    const model = await testModel('m');
    const { host, scope: name } = await start(model);
    await host.observe([view(1)]);
    expect(await databases()).toContain(databaseName(name));
    await host.setConsent('denied');
    expect(await databases()).not.toContain(databaseName(name));
    expect((await host.observe([view(2)]))[0]!.status).toBe('ignored');
    expect(await host.profile()).toMatchObject({ consent: 'denied', events: { total: 0 } });
    expect(await databases()).not.toContain(databaseName(name));
  });

  test('denied in one tab erases under every other tab', async () => {
    const model = await testModel('m');
    const origin = new TestOrigin();
    const name = scope();
    const one = await start(model, { scope: name }, testPorts({ models: [model], origin, owner: {}, seed: 1 }));
    const two = await start(model, { scope: name }, testPorts({ models: [model], origin, owner: {}, seed: 2 }));
    await two.host.observe([view(1)]);
    await two.host.setConsent('denied');
    await vi.waitFor(() => expect(one.ports.changes).toContain('consent'));
    expect((await one.host.observe([view(2)]))[0]!.status).toBe('ignored');
    expect(await databases()).not.toContain(databaseName(name));
  });
});

test('pause keeps data and ignores events, also after a restart', async () => {
  const model = await testModel('m');
  const { host, scope: name } = await start(model);
  await host.observe([view(1)]);
  await host.pause();
  expect((await host.observe([view(2)]))[0]!.status).toBe('ignored');
  await host.dispose();
  const again = await start(model, { scope: name });
  expect((await again.host.profile()).paused).toBe(true);
  await again.host.resume();
  expect((await again.host.observe([view(3)]))[0]!.status).toBe('stored');
  expect((await again.host.verify({ ids: true })).ids).toEqual(['e1', 'e3']);
});

test('retention drops what is too old or too much, and its influence', async () => {
  const model = await testModel('m');
  const retention = { days: 10, events: 20 };
  const { host, ports, scope: name } = await start(model, { retention });
  for (let n = 0; n < 30; n += 1) {
    await host.observe([view(n)]);
    ports.time += 3_600_000;
  }
  const old = { ...view(99, 'old'), timestamp: ports.time - 11 * 86_400_000 };
  expect((await host.observe([old]))[0]!.status).toBe('ignored');
  await host.dispose();
  const again = await start(model, { scope: name, retention });
  const { events, ids, live, replay } = await again.host.verify({ ids: true });
  expect([events, ids![0], live]).toEqual([20, 'e10', replay]);
});

test('an embedder that runs elsewhere than asked is told once', async () => {
  const model = await testModel('m');
  const ports = testPorts({ models: [model], embeds: true, fellBack: 'This device has no WebGPU adapter.' });
  const { host } = await start(model, {}, ports);
  await host.verify(); // the model has loaded
  for (const n of [1, 2]) {
    await host.observe([view(n)]);
    await ports.idle();
  }
  expect(ports.embedded).toHaveLength(2);
  const told = (await host.diagnostics()).diagnostics.filter(({ code }) => code === 'backend-unavailable');
  expect(told).toEqual([
    expect.objectContaining({ message: 'embedder on webgpu: This device has no WebGPU adapter.', count: 1 }),
  ]);
});

test('while the device is being measured, texts are embedded all the same', async () => {
  const model = await testModel('m');
  const ports = testPorts({ models: [model], embeds: true });
  const { createExecutor: create } = ports;
  const { host } = await start(model, { backend: 'auto' }, ports);
  await host.verify(); // the model and its executor are there: whatever is created now is for the calibration
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let measuring = false;
  ports.createExecutor = async (backend) => {
    measuring = true;
    await held;
    return create(backend);
  };
  await host.observe([view(1)]);
  const first = ports.idle();
  await vi.waitFor(() => expect(measuring).toBe(true));
  await host.observe([view(2)]);
  void ports.idle();
  await vi.waitFor(() => expect(ports.embedded).toHaveLength(2));
  release();
  await first;
});

test('forget leaves no trace of an item in any store', async () => {
  const model = await testModel('m');
  const { host, ports, scope: name } = await start(model, {}, testPorts({ models: [model], embeds: true }));
  await host.verify();
  await host.observe([view(7), { event: 'purchase', id: 'both', items: [shopItem(7), shopItem(8)] }]);
  for (let n = 10; n < 20; n += 1) await host.observe([view(n)]);
  await ports.idle();
  const dump = async () => {
    const db = await openDB(databaseName(name));
    const stores = await Promise.all([...db.objectStoreNames].map((store) => db.getAll(store)));
    db.close();
    return JSON.stringify(stores, (_, value) =>
      value instanceof Uint8Array ? new TextDecoder().decode(value) : value,
    );
  };
  expect(await dump()).toMatch(/"p7"[\s\S]*Product 7\b/);
  expect(await host.forget({ item: 'p7' })).toEqual({ removed: 2 });
  expect(await dump()).not.toMatch(/p7\b|Product 7\b|"e7"/);
  expect(await dump()).toMatch(/"p8"/);
});

test('what is forgotten before the model is there does not come back with a stored checkpoint', async () => {
  const model = await testModel('m');
  const { host, scope: name } = await start(model);
  await host.verify();
  const both = { event: 'view_item' as const, id: 'both', items: [shopItem(1), shopItem(2)] };
  await host.observe([both]);
  for (let n = 10; n < 30; n += 1) await host.observe([view(n)]);
  await host.dispose();
  const ports = testPorts({ models: [model] });
  const { fetch } = ports;
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  ports.fetch = async (...args) => gate.then(() => fetch(...args));
  const again = await start(model, { scope: name }, ports);
  expect(await again.host.forget({ item: 'p2' })).toEqual({ removed: 1 });
  release();
  const { live, replay } = await again.host.verify();
  expect(live).toBe(replay);
});

test('an import that is not ours changes nothing', async () => {
  const model = await testModel('m');
  const { host } = await start(model);
  await host.observe([view(1), view(2)]);
  const before = await host.verify();
  const good = JSON.parse(await host.exportData());
  const bad = [
    'no',
    '{}',
    JSON.stringify({ ...good, version: 99 }),
    JSON.stringify({ ...good, events: [...good.events, good.events[0]] }),
    JSON.stringify({ ...good, events: [{ ...good.events[0], time: 'soon' }] }),
    JSON.stringify({ ...good, items: [{ facts: { id: '' } }] }),
  ];
  for (const document of bad) {
    await expect(host.importData(document)).rejects.toMatchObject({ code: 'import-invalid' });
  }
  expect(await host.verify()).toEqual(before);
});

describe('it degrades', () => {
  const broken: [string, string, (files: TestModel['files']) => void][] = [
    ['404', 'model-unavailable', (files) => files.clear()],
    [
      'truncated',
      'model-invalid',
      (files) => void files.set('weights.safetensors', files.get('weights.safetensors')!.slice(0, 900)),
    ],
    ['a wrong hash', 'model-invalid', (files) => void files.get('weights.safetensors')!.fill(1, 2000, 2010)],
    ['no JSON', 'model-invalid', (files) => void files.set('model.json', new TextEncoder().encode('<html>'))],
  ];
  test.each(broken)('model folder: %s → server order, %s, and events are still stored', async (_, code, breakIt) => {
    const model = await testModel('m');
    const list = homeList(model);
    breakIt(model.files);
    const { host, ports } = await start(model);
    const ranking = await host.rerank('a', list, {});
    expect(ranking.by).toBe('server');
    expect(ranking.items.map(({ id }) => id)).toEqual(list.items.map(({ id }) => id));
    expect((await host.observe([view(1)]))[0]!.status).toBe('stored');
    expect(ports.diagnostics.map((each) => each.code)).toContain(code);
  });

  test('a model that cannot replace the serving one leaves it and its state', async () => {
    const [one, bad] = [await testModel('one'), await testModel('two', 2)];
    bad.files.get('weights.safetensors')!.fill(0, 1000, 1010);
    const { host } = await start(one, {}, testPorts({ models: [one, bad] }));
    await host.observe([view(1)]);
    const before = await host.verify();
    await expect(host.useModel(bad.url)).rejects.toMatchObject({ code: 'model-invalid' });
    expect(await host.verify()).toEqual(before);
    expect((await host.diagnostics()).model?.id).toBe('one');
  });

  test('no IndexedDB: memory only, told, and ranking goes on', async () => {
    const model = await testModel('m');
    const ports = testPorts({ models: [model] });
    ports.openStore = () => Promise.reject(new Error('denied'));
    const { host } = await start(model, {}, ports);
    expect((await host.observe([view(1)]))[0]!.status).toBe('held');
    expect((await host.rerank('a', homeList(model), {})).by).toBe('model');
    expect(await host.diagnostics()).toMatchObject({ storage: 'memory' });
    expect(ports.diagnostics.map((each) => each.code)).toContain('storage-unavailable');
  });

  test('a refused write is held, and written with the next event', async () => {
    const model = await testModel('m');
    const { host, ports, scope: name } = await start(model);
    vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementationOnce(() => {
      throw new DOMException('full', 'QuotaExceededError');
    });
    expect((await host.observe([view(1)]))[0]!.status).toBe('held');
    expect(ports.diagnostics.map((each) => each.code)).toContain('storage-write-failed');
    expect((await host.observe([view(2)]))[0]!.status).toBe('stored');
    await host.dispose();
    const again = await start(model, { scope: name });
    expect((await again.host.verify({ ids: true })).ids).toEqual(['e1', 'e2']);
  });

  test('a lost device: the state is replayed on the next backend, and the list is still the model’s', async () => {
    const model = await testModel('m');
    const ports = testPorts({ models: [model] });
    let lose: (why: string) => void = () => undefined;
    ports.createExecutor = async (backend) => {
      if (backend !== 'webgpu') return createExecutor(backend);
      const plain = await createExecutor('cpu');
      const lost = new Promise<string>((resolve) => {
        lose = resolve;
      });
      return { ...plain, backend: 'webgpu', fingerprint: 'gpu', lost } as LstmExecutor;
    };
    const { host } = await start(model, { backend: 'webgpu' }, ports);
    await host.observe([view(1)]);
    expect((await host.rerank('a', homeList(model), {})).backend).toBe('webgpu');
    lose('gone');
    await vi.waitFor(async () => expect((await host.rerank('b', homeList(model), {})).backend).toBe('wasm'));
    expect(ports.diagnostics.map((each) => each.code)).toContain('device-lost');
    const { live, replay } = await host.verify();
    expect(live).toBe(replay);
  });

  test('hostile lists give the server’s order or fewer items, never a rejection', async () => {
    const model = await testModel('m');
    const { host } = await start(model);
    const hostile = [null, 7, 'x', {}, { items: 'no' }, { slot: 's', items: [null, [], { id: {} }, { id: 'ok' }] }];
    for (const [n, list] of hostile.entries()) {
      const ranking = await host.rerank(`h${n}`, list, {});
      expect(Array.isArray(ranking.items)).toBe(true);
    }
    await host.observe([null, 7, { event: 'nonsense' }, { event: 'view_item', items: 'no' }] as never);
    expect((await host.verify()).events).toBe(0);
  });
});

describe('several tabs', () => {
  test('one writes, the others go through it; when it dies another takes over and nothing is lost', async () => {
    const model = await testModel('m');
    const origin = new TestOrigin();
    const name = scope();
    const owners: { dead?: boolean }[] = [{}, {}, {}];
    const tabs: Awaited<ReturnType<typeof start>>[] = [];
    for (const [n, owner] of owners.entries()) {
      tabs.push(await start(model, { scope: name }, testPorts({ models: [model], origin, owner, seed: n + 1 })));
    }
    const roles = async () => Promise.all(tabs.map(async ({ host }) => (await host.diagnostics()).role));
    expect(await roles()).toEqual(['writer', 'reader', 'reader']);
    const random = seeded(3);
    const stored: string[] = [];
    const stream = async (host: Host, tab: number) => {
      for (let n = 0; n < 40; n += 1) {
        const [result] = await host.observe([view(Math.floor(random() * 50), `t${tab}-${n}`)]);
        // What is killed here runs on, as nothing killed does.
        if (result!.status === 'stored' && !owners[tab]!.dead) stored.push(result!.eventId);
      }
    };
    const streams = [stream(tabs[1]!.host, 1), stream(tabs[2]!.host, 2)];
    await new Promise((resolve) => setTimeout(resolve, 30));
    const dead = stream(tabs[0]!.host, 0).catch(() => undefined);
    await vi.waitFor(() => expect(stored.some((id) => id.startsWith('t0-'))).toBe(true), { interval: 1 });
    origin.kill(owners[0]!);
    await Promise.all(streams);
    const { ids, live, replay } = await tabs[2]!.host.verify({ ids: true });
    expect(live).toBe(replay);
    expect(new Set(ids).size).toBe(ids!.length);
    for (let n = 0; n < 40; n += 1) expect(ids).toEqual(expect.arrayContaining([`t1-${n}`, `t2-${n}`]));
    // And of the tab that died what it was told is stored.
    expect(ids).toEqual(expect.arrayContaining(stored));
    expect((await tabs[1]!.host.diagnostics()).role).toBe('writer');
    await dead;
    expect((await tabs[2]!.host.rerank('x', homeList(model), {})).by).toBe('model');
  });

  test('an event that the writer stored and died before it said so is stored, not ignored', async () => {
    const model = await testModel('m');
    const origin = new TestOrigin();
    const name = scope();
    const owner = {};
    const ports = testPorts({ models: [model], origin, owner, seed: 1 });
    const openChannel = ports.openChannel!;
    ports.openChannel = (channelName) => {
      const channel = openChannel(channelName);
      const post = channel.postMessage.bind(channel);
      channel.postMessage = (message) => {
        if ((message as { t: string }).t === 'answer') origin.kill(owner);
        post(message);
      };
      return channel;
    };
    await start(model, { scope: name }, ports);
    const { host } = await start(model, { scope: name }, testPorts({ models: [model], origin, owner: {}, seed: 2 }));
    expect(await host.observe([view(1)])).toEqual([{ status: 'stored', eventId: 'e1' }]);
    expect((await host.verify({ ids: true })).ids).toEqual(['e1']);
    expect((await host.diagnostics()).role).toBe('writer');
    expect((await host.observe([view(2), view(2)])).map(({ status }) => status)).toEqual(['stored', 'stored']);
    expect((await host.verify({ ids: true })).ids).toEqual(['e1', 'e2']);
  });

  test('without Web Locks a tab works alone and says so', async () => {
    const model = await testModel('m');
    const { host, ports } = await start(model);
    expect((await host.diagnostics()).role).toBe('writer');
    expect(ports.diagnostics.map((each) => each.code)).toContain('storage-unavailable');
  });
});
