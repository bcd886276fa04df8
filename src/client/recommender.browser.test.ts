import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Diagnostic } from '../domain';
import { connect, fakeEngine } from './testing/engine';

const items = [
  { id: 'a', title: 'A' },
  { id: 'b', title: 'B' },
  { id: 'c', title: 'C' },
];
const reverse = `rerank: (id, list) => ({ rankId: 'r', slot: list.slot, by: 'model', took: 1, dropped: [],
  items: list.items.map((x, i) => ({ id: x.id, position: 0, originalPosition: i, score: i, reasons: [] })).reverse() })`;

const escaped: unknown[] = [];
const onEscape = (event: PromiseRejectionEvent | ErrorEvent) => escaped.push(event);
beforeEach(() => {
  escaped.length = 0;
  addEventListener('unhandledrejection', onEscape);
  addEventListener('error', onEscape);
});
afterEach(async () => {
  await new Promise((resolve) => setTimeout(resolve));
  removeEventListener('unhandledrejection', onEscape);
  removeEventListener('error', onEscape);
  expect(escaped).toEqual([]);
});

test('a ranking carries the very objects that the page gave', async () => {
  const { recommender } = connect(fakeEngine(`{ ${reverse} }`));
  const ranking = await recommender.rerank({ slot: 'home', items });
  expect(ranking.items.map((item) => item.candidate)).toEqual([items[2], items[1], items[0]]);
  expect(ranking.items[0]!.candidate).toBe(items[2]);
  expect(ranking.items.map((item) => [item.position, item.originalPosition])).toEqual([
    [0, 2],
    [1, 1],
    [2, 0],
  ]);
  await recommender.dispose();
});

test('only plain known fields reach the worker', async () => {
  const { recommender } = connect(
    fakeEngine(`{ rerank: (id, list, o) => { throw { code: 'internal', message: JSON.stringify([list, o]) } } }`),
  );
  const hostile = JSON.parse('{"id":"p","title":"P","__proto__":{"polluted":true},"constructor":{"x":1}}');
  hostile.onClick = () => {};
  hostile.element = document.body;
  const throwing = {
    get id(): string {
      throw new Error('no');
    },
  };
  const ranking = await recommender.rerank(
    { slot: 'home', items: [hostile, throwing, null, 7, { item_id: 4, item_name: '<b>x</b>' }], secret: 1 } as never,
    { limit: 3, surprise: () => {} } as never,
  );
  const { diagnostics } = await recommender.diagnostics();
  const [list, options] = JSON.parse(diagnostics.find((one) => one.code === 'internal')!.message);
  expect(list).toEqual({
    slot: 'home',
    items: [{ id: 'p', title: 'P' }, null, null, null, { item_id: 4, item_name: '<b>x</b>' }],
  });
  expect(options).toEqual({ limit: 3 });
  expect(ranking.by).toBe('server');
  expect(ranking.items.map((item) => item.id)).toEqual(['p', '4']);
  expect(ranking.dropped).toHaveLength(3);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  await recommender.dispose();
});

test('items that are no array, or 100,000 of them, give a list and a diagnostic', async () => {
  const told: Diagnostic[] = [];
  const { recommender } = connect(fakeEngine(`{ ${reverse} }`), { onDiagnostic: (one) => told.push(one) });
  for (const bad of [undefined, null, 'x', { length: 3 }]) {
    expect((await recommender.rerank({ slot: 'home', items: bad as never })).items).toEqual([]);
  }
  expect((await recommender.rerank(undefined as never)).by).toBe('server');
  const many = Array.from({ length: 100_000 }, (_, i) => ({ id: `i${i}`, title: 'T' }));
  const ranking = await recommender.rerank({ slot: 'home', items: many });
  expect(ranking.by).toBe('model');
  expect(ranking.items).toHaveLength(100_000);
  expect(ranking.items[0]!.id).toBe('i4999');
  expect(ranking.items[99_999]).toMatchObject({ id: 'i99999', position: 99_999, originalPosition: 99_999 });
  expect(new Set(told.map((one) => one.code))).toEqual(new Set(['invalid-input', 'too-many']));
  await recommender.dispose();
});

test('a slow engine: the server order after the timeout, aborted at once on a signal', async () => {
  const { recommender } = connect(fakeEngine('{ rerank: () => new Promise(() => {}) }'), { timeout: 200 });
  expect((await recommender.rerank({ slot: 's', items })).by).toBe('server');
  expect((await recommender.diagnostics()).diagnostics.map((one) => one.code)).toContain('timeout');
  const controller = new AbortController();
  const asked = recommender.rerank({ slot: 's', items }, { signal: controller.signal });
  controller.abort();
  await expect(asked).rejects.toMatchObject({ code: 'aborted' });
  await expect(recommender.rerank({ slot: 's', items }, { signal: controller.signal })).rejects.toMatchObject({
    code: 'aborted',
  });
  await recommender.dispose();
});

test('an aborted rerank is cancelled in the engine', async () => {
  const engine = fakeEngine(`{
    rerank: (id) => { emit('diagnostic', { code: 'internal', message: 'asked ' + id }); return new Promise(() => {}); },
    cancel: (id) => emit('diagnostic', { code: 'internal', message: 'cancelled ' + id }),
  }`);
  const told: string[] = [];
  const controller = new AbortController();
  const { recommender } = connect(engine, {
    onDiagnostic: ({ message }) => {
      told.push(message);
      if (message.startsWith('asked')) controller.abort();
    },
  });
  await expect(recommender.rerank({ slot: 's', items }, { signal: controller.signal })).rejects.toThrow();
  await expect.poll(() => told.length).toBe(2);
  expect(told[1]).toBe(told[0]!.replace('asked', 'cancelled'));
  await recommender.dispose();
});

test('a worker script that is not there: server order, held events, typed rejections, an end to the restarts', async () => {
  const { recommender, workers } = connect(new URL('/nowhere/engine.js', location.href).href);
  const held = recommender.observe({ event: 'view_item', id: 'e1', items: [{ item_id: 'a' }] });
  expect((await recommender.rerank({ slot: 's', items })).items.map((item) => item.id)).toEqual(['a', 'b', 'c']);
  expect(await held).toEqual({ status: 'held', eventId: 'e1' });
  await expect(recommender.profile()).rejects.toMatchObject({ name: 'HomebodyError', code: 'worker-unavailable' });
  void recommender.forget('all');
  expect(workers).toHaveLength(3);
  const { diagnostics, role } = await recommender.diagnostics();
  expect(role).toBe('none');
  expect(diagnostics.map((one) => one.code)).toContain('worker-unavailable');
  await recommender.dispose();
});

test('a worker that dies is started again; what it did not answer is sent again with the same id', async () => {
  // The first worker dies on its first event, the second stores it: what it knows of the first stands in a channel.
  const engine = fakeEngine(`{
    observe: async (events) => {
      const seen = await caches.open('fake-engine');
      const known = await seen.match(location.origin + '/first');
      if (!known) {
        await seen.put(location.origin + '/first', new Response(events[0].id));
        setTimeout(() => { throw new Error('boom'); });
        return new Promise(() => {});
      }
      const same = (await known.text()) === events[0].id;
      return events.map((e) => ({ status: same ? 'stored' : 'ignored', eventId: e.id }));
    } }`);
  await caches.delete('fake-engine');
  const { recommender, workers } = connect(engine, { timeout: 3_000 });
  const asked = recommender.observe({ event: 'view_item', items: [{ item_id: 'a' }] });
  expect((await asked).status).toBe('stored');
  expect(workers).toHaveLength(2);
  await caches.delete('fake-engine');
  expect((await recommender.diagnostics()).diagnostics.map((one) => one.code)).toContain('worker-died');
  await recommender.dispose();
});

test('calls in flight reject when the worker dies; a silent worker counts as dead', async () => {
  const silent = fakeEngine(`{ profile: () => { for (;;); } }`);
  const { recommender, workers } = connect(silent, { timeout: 300 });
  await expect(recommender.profile()).rejects.toMatchObject({ code: 'timeout' });
  const inFlight = recommender.export();
  await expect(inFlight).rejects.toMatchObject({ code: 'worker-died' });
  await expect.poll(() => workers.length).toBe(2);
  await recommender.dispose();
});

test('garbage frames are ignored', async () => {
  const engine = fakeEngine(`{
    ${reverse},
    profile: () => {
      for (const junk of [null, 1, 'x', [], {}, { t: 's' }, { t: 's', i: 'nobody', r: 1 }, { t: 'q', m: 'toString', a: [] },
        { t: 'q', m: '__proto__', a: [] }, { t: 'q', m: 'diagnostic', a: 'no' }, { t: 'q', i: 'x', m: 'changed', a: [] },
        { t: 's', i: 3, e: 4 }, new Map()]) raw(junk);
      throw 'just text';
    } }`);
  const { recommender } = connect(engine);
  await expect(recommender.profile()).rejects.toMatchObject({ code: 'internal', message: 'just text' });
  expect((await recommender.rerank({ slot: 's', items })).by).toBe('model');
  await recommender.dispose();
});

test.for([
  ['not a ranking', '7'],
  ['an unknown place', `{ items: [{ id: 'a', originalPosition: 99 }], dropped: [] }`],
  ['a negative place', `{ items: [{ id: 'a', originalPosition: -1 }], dropped: [] }`],
  ['no id', `{ items: [{ originalPosition: 0 }], dropped: [] }`],
  ['nothing', 'undefined'],
])('an answer with %s gives the server order', async ([, answer]) => {
  const { recommender } = connect(fakeEngine(`{ rerank: () => (${answer}) }`));
  const ranking = await recommender.rerank({ slot: 's', items });
  expect([ranking.by, ranking.items.length]).toEqual(['server', 3]);
  await recommender.dispose();
});

test('an event that the engine refuses takes no other with it', async () => {
  const engine = fakeEngine(`{ observe: (events) => {
    if (events.some((e) => e.id === 'bad')) throw { code: 'internal', message: 'refused' };
    return events.map((e) => ({ status: 'stored', eventId: e.id }));
  } }`);
  const { recommender } = connect(engine);
  const results = await Promise.all(['x', 'bad', 'y'].map((id) => recommender.observe({ event: 'view_item', id })));
  expect(results.map((one) => one.status)).toEqual(['stored', 'ignored', 'stored']);
  await recommender.dispose();
});

test('a call never overtakes an event that was observed before it', async () => {
  const engine = fakeEngine(`{
    log: [],
    observe: async (events) => { await new Promise((r) => setTimeout(r, 20)); methods.log.push(...events.map((e) => e.id));
      return events.map((e) => ({ status: 'stored', eventId: e.id })); },
    forget: () => ({ removed: methods.log.length }),
    exportData: () => methods.log.join() }`);
  const { recommender } = connect(engine);
  void recommender.observe({ event: 'view_item', id: 'a' });
  await recommender.export();
  for (const id of ['b', 'c']) void recommender.observe({ event: 'view_item', id });
  expect(await recommender.forget('all')).toEqual({ removed: 3 });
  void recommender.observe({ event: 'view_item', id: 'd' });
  expect(await recommender.export()).toBe('a,b,c,d');
  await recommender.dispose();
});

test('observe: ids, times of arrival, order, and what is no event', async () => {
  const engine = fakeEngine(
    `{ observe: (events) => events.map((e) => ({ status: 'stored', eventId: JSON.stringify(e) })) }`,
  );
  let open!: () => void;
  const idle = new Promise<void>((resolve) => {
    open = resolve;
  });
  const { recommender, workers } = connect(engine, {}, { idle: () => idle });
  const before = Date.now();
  const first = recommender.observe({ event: 'view_item', items: [{ item_id: 'a' }] });
  const second = recommender.observe({ event: 'add_to_cart', id: 'mine', timestamp: 5, items: [{ item_id: 'b' }] });
  expect(workers).toHaveLength(0);
  const posted = Date.now();
  open();
  const one = JSON.parse((await first).eventId);
  expect(one.id).toMatch(/^[0-9a-f-]{36}$/);
  expect(one.timestamp).toBeGreaterThanOrEqual(before);
  expect(one.timestamp).toBeLessThanOrEqual(posted);
  expect(JSON.parse((await second).eventId)).toEqual({
    event: 'add_to_cart',
    id: 'mine',
    timestamp: 5,
    items: [{ item_id: 'b' }],
  });
  for (const bad of [undefined, null, 'view_item', 3]) {
    expect((await recommender.observe(bad as never)).status).toBe('ignored');
  }
  await recommender.dispose();
  expect((await recommender.observe({ event: 'view_item' })).status).toBe('held');
  await expect(recommender.profile()).rejects.toMatchObject({ code: 'disposed' });
});

test('denied consent: nothing is sent; at most 200 events wait for a worker', async () => {
  const { recommender } = connect(fakeEngine('{ setConsent: () => {} }'), {}, { idle: () => new Promise(() => {}) });
  const waiting = Array.from({ length: 201 }, (_, i) => recommender.observe({ event: 'view_item', id: `e${i}` }));
  expect((await waiting[200])!.status).toBe('ignored');
  void recommender.setConsent('denied');
  expect(new Set((await Promise.all(waiting)).map((one) => one.status))).toEqual(new Set(['ignored']));
  expect((await recommender.observe({ event: 'view_item' })).status).toBe('ignored');
  await recommender.dispose();
});

test('what is not answered for when the page goes is sent by the next page, only with consent', async () => {
  const engine = fakeEngine('{ observe: (events) => events.map((e) => ({ status: "stored", eventId: e.id })) }');
  const never = { idle: () => new Promise<void>(() => {}), storage: sessionStorage };
  const key = 'homebody:carry:leaving';
  for (const [consent, kept] of [
    ['pending', false],
    ['granted', true],
  ] as const) {
    const { recommender } = connect(engine, { consent, scope: 'carry' }, never);
    void recommender.observe({ event: 'add_to_cart', id: 'last', items: [{ item_id: 'a' }] });
    window.dispatchEvent(new PageTransitionEvent('pagehide'));
    expect(sessionStorage.getItem(key) !== null).toBe(kept);
    const text = sessionStorage.getItem(key);
    await recommender.dispose();
    if (text) sessionStorage.setItem(key, text);
  }
  const sent: string[] = [];
  const listening =
    fakeEngine(`{ observe: (events) => { emit('diagnostic', { message: events.map((e) => e.id).join() });
    return events.map((e) => ({ status: 'stored', eventId: e.id })); } }`);
  const next = connect(
    listening,
    { scope: 'carry', onDiagnostic: ({ message }) => sent.push(message) },
    { storage: sessionStorage },
  );
  await expect.poll(() => sent).toEqual(['last']);
  expect(sessionStorage.getItem(key)).toBeNull();
  await next.recommender.dispose();
});
