import { createBirpc } from 'birpc';
import { afterEach, expect, test } from 'vitest';
import { type EventInput, reviveError } from '../domain';
import type { EngineApi, EngineEvents, EngineOptions } from './protocol';
import { KINDS, seeded, shopCandidate, shopItem, testModel } from './testing';

const workers: Worker[] = [];
afterEach(() => {
  for (const worker of workers.splice(0)) worker.terminate();
});

/** The real worker with real IndexedDB, over the protocol as it is. */
async function connect() {
  const worker = new Worker(new URL('./testing.worker.ts', import.meta.url), { type: 'module' });
  workers.push(worker);
  await new Promise<void>((resolve, reject) => {
    worker.addEventListener('error', () => reject(new Error('the worker did not load')), { once: true });
    worker.addEventListener('message', ({ data }) => data === 'up' && resolve());
  });
  const seen: Parameters<EngineEvents['diagnostic']>[0][] = [];
  const events: EngineEvents = { diagnostic: (one) => seen.push(one), changed: () => undefined };
  const rpc = createBirpc<EngineApi, EngineEvents>(events, {
    post: (frame) => worker.postMessage(frame),
    on: (listen) => worker.addEventListener('message', (event) => event.data !== 'up' && listen(event.data)),
    deserialize: (frame) => (frame.e ? { ...frame, e: reviveError(frame.e) } : frame),
  });
  return { worker, rpc, seen };
}

const options = (changes: Partial<EngineOptions> = {}): EngineOptions => ({
  model: 'https://shop.test/models/one/',
  embedder: false,
  consent: 'granted',
  backend: 'wasm',
  scope: crypto.randomUUID(),
  ...changes,
});

test('bad frames and unknown methods reject as typed errors and leave the worker alive', async () => {
  const { worker, rpc } = await connect();
  for (const frame of [null, 7, 'x', {}, { t: 'q' }, { t: 's', i: 'none' }, { t: 'q', m: '__proto__', a: [] }]) {
    worker.postMessage(frame);
  }
  const unknown = (rpc.$call as (name: string) => Promise<unknown>)('constructor');
  await expect(unknown).rejects.toMatchObject({ name: 'HomebodyError', code: 'invalid-input' });
  await expect(rpc.setConsent('granted')).rejects.toMatchObject({ name: 'HomebodyError', code: 'invalid-input' });
  expect(await rpc.init(options({ consent: 'pending' }))).toMatchObject({ role: 'none', storage: 'none' });
  await rpc.dispose();
});

test('pending consent creates no database; a terminated worker’s events are there for the next one', async () => {
  const name = options();
  const database = `homebody-${name.scope}`;
  const names = async () => (await indexedDB.databases()).map((each) => each.name);
  const first = await connect();
  await first.rpc.init({ ...name, consent: 'pending' });
  const view: EventInput = { event: 'view_item', id: 'held', items: [shopItem(1)] };
  expect(await first.rpc.observe([view])).toEqual([{ status: 'held', eventId: 'held' }]);
  expect(await names()).not.toContain(database);
  await first.rpc.setConsent('granted');
  expect(await first.rpc.observe([{ ...view, id: 'next' }])).toEqual([{ status: 'stored', eventId: 'next' }]);
  const { live } = await first.rpc.verify();
  first.worker.terminate();
  const second = await connect();
  expect(await second.rpc.init(name)).toMatchObject({ role: 'writer', storage: 'indexeddb' });
  const found = await second.rpc.verify({ ids: true });
  expect(found).toMatchObject({ ids: ['held', 'next'], live, replay: live });
  await second.rpc.setConsent('denied');
  expect(await names()).not.toContain(database);
});

test.each(['wasm', 'cpu', 'webgpu'] as const)(
  '%s: a shopper’s stream, a late past, another model and a way back',
  async (backend) => {
    const { rpc, seen } = await connect();
    await rpc.init(options({ backend }));
    const model = await testModel('one', 1);
    const random = seeded(5);
    const event = (n: number): EventInput => ({
      event: KINDS[Math.floor(random() * KINDS.length)]!,
      id: `e${n}`,
      timestamp: Date.now() - (random() < 0.1 ? 3_600_000 * random() : 0),
      items: [{ ...shopItem(n % 40), vector: shopCandidate(n % 40, model).vector }],
    });
    await rpc.observe(Array.from({ length: 300 }, (_, n) => event(n)));
    for (let n = 300; n < 330; n += 1) await rpc.observe([event(n)]);
    const before = await rpc.verify();
    expect(before).toMatchObject({ events: 330, live: before.replay });
    const { backend: served, gpu } = await rpc.diagnostics();
    expect(served).toBe(backend);
    if (backend === 'webgpu') expect(gpu!.dispatches).toBeGreaterThan(0);
    await rpc.useModel('https://shop.test/models/two/');
    const between = await rpc.verify();
    expect(between.live).toBe(between.replay);
    expect(between.live).not.toBe(before.live);
    expect(seen.filter(({ code }) => code !== 'model-mismatch')).toEqual([]);
    await rpc.dispose();
  },
);

// How long they take is the matter of `npm run bench -- engine`: a machine shared with others fails no test by its load.
test('every event and every ranking is timed in the worker', async () => {
  const { rpc } = await connect();
  await rpc.init(options());
  const model = await testModel('one', 1);
  const items = Array.from({ length: 500 }, (_, n) => shopCandidate(n, model));
  for (let n = 0; n < 5; n += 1) {
    await rpc.observe([{ event: 'view_item', items: [shopItem(n * 7)], dwell: n }]);
    const ranking = await rpc.rerank(`${n}`, { slot: 'home', items }, {});
    expect(ranking.by).toBe('model');
    expect(ranking.took).toBeGreaterThan(0);
  }
  const { timings } = await rpc.diagnostics();
  for (const name of ['state', 'durable', 'rerank']) {
    expect(timings[name], name).toMatchObject({ count: 5 });
    expect(timings[name]!.median, name).toBeGreaterThan(0);
    expect(timings[name]!.max, name).toBeGreaterThanOrEqual(timings[name]!.median);
  }
  await rpc.dispose();
});
