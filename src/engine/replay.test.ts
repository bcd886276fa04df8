import 'fake-indexeddb/auto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EventInput, ForgetTarget } from '../domain';
import { advance, createState, serializeState, stepsOf } from '../model';
import { openStore } from '../store';
import { Engine } from './engine';
import { ItemTable } from './items';
import {
  DEPARTMENTS,
  KINDS,
  shopCandidate,
  shopItem,
  type TestModel,
  type TestPorts,
  testModel,
  testPorts,
} from './testing';

const ITEMS = 30;
const MINUTE = 60_000;

type Action =
  | { do: 'event'; kind: number; items: number[]; ago: number; told: 'all' | 'vector' | 'nothing'; dwell?: number }
  | { do: 'search'; term: string }
  | { do: 'list'; from: number; shipped: boolean }
  | { do: 'again' }
  | { do: 'idle' }
  | { do: 'reload' }
  | { do: 'crash' }
  | { do: 'switch' }
  | { do: 'carry' }
  | { do: 'forget'; what: 'item' | 'category' | 'event' | 'before' | 'between' | 'all'; at: number };

const item = fc.nat(ITEMS - 1);
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('event' as const),
      kind: fc.nat(KINDS.length + 1),
      items: fc.array(item, { minLength: 1, maxLength: 4 }),
      // Minutes before now; most events are the newest, some fill in the past.
      ago: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3000) }),
      told: fc.constantFrom('all' as const, 'all' as const, 'vector' as const, 'nothing' as const),
      dwell: fc.option(fc.nat(100), { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('search' as const), term: fc.constantFrom('boots', 'a pan') }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('list' as const), from: item, shipped: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'again' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('idle' as const, 'reload' as const, 'crash' as const, 'switch' as const, 'carry' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('forget' as const),
      what: fc.constantFrom('item', 'category', 'event', 'before', 'between', 'all' as const),
      at: fc.nat(1000),
    }),
  },
);

/** One shopper's device: an engine, and the same log kept by hand. */
class Device {
  engine!: Engine;
  ports: TestPorts;
  sent: EventInput[] = [];
  private current: number;

  constructor(
    readonly scope: string,
    private readonly models: TestModel[],
  ) {
    this.ports = testPorts({ models, embeds: true });
    this.current = 0;
  }

  get model(): TestModel {
    return this.models[this.current]!;
  }

  async open(): Promise<void> {
    const options = { model: this.model.url, consent: 'granted' as const, backend: 'wasm' as const, scope: this.scope };
    this.engine = await Engine.open(options, this.ports, () => undefined);
  }

  async run(action: Action): Promise<void> {
    const { engine, ports } = this;
    ports.time += MINUTE;
    if (action.do === 'event') {
      const name = [...KINDS, 'view_item_list', 'refund'][action.kind]! as EventInput['event'];
      const items = action.items.map((n) => {
        const known = shopItem(n);
        if (action.told === 'nothing') return { item_id: known.item_id };
        return action.told === 'vector' ? { ...known, vector: shopCandidate(n, this.model).vector } : known;
      });
      const timestamp = ports.time - action.ago * MINUTE;
      const input = { event: name, id: `e${this.sent.length}`, timestamp, items, dwell: action.dwell };
      this.sent.push(input);
      const [result] = await engine.observe([input]);
      expect(result!.status).toBe('stored');
    } else if (action.do === 'search') {
      const input: EventInput = {
        event: 'search',
        id: `e${this.sent.length}`,
        timestamp: ports.time,
        search_term: action.term,
      };
      this.sent.push(input);
      await engine.observe([input]);
    } else if (action.do === 'again') {
      const last = this.sent.at(-1);
      if (last) {
        // What was forgotten leaves no trace, so that it is new when it comes again.
        const more = engine.core.log.get(last.id!) ? 0 : 1;
        const { length } = engine.core.log;
        expect((await engine.observe([last]))[0]!.status).toBe('stored');
        expect(engine.core.log.length).toBe(length + more);
      }
    } else if (action.do === 'list') {
      const numbers = Array.from({ length: 8 }, (_, i) => (action.from + i) % ITEMS);
      const items = numbers.map((n) => shopCandidate(n, action.shipped ? this.model : undefined));
      const ranking = await engine.rerank({ slot: 's', items }, {}, new AbortController().signal);
      expect(ranking.by).toBe('model');
    } else if (action.do === 'idle') await ports.idle();
    else if (action.do === 'reload' || action.do === 'crash') await this.reopen(action.do);
    else if (action.do === 'switch') {
      await engine.useModel(this.models[1 - this.current]!.url);
      this.current = 1 - this.current;
    } else if (action.do === 'carry') await this.carry();
    else await this.forget(action.what, action.at);
  }

  private async reopen(how: 'reload' | 'crash'): Promise<void> {
    const before = await this.hash();
    // A crash leaves the connection to the garbage collector: nothing is flushed, nothing is closed properly.
    if (how === 'reload') await this.engine.dispose();
    await this.open();
    expect(await this.hash()).toEqual(before);
  }

  /** Export, forget all, import: the same bytes. */
  private async carry(): Promise<void> {
    const before = await this.hash();
    const document = await this.engine.exportData();
    await this.engine.forget('all');
    expect((await this.hash()).events).toBe(0);
    await this.engine.importData(document);
    expect(await this.hash()).toEqual(before);
  }

  async forget(what: string, at: number): Promise<void> {
    const { events } = this.engine.core.log;
    const event = events[at % Math.max(1, events.length)];
    const time = event?.time ?? 0;
    const targets: Record<string, ForgetTarget> = {
      all: 'all',
      item: { item: `p${at % ITEMS}` },
      category: { category: DEPARTMENTS[at % DEPARTMENTS.length]! },
      event: { event: event?.id ?? 'none' },
      before: { before: time },
      between: { between: [time, time + 20 * MINUTE] },
    };
    await this.engine.forget(targets[what]!);
  }

  async hash(): Promise<{ live: string; events: number }> {
    const { live, replay, events } = await this.engine.verify();
    expect(live).toBe(replay);
    return { live, events };
  }

  /** What is on the disk, replayed by hand: the log, the fact table and nothing else. */
  async checkDisk(): Promise<void> {
    const { view } = this.engine.core;
    const live = (await view!.timeline.verify()).live;
    const store = await openStore({ scope: this.scope });
    const { events, items } = await store.load();
    await store.close();
    const table = new ItemTable(items);
    table.use(view!.ready.model);
    const state = createState(view!.ready.model);
    for (const event of events) await advance(view!.ready.model, view!.ready.lstm, state, stepsOf(event, table.lookup));
    expect(serializeState(state)).toEqual(live);
    const left = new Set(events.flatMap((event) => [...event.items.map(({ id }) => id), `search:${event.search}`]));
    for (const row of items) expect(left).toContain(row.id);
  }
}

test('after any stream of events, the live state is the replay of what is on the disk, bit for bit', async () => {
  const models = [await testModel('one', 1), await testModel('two', 2)];
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 60, size: 'max' }), async (actions) => {
      const device = new Device(`property-${++run}`, models);
      await device.open();
      for (const action of actions) {
        await device.run(action);
        await device.hash();
      }
      await device.checkDisk();
      await device.engine.dispose();
    }),
    { numRuns: Number(process.env.HOMEBODY_RUNS ?? 25), endOnFailure: false },
  );
}, 120_000);

test('after forget, the state is that of a device on which the events never happened', async () => {
  const models = [await testModel('one', 1)];
  let run = 0;
  const events = fc.array(
    fc.record({
      kind: fc.nat(KINDS.length + 1),
      items: fc.array(item, { minLength: 1, maxLength: 3 }),
      ago: fc.nat(500),
    }),
    { minLength: 1, maxLength: 40 },
  );
  const target = fc.constantFrom('item', 'category', 'event', 'before', 'between');
  await fc.assert(
    fc.asyncProperty(events, target, fc.nat(1000), async (stream, what, at) => {
      const one = new Device(`forget-${++run}`, models);
      await one.open();
      for (const each of stream) await one.run({ do: 'event', told: 'all', ...each });
      await one.hash();
      await one.ports.idle();
      await one.forget(what, at);
      const left = one.engine.core.log.events;
      const other = new Device(`never-${run}`, models);
      other.ports.time = one.ports.time;
      await other.open();
      for (const { name, items, id, time, dwell } of [...left].sort((a, b) => a.seq - b.seq)) {
        const told = items.map(({ id: itemId }) => shopItem(Number(itemId.slice(1))));
        await other.engine.observe([{ event: name, id, timestamp: time, items: told, dwell }]);
      }
      await other.hash(); // the model is loaded: texts can be embedded now
      await other.ports.idle();
      expect((await one.hash()).live).toBe((await other.hash()).live);
      await one.checkDisk();
      await one.engine.dispose();
      await other.engine.dispose();
    }),
    { numRuns: Number(process.env.HOMEBODY_RUNS ?? 15), endOnFailure: true },
  );
}, 120_000);
