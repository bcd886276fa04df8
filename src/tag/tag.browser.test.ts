import { expect, test } from 'vitest';
import type { Recommender } from '../domain';
import { install } from './install';
import { readOptions } from './options';

/** The snippet of docs/embedding-in-a-shop.md. */
function snippet(...methods: string[]) {
  type Stub = { q?: unknown[] } & Record<string, (...a: unknown[]) => Promise<unknown>>;
  return methods.reduce(
    (h, m) => {
      h[m] = (...a) => new Promise((ok, no) => h.q!.push([m, a, ok, no]));
      return h;
    },
    { q: [] } as unknown as Stub,
  );
}

function fake(calls: unknown[][]): Recommender {
  return new Proxy({} as Recommender, {
    get: (_, method) =>
      method === 'then'
        ? undefined
        : async (...args: unknown[]) => {
            calls.push([method, ...args]);
            if (args[0] === 'fail') throw new Error('told');
            return `${String(method)} done`;
          },
  });
}

test('calls made before the script keep their order and get their answers; the object stays the same', async () => {
  const stub = snippet('observe', 'profile', 'forget');
  const target: { homebody?: unknown } = { homebody: stub };
  const early = [
    stub.observe!({ event: 'view_item', timestamp: 1 }),
    stub.profile!(),
    stub.forget!('fail').catch((error: Error) => error.message),
  ];
  let open!: (recommender: Recommender) => void;
  const api = install(target, new Promise((resolve) => (open = resolve)));
  expect(target.homebody).toBe(stub);
  expect(api).toBe(stub);
  expect(stub.q).toBeUndefined();
  const from = Date.now();
  const between = api.observe({ event: 'add_to_cart' });
  const calls: unknown[][] = [];
  open(fake(calls));
  expect(await Promise.all(early)).toEqual(['observe done', 'profile done', 'told']);
  await between;
  expect(calls.map(([method]) => method)).toEqual(['observe', 'profile', 'forget', 'observe']);
  expect(calls[0]![1]).toEqual({ event: 'view_item', timestamp: 1 });
  expect((calls[3]![1] as { timestamp: number }).timestamp).toBeGreaterThanOrEqual(from - 1);
  // Once loaded, the engine's clock tells the time.
  await api.observe({ event: 'like' });
  expect(calls[4]![1]).toEqual({ event: 'like' });
});

test('nonsense in the queue or at window.homebody is no harm', async () => {
  for (const homebody of [
    undefined,
    'x',
    7,
    { q: 'no' },
    { q: [null, 1, ['toString', []], ['__proto__', []], ['q']] },
  ]) {
    const target = { homebody };
    const calls: unknown[][] = [];
    const api = install(target, Promise.resolve(fake(calls)));
    expect(await api.profile()).toBe('profile done');
    expect(calls).toHaveLength(1);
  }
});

test('the rest does not load: server order, held events, typed rejections', async () => {
  const escaped: unknown[] = [];
  const onEscape = (event: Event) => escaped.push(event);
  addEventListener('unhandledrejection', onEscape);
  const api = install({}, Promise.reject(new TypeError('404')));
  const items = [{ id: 'a' }, { item_id: 'b' }, null];
  const ranking = await api.rerank({ slot: 's', items });
  expect([ranking.by, ranking.items.map((item) => item.id)]).toEqual(['server', ['a', 'b']]);
  expect((await api.rerank(null as never)).items).toEqual([]);
  expect(await api.observe({ event: 'view_item', id: 'e' })).toEqual({ status: 'held', eventId: 'e' });
  expect((await api.observe(undefined as never)).status).toBe('held');
  await expect(api.profile()).rejects.toMatchObject({ code: 'worker-unavailable' });
  void api.forget('all');
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(escaped).toEqual([]);
  removeEventListener('unhandledrejection', onEscape);
});

test('data attributes', () => {
  expect(readOptions({ model: '/m' })).toMatchObject({ model: '/m', consent: 'pending', dwell: 30 });
  expect(
    readOptions({
      model: '/m',
      consent: 'granted',
      embedder: 'false',
      backend: 'cpu',
      retention: '30',
      timeout: '500',
      capture: 'datalayer, jsonld',
      dwell: '0',
    }),
  ).toMatchObject({
    consent: 'granted',
    embedder: false,
    backend: 'cpu',
    retention: { days: 30 },
    timeout: 500,
    capture: new Set(['datalayer', 'jsonld']),
    dwell: 0,
  });
  const wrong = readOptions({ model: '/m', consent: 'yes', backend: 'quantum', timeout: '-3', retention: 'x' });
  expect(wrong).toMatchObject({ consent: 'pending', backend: undefined, timeout: undefined, retention: undefined });
  expect(readOptions({ model: '/m', retention: 'false' }).retention).toBe(false);
});
