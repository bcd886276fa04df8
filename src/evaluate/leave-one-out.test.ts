import { describe, expect, test } from 'vitest';
import { kindOf } from '../data';
import { evaluate, leaveOneOut, type Ranker, trainingCounts } from './index';
import { logOf } from './log.fixture';

const review = (user: string, items: string) => [...items].map((item) => [user, item, 'purchase', Number.NaN] as const);

/** Scores an item by its place in the alphabet: A first. */
const alphabet: Ranker = { name: 'alphabet', score: ({ candidates }) => Array.from(candidates, (row) => -row) };

describe('leave-one-out', () => {
  test('the last event is the test item, the one before it the validation item', () => {
    const data = logOf([...review('u', 'ABCD'), ...review('v', 'AB'), ...review('w', 'BCDE')]);
    const asked = (split: 'test' | 'validation') => {
      const protocol = leaveOneOut(data, { split });
      return protocol.users.flatMap((user) =>
        [...protocol.queriesOf(user)].map(({ from, to, excluded, judgements }) => [
          data.events.users[user],
          [...data.events.item.subarray(from, to)],
          [...excluded!],
          [...judgements[0]!.relevant],
        ]),
      );
    };
    // v has too few events.
    expect(asked('test')).toEqual([
      ['u', [0, 1, 2], [0, 1, 2], [3]],
      ['w', [1, 2, 3], [1, 2, 3], [4]],
    ]);
    expect(asked('validation')).toEqual([
      ['u', [0, 1], [0, 1], [2]],
      ['w', [1, 2], [1, 2], [3]],
    ]);
  });

  test('figures by hand: seen items are not ranked', async () => {
    const data = logOf([...review('u', 'ABCD'), ...review('w', 'BCDE')]);
    const { rows } = await evaluate(leaveOneOut(data), [alphabet]);
    // u: A, B, C are seen, so D is first. w: of A and E, E is second.
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ slice: 'all', baskets: 2, customers: 2, 'hr@10': 1, 'recall@10': 1, mrr: 0.75 });
    expect(rows[0]!['ndcg@10']).toBeCloseTo((1 + 1 / Math.log2(3)) / 2, 12);
  });

  test('rare items leave the log before it is split', () => {
    // F stands once: without it u’s last event is C.
    const data = logOf([...review('u', 'ABCF'), ...review('w', 'ABC')]);
    const protocol = leaveOneOut(data, { minItemEvents: 2 });
    expect([...protocol.candidates]).toEqual([0, 1, 2]);
    expect([...protocol.queriesOf(0)][0]!.judgements[0]!.relevant).toEqual(new Set([2]));
    expect(data.events.item).toHaveLength(7);
  });

  test('impressions, refunds and services are no events of it', () => {
    const lines = [...review('u', 'ABC'), ['u', 'D', 'view_item_list', 1], ['u', 'C', 'refund', 1]] as const;
    const protocol = leaveOneOut(logOf([...lines, ['u', 'S', 'purchase', 1]]));
    expect([...protocol.queriesOf(0)][0]!.judgements[0]!.relevant).toEqual(new Set([2]));
    expect(protocol.data.events.kind).toEqual(new Uint8Array(3).fill(kindOf('purchase')));
  });

  test('a user whose last item was seen before is left out', () => {
    const protocol = leaveOneOut(logOf([...review('u', 'ABA'), ...review('w', 'ABC')]));
    expect(protocol.users).toEqual([1]);
    expect(() => leaveOneOut(logOf(review('u', 'ABA')))).toThrow(/no user/);
  });

  test('statistics hold no event that is judged, nor any later one', () => {
    const data = logOf([...review('u', 'ABCD'), ...review('w', 'BCDE')]);
    expect([...trainingCounts(leaveOneOut(data))]).toEqual([1, 2, 2, 1, 0, 0, 0]);
    expect([...trainingCounts(leaveOneOut(data, { split: 'validation' }))]).toEqual([1, 2, 1, 0, 0, 0, 0]);
  });

  test('slices by history and by what was known of the item', async () => {
    const data = logOf([...review('u', 'ABCD'), ...review('w', 'ABCDEF')]);
    const { rows } = await evaluate(leaveOneOut(data, { slices: true }), [alphabet]);
    // D has one training event (w’s), F none. Of the five items with events the first by count is the head.
    expect(rows.map(({ slice, baskets }) => [slice, baskets])).toEqual([
      ['all', 2],
      ['history 1–4', 1],
      ['item trained 1–5', 1],
      ['tail items', 2],
      ['history 5–9', 1],
      ['item trained 0', 1],
    ]);
  });
});
