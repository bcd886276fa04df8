import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldOf } from '../data';
import type { EventName } from '../domain';
import {
  evaluate,
  impressions,
  leaveOneOut,
  nextBasket,
  type Protocol,
  type Query,
  type Ranker,
  sessions,
  shownOrder,
  timeSplit,
  trainingCounts,
} from './index';
import { type Line, logOf } from './log.fixture';
import { fadedFrequency, popularity } from './rules/counts';
import { itemKnn } from './rules/item-knn';

const MINUTE = 60;
const alphabet: Ranker = { name: 'alphabet', score: ({ candidates }) => Array.from(candidates, (row) => -row) };

/** Every ranking of a protocol as `known items → relevant items` by slice. */
function asked(protocol: Protocol) {
  const { item } = protocol.data.events;
  return protocol.users.flatMap((user) =>
    [...protocol.queriesOf(user)].flatMap(({ from, to, judgements }) =>
      judgements.map(({ slices, relevant }) => [
        protocol.data.events.users[user],
        [...item.subarray(from, to)].map((row) => 'ABCDEFS'[row]).join(''),
        slices[0],
        [...relevant].map((row) => 'ABCDEFS'[row]).join(''),
      ]),
    ),
  );
}

describe('time-split', () => {
  const lines: Line[] = [
    ['u', 'A', 'purchase', 10],
    ['u', 'B', 'purchase', 20],
    ['u', 'A', 'purchase', 90],
    ['u', 'C', 'purchase', 90],
    ['u', 'D', 'view_item', 95],
    ['v', 'A', 'purchase', 30],
    ['w', 'E', 'purchase', 99],
    ['w', 'F', 'view_item_list', 99],
  ];

  test('what is after the cut is predicted from all that its customer did before it', () => {
    // Half of the events are at 90 or later.
    const protocol = timeSplit(logOf(lines), { share: 0.5 });
    expect(asked(protocol)).toEqual([
      ['u', 'AB', 'all', 'AC'],
      ['u', 'AB', 'new', 'C'],
      ['u', 'ABAC', 'all', 'D'],
      ['u', 'ABAC', 'new', 'D'],
      ['w', '', 'all', 'E'],
      ['w', '', 'new', 'E'],
    ]);
    expect([...trainingCounts(protocol)]).toEqual([2, 1, 0, 0, 0, 0, 0]);
  });

  test('constants are chosen before the cut, with statistics of before that', () => {
    const { protocol } = timeSplit(logOf(lines), { share: 0.25 }).tuning(0);
    expect(asked(protocol)).toEqual([
      ['u', 'AB', 'all', 'AC'],
      ['u', 'AB', 'new', 'C'],
      ['u', 'ABAC', 'all', 'D'],
      ['u', 'ABAC', 'new', 'D'],
    ]);
    expect([...trainingCounts(protocol)]).toEqual([2, 1, 0, 0, 0, 0, 0]);
  });

  test('unknown times and a share outside 0 to 1 are typed errors', () => {
    expect(() => timeSplit(logOf([['u', 'A', 'purchase', Number.NaN]]))).toThrow(/no time/);
    expect(() => timeSplit(logOf(lines), { share: 1 })).toThrow(/between 0 and 1/);
  });
});

describe('sessions', () => {
  test('the next item within half an hour; the first of a session is not predicted', () => {
    const data = logOf([
      ['u', 'A', 'view_item', 0],
      ['u', 'B', 'view_item', 30 * MINUTE],
      ['u', 'B', 'view_item_list', 31 * MINUTE],
      ['u', 'A', 'add_to_cart', 40 * MINUTE],
      ['u', 'C', 'view_item', 71 * MINUTE],
      ['u', 'D', 'view_item', 72 * MINUTE],
      ['v', 'A', 'view_item', 0],
    ]);
    expect(asked(sessions(data))).toEqual([
      ['u', 'A', 'all', 'B'],
      ['u', 'A', 'new', 'B'],
      ['u', 'ABB', 'all', 'A'],
      ['u', 'ABBAC', 'all', 'D'],
      ['u', 'ABBAC', 'new', 'D'],
    ]);
    expect(() => sessions(logOf([['v', 'A', 'view_item', 0]]))).toThrow(/no session/);
  });
});

describe('impressions', () => {
  const list = (items: string, time: number) => [...items].map((item): Line => ['u', item, 'view_item_list', time]);

  test('clicks and purchases belong to the last list that showed the item, in the same session', () => {
    const data = logOf([
      ...list('CAB', 0),
      ...list('BD', MINUTE),
      ['u', 'B', 'select_item', 2 * MINUTE],
      ['u', 'A', 'view_item', 3 * MINUTE],
      ['u', 'B', 'purchase', 4 * MINUTE],
      ['u', 'F', 'purchase', 5 * MINUTE],
      ['u', 'C', 'view_item', 60 * MINUTE],
    ]);
    expect(asked(impressions(data))).toEqual([
      ['u', '', 'clicks', 'A'],
      ['u', 'CAB', 'clicks', 'B'],
      ['u', 'CAB', 'purchases', 'B'],
    ]);
  });

  test('figures by hand: NDCG and GAUC of the order shown', async () => {
    const data = logOf([
      ...list('CAB', 0),
      ['u', 'A', 'select_item', MINUTE],
      ...list('BDEF', 2 * MINUTE),
      ['u', 'B', 'select_item', 3 * MINUTE],
    ]);
    const { rows } = await evaluate(impressions(data), [shownOrder(), alphabet]);
    const [shown, byName] = rows;
    // A is second of three, B first of four: AUC 1/2 and 1, weighted 3 and 4.
    expect(shown).toMatchObject({ name: 'order shown', slice: 'clicks', baskets: 2, mrr: 0.75 });
    expect(shown!.gauc).toBeCloseTo((3 * 0.5 + 4) / 7, 12);
    expect(shown!['ndcg@10']).toBeCloseTo((1 / Math.log2(3) + 1) / 2, 12);
    expect(byName!.gauc).toBe(1);
  });

  test('`value` is the place in the list where every row has one', async () => {
    const data = logOf([...list('CAB', 0), ['u', 'A', 'select_item', MINUTE]]);
    data.events.value.set([3, 1, 2]);
    expect((await evaluate(impressions(data), [shownOrder()])).rows[0]!.gauc).toBe(1);
  });

  test('a log without lists is a typed error', () => {
    expect(() => impressions(logOf([['u', 'A', 'select_item', 1]]))).toThrow(/no list/);
  });
});

describe('no protocol lets a ranking see its future', () => {
  const KINDS: EventName[] = ['view_item', 'add_to_cart', 'purchase', 'view_item_list', 'refund'];
  const event = fc.record({
    item: fc.integer({ min: 0, max: 6 }),
    kind: fc.constantFrom(...KINDS),
    gap: fc.constantFrom(0, 0, 5, 600, 4000),
  });
  const log = fc.array(fc.array(event, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 6 }).map((users) =>
    logOf(
      users.flatMap((mine, user) => {
        let time = user * 100;
        return mine.map(({ item, kind, gap }): Line => {
          time += gap;
          return [`user ${user}`, 'ABCDEFS'[item]!, kind, time];
        });
      }),
    ),
  );
  const protocols: Record<string, (data: ReturnType<typeof logOf>) => Protocol> = {
    'next-basket': nextBasket,
    'leave-one-out': (data) => leaveOneOut(data),
    'time-split': (data) => timeSplit(data, { share: 0.3 }),
    sessions,
    impressions,
  };
  const made = (make: () => Protocol): Protocol | undefined => {
    try {
      return make();
    } catch {
      return undefined;
    }
  };
  test.each(Object.keys(protocols))('%s: known rows are the customer’s own and earlier', (name) => {
    fc.assert(
      fc.property(log, (data) => {
        const protocol = made(() => protocols[name]!(data));
        for (const user of protocol?.users ?? []) {
          const { offsets, time, item, users } = protocol!.data.events;
          for (const query of protocol!.queriesOf(user)) {
            expect(query.from).toBe(offsets[user]);
            expect(query.to).toBeLessThan(offsets[user + 1]!);
            for (let row = query.from; row < query.to; row++) {
              // Leave-one-out knows the order of events of one time.
              if (name === 'leave-one-out') expect(time[row]).toBeLessThanOrEqual(query.time);
              else expect(time[row]).toBeLessThan(query.time);
            }
            // What is fitted for this customer holds nothing of this customer that is not known yet.
            for (let row = query.to; row < offsets[user + 1]!; row++) {
              expect(protocol!.mayFit(row, user, foldOf(users[user]!))).toBe(false);
            }
            expect(query.judgements.every(({ relevant }) => relevant.size > 0)).toBe(true);
            expect(item.length).toBe(protocol!.data.events.kind.length);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  /** Scores by item of the rules that are fitted on the log. */
  const scoresOf = async (protocol: Protocol, query: Query) => {
    const rules = [popularity(protocol), fadedFrequency(protocol, [{}]), itemKnn(protocol, [{ shrinkage: 2 }])];
    return rules.map((rule) => {
      const scores = rule.score(query, rule.settings[0] as never);
      return new Map(Array.from(query.candidates, (item, place) => [item, scores[place]!]));
    });
  };

  test.each(Object.keys(protocols))(
    '%s: what a customer does later changes no score of a fitted rule',
    async (name) => {
      let compared = 0;
      await fc.assert(
        fc.asyncProperty(log, fc.nat(), async (data, pick) => {
          const before = made(() => protocols[name]!(data));
          if (!before) return;
          const user = before.users[pick % before.users.length]!;
          const queries = [...before.queriesOf(user)];
          const query = queries[pick % queries.length]!;
          const item = data.events.item.slice();
          for (let row = data.events.offsets[user]!; row < data.events.offsets[user + 1]!; row++) {
            const time = data.events.time[row]!;
            // A list is part of its own query; leave-one-out drops rows beforehand.
            let later = time >= query.time;
            if (name === 'impressions') later = time > query.time;
            if (name === 'leave-one-out') later = row === data.events.offsets[user + 1]! - 1;
            if (later) item[row] = (item[row]! + 1) % 6;
          }
          const after = made(() => protocols[name]!({ ...data, events: { ...data.events, item } }));
          if (!after?.users.includes(user)) return;
          const same = [...after.queriesOf(user)].find(({ to, time }) => to === query.to && time === query.time);
          if (!same) return;
          const [was, is] = [await scoresOf(before, query), await scoresOf(after, same)];
          compared++;
          for (const [at, scores] of was.entries()) {
            for (const [row, score] of is[at]!) if (scores.has(row)) expect(score).toBe(scores.get(row));
          }
        }),
        { numRuns: name === 'impressions' ? 800 : 150, seed: 7 },
      );
      expect(compared).toBeGreaterThan(4);
    },
  );
});
