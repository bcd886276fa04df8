import { expect, test } from 'vitest';
import { leaveOneOut, nextBasket, type Protocol, type Query, tunedRules } from '../index';
import { type Line, logOf } from '../log.fixture';
import { blend } from './blend';
import { fadedFrequency, popularity } from './counts';
import { describeDecay, pastWeights } from './history';
import { fitTogether, itemKnn } from './item-knn';
import type { Rule } from './rule';
import { textMean, textTable, wordTable } from './text';
import { meritOf, tuned, tuningQueries } from './tune';

const OPTIONS = { seed: 1, rankings: 100 };
const reviews = (user: string, items: string): Line[] => [...items].map((item) => [user, item, 'purchase', Number.NaN]);
const first = (protocol: Protocol): Query => [...protocol.queriesOf(protocol.users[0]!)][0]!;

test('a history fades by time and by step; events of one time are one step', () => {
  const day = 86_400;
  const data = logOf([
    ['u', 'A', 'purchase', 0],
    ['u', 'B', 'purchase', 10 * day],
    ['u', 'C', 'purchase', 10 * day],
    ['u', 'C', 'refund', 10 * day],
    ['u', 'D', 'purchase', 20 * day],
  ]);
  const query = [...nextBasket(data).queriesOf(0)].at(-1)!;
  const at = (decay: Parameters<typeof pastWeights>[2]) => Object.fromEntries(pastWeights(data, query, decay));
  expect(at({})).toEqual({ 0: 1, 1: 1, 2: 1 });
  expect(at({ stepDecay: 0.5 })).toEqual({ 0: 0.5, 1: 1, 2: 1 });
  expect(at({ halfLife: 10 })).toEqual({ 0: 0.25, 1: 0.5, 2: 0.5 });
  expect(at({ last: 2 })).toEqual({ 1: 1, 2: 1 });
  expect(describeDecay({ halfLife: 10, stepDecay: 0.5, last: 3 })).toBe('half-life 10 days, decay 0.5 a step, last 3');
});

test('item-kNN by hand: cosine over users with shrinkage, of what may be fitted', () => {
  // In training: u A B, v A B C, w A C. The last two events of each are held out for validation and test.
  const data = logOf([...reviews('u', 'ABEF'), ...reviews('v', 'ABCEF'), ...reviews('w', 'ACDE')]);
  const protocol = leaveOneOut(data, { split: 'validation' });
  const { users, rows, counts } = fitTogether(protocol, 0);
  expect([...users]).toEqual([3, 2, 2, 0, 0, 0, 0]);
  expect([...rows[0]!]).toEqual([1, 2]);
  expect([...counts[0]!]).toEqual([2, 2]);
  expect([...counts[1]!]).toEqual([2, 1]);
  const scores = itemKnn(protocol, []).score(first(protocol), { shrinkage: 2, stepDecay: 0.5 });
  // The history of u is A, B: C is met with A by two users and with B by one; A is a step older.
  const c = 0.5 * (2 / (Math.sqrt(3 * 2) + 2)) + 1 / (Math.sqrt(2 * 2) + 2);
  expect(scores[[...protocol.candidates].indexOf(2)]).toBeCloseTo(c, 12);
});

test('text: the mean’s cosine keeps negative ones, powers do not', () => {
  const protocol = leaveOneOut(logOf(reviews('u', 'ABCD')));
  const vectors = [
    [1, 0],
    [0, 1],
    [-2, 0],
    [3, 4],
  ].map((v) => Float32Array.from(v));
  const table = textTable('plain', [...vectors, ...Array(3).fill(new Float32Array(2))]);
  expect([...table.near(0)]).toEqual([1, 0, -1, 0.6000000238418579, 0, 0, 0]);
  const rule = textMean(protocol, []);
  const of = (power: number) => [...Array.from(rule.score(first(protocol), { table, power, stepDecay: 0.5 }))];
  // C now, B a half, A a quarter: mean (−.75, .5).
  expect(of(1)[3]).toBeCloseTo(-0.75 * 0.6 + 0.5 * 0.8, 6);
  expect(of(3)[3]).toBeCloseTo(0.25 * 0.6 ** 3 + 0.5 * 0.8 ** 3, 6);
});

test('shared words: a rare word says more than one that many titles have', () => {
  const table = wordTable(['red lunch bag', 'blue bag', 'red bag', 'bag', '']);
  const [, blue, red, bag, none] = table.near(0);
  expect(red).toBeGreaterThan(blue!);
  expect(blue).toBeCloseTo(bag! * (Math.log(6 / 5) / Math.hypot(Math.log(6 / 5), Math.log(3))), 6);
  expect(none).toBe(0);
});

test('own frequency with decay: ties by popularity among others', () => {
  const data = logOf([
    ['u', 'A', 'purchase', 1],
    ['u', 'B', 'purchase', 1],
    ['u', 'C', 'purchase', 2],
    ['v', 'B', 'purchase', 1],
  ]);
  const protocol = nextBasket(data);
  const scores = fadedFrequency(protocol, [{}]).score(first(protocol), {});
  expect(scores[1]).toBeGreaterThan(scores[0]!);
  expect(scores[0]).toBeGreaterThan(scores[2]!);
});

test('the setting that is best on validation is taken, and test rankings never choose', async () => {
  const data = logOf([...reviews('u', 'ABCD'), ...reviews('v', 'BACE')]);
  const asked = new Set<string>();
  const make = (on: Protocol): Rule<number> => ({
    name: 'one item',
    settings: [3, 4, 2],
    describe: (item) => `item ${item}`,
    score: ({ candidates }, item) => {
      asked.add(on.name);
      return Array.from(candidates, (row) => (row === item ? 1 : 0));
    },
  });
  // On validation C is relevant for both, whatever the test items are.
  const ranker = await tuned(leaveOneOut(data), make, [0], OPTIONS);
  expect(ranker.settings).toBe('item 2; best of 3 on validation');
  expect([...asked]).toEqual(['leave-one-out, validation']);
  const validation = leaveOneOut(data, { split: 'validation' });
  expect(meritOf(tuningQueries(validation, 0, OPTIONS), (query) => make(validation).score(query, 2))).toBe(1);
});

test('a blend gives no weight to what misleads', async () => {
  const data = logOf([...reviews('u', 'ABCD'), ...reviews('v', 'BACE')]);
  const protocol = leaveOneOut(data);
  const fixed = (name: string, item: number) => () => ({
    name,
    settings: [undefined],
    describe: () => '',
    score: ({ candidates }: Query) => Array.from(candidates, (row) => (row === item ? 1 : 0)),
  });
  const parts = [
    await tuned(protocol, fixed('right', 2), [0], OPTIONS),
    await tuned(protocol, fixed('wrong', 5), [0], OPTIONS),
    await tuned(protocol, popularity, [0], OPTIONS),
  ];
  const ranker = await blend(protocol, parts, [0], OPTIONS);
  const on = protocol.tuning(0).protocol;
  const scores = Array.from((await ranker.score([...on.queriesOf(0)][0]!)) as ArrayLike<number>);
  expect(scores.indexOf(Math.max(...scores))).toBe([...on.candidates].indexOf(2));
  expect(ranker.settings).toContain('weights chosen on validation');
});

test('an aborted choice is a typed error', async () => {
  const signal = AbortSignal.abort();
  const protocol = leaveOneOut(logOf([...reviews('u', 'ABCD'), ...reviews('v', 'BACE')]));
  await expect(tunedRules(protocol, { ...OPTIONS, folds: [0], signal })).rejects.toMatchObject({ code: 'aborted' });
});
