import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readFolder } from '../data';
import {
  basketsOf,
  bootstrapMean,
  evaluateNextBasket,
  frequencyRanker,
  hitAt,
  ndcgAt,
  orderOf,
  popularityRanker,
  type Ranker,
  RecentPurchases,
  reciprocalRank,
  seededRandom,
} from './index';
import { logOf } from './log.fixture';

const fixed = (order: number[]): Ranker => ({
  name: 'fixed',
  score: ({ candidates }) => Array.from(candidates, (row) => -order.indexOf(row)),
});

describe('metrics, by hand', () => {
  test('NDCG: hits in places 1 and 3 of 3 relevant', () => {
    // (1/log2(2) + 1/log2(4)) / (1/log2(2) + 1/log2(3) + 1/log2(4)) = 1.5 / 2.1309297536
    expect(ndcgAt(10, [7, 1, 8, 2], new Set([7, 8, 9]))).toBeCloseTo(0.703918, 6);
  });

  test('the ideal is cut at k: ten hits out of twenty relevant are perfect', () => {
    const relevant = new Set(Array.from({ length: 20 }, (_, i) => i));
    expect(ndcgAt(10, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0], relevant)).toBe(1);
    expect(ndcgAt(10, [20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 0], relevant)).toBe(0);
  });

  test('one hit in place 10 of one relevant', () => {
    expect(ndcgAt(10, [1, 2, 3, 4, 5, 6, 7, 8, 9, 0], new Set([0]))).toBeCloseTo(1 / Math.log2(11), 12);
  });

  test('hit rate and reciprocal rank', () => {
    expect(hitAt(2, [5, 6, 7], new Set([7]))).toBe(0);
    expect(hitAt(3, [5, 6, 7], new Set([7]))).toBe(1);
    expect(reciprocalRank([5, 6, 7], new Set([7, 6]))).toBe(0.5);
    expect(reciprocalRank([5, 6, 7], new Set([1]))).toBe(0);
  });

  test('equal scores keep the order of the items file', () => {
    expect([...orderOf([0, 1, 2, 3], [1, 2, 1, 2])]).toEqual([1, 3, 0, 2]);
  });
});

describe('next-basket', () => {
  test('a basket is the products of one timestamp, refunds and services aside', () => {
    const data = logOf([
      ['u', 'A', 'purchase', 1],
      ['u', 'S', 'purchase', 1],
      ['u', 'A', 'refund', 2],
      ['u', 'S', 'purchase', 3],
      ['u', 'B', 'purchase', 4],
      ['u', 'B', 'purchase', 4],
      ['u', 'C', 'purchase', 4],
    ]);
    expect(basketsOf(data, 0)).toEqual([
      { time: 1, firstRow: 0, items: [0] },
      { time: 4, firstRow: 4, items: [1, 2] },
    ]);
  });

  test('figures by hand: all, new, and what is left out', async () => {
    const data = logOf([
      ['u', 'A', 'purchase', 1], // the first basket is not predicted
      ['u', 'A', 'purchase', 2], // nothing new: in `all` only
      ['u', 'A', 'purchase', 3],
      ['u', 'C', 'purchase', 3],
      ['v', 'B', 'purchase', 1], // a single basket: not predicted
    ]);
    const [all, fresh] = await evaluateNextBasket(data, [fixed([1, 0, 2, 3, 4, 5])]);
    // Basket 2: A in place 2: 1/log2(3). Basket 3: A and C in places 2 and 3: (1/log2(3) + 1/2) / (1 + 1/log2(3)).
    const second = 1 / Math.log2(3);
    const third = (1 / Math.log2(3) + 0.5) / (1 + 1 / Math.log2(3));
    expect(all).toMatchObject({ slice: 'all', baskets: 2, customers: 1, 'hr@10': 1, mrr: 0.5, coverage: 6 });
    expect(all!['ndcg@10']).toBeCloseTo((second + third) / 2, 12);
    // `new`: A is out, so C is in place 2 of B, C, D, E, F.
    expect(fresh).toMatchObject({ slice: 'new', baskets: 1, mrr: 0.5, coverage: 5 });
    expect(fresh!['ndcg@10']).toBeCloseTo(1 / Math.log2(3), 12);
  });

  test('a slice without baskets has no row', async () => {
    const data = logOf([
      ['u', 'A', 'purchase', 1],
      ['u', 'A', 'purchase', 2],
    ]);
    const rows = await evaluateNextBasket(data, [popularityRanker(data)]);
    expect(rows.map((row) => row.slice)).toEqual(['all']);
  });

  test('a ranker sees strictly earlier rows only, and products only', async () => {
    const data = logOf([
      ['u', 'A', 'purchase', 1],
      ['u', 'B', 'refund', 2],
      ['u', 'C', 'purchase', 2],
    ]);
    const seen: unknown[] = [];
    const spy: Ranker = {
      name: 'spy',
      score: ({ candidates, ...query }) => {
        seen.push([query.from, query.to, query.time, [...candidates]]);
        return candidates;
      },
    };
    await evaluateNextBasket(data, [spy]);
    expect(seen).toEqual([[0, 1, 2, [0, 1, 2, 3, 4, 5]]]);
  });

  test('own frequency counts baskets, not lines; ties and the rest by popularity', async () => {
    const data = logOf([
      ['u', 'A', 'purchase', 1],
      ['u', 'A', 'purchase', 1],
      ['u', 'B', 'purchase', 1],
      ['u', 'B', 'purchase', 2],
      ['u', 'F', 'purchase', 3],
      ['v', 'E', 'purchase', 1],
      ['w', 'E', 'purchase', 1],
    ]);
    const orders: Record<string, number[]> = {};
    const rankers = [frequencyRanker(data, 'popularity'), frequencyRanker(data, 'none'), popularityRanker(data)];
    await evaluateNextBasket(data, rankers, {
      onRanked: (name, { time, candidates }, scores) => {
        if (time === 3) orders[name] = [...orderOf(candidates, scores)];
      },
    });
    expect(orders).toEqual({
      'own frequency': [1, 0, 4, 5, 2, 3],
      'own frequency without popularity': [1, 0, 2, 3, 4, 5],
      popularity: [0, 1, 4, 5, 2, 3],
    });
  });

  test('50 real customers: own frequency as NumPy computed it from the same files', async () => {
    const data = await readFolder(fileURLToPath(new URL('../../test/fixtures/online-retail', import.meta.url)));
    const rows = await evaluateNextBasket(data, [frequencyRanker(data, 'popularity')]);
    expect(rows.map(({ slice, baskets }) => [slice, baskets])).toEqual([
      ['all', 199],
      ['new', 182],
    ]);
    expect(rows[0]!['ndcg@10']).toBeCloseTo(0.297049, 5);
    expect(rows[1]!['ndcg@10']).toBeCloseTo(0.04632, 5);
  });

  test('a log without times, and one with nothing to predict, are typed errors', async () => {
    const noTime = logOf([['u', 'A', 'purchase', Number.NaN]]);
    await expect(evaluateNextBasket(noTime, [popularityRanker(noTime)])).rejects.toMatchObject({
      code: 'invalid-input',
      remedy: expect.stringContaining('timestamp_s'),
    });
    const single = logOf([['u', 'A', 'purchase', 1]]);
    await expect(evaluateNextBasket(single, [popularityRanker(single)])).rejects.toMatchObject({
      code: 'invalid-input',
    });
  });
});

test('recent purchases: others only, strictly before, within the window', () => {
  const data = logOf([
    ['u', 'A', 'purchase', 50],
    ['v', 'A', 'purchase', 10],
    ['v', 'B', 'purchase', 40],
    ['v', 'B', 'refund', 41],
    ['v', 'S', 'purchase', 42],
    ['v', 'C', 'purchase', 60],
    ['w', 'B', 'purchase', 40],
  ]);
  const recent = new RecentPurchases(data);
  expect([...recent.before(60, 0, 20)]).toEqual([0, 2, 0, 0, 0, 0, 0]);
  expect([...recent.before(60, 1, 20)]).toEqual([1, 1, 0, 0, 0, 0, 0]);
  expect([...recent.before(61, 0, 60)]).toEqual([1, 2, 1, 0, 0, 0, 0]);
  // Half as much every half-life, and nothing of the customer's own.
  const [a, b, c] = recent.fading(61, 0, 10);
  const whole = recent.before(61, 0, 60);
  expect(whole[1]! > b! && b! > 0).toBe(true);
  expect(recent.fading(71, 0, 10)[1]).toBeCloseTo(b! / 2, 6);
  expect([a! > 0, c! > 0]).toEqual([true, true]);
  expect([...recent.fading(1e6, 0, 10)]).toEqual([0, 0, 0, 0, 0, 0, 0]);
});

describe('bootstrap', () => {
  test('the same seed gives the same interval, another a different one', () => {
    const groups = Array.from({ length: 40 }, (_, i) => ({ sum: i % 7, count: 1 + (i % 3) }));
    expect(bootstrapMean(groups, { seed: 5 })).toEqual(bootstrapMean(groups, { seed: 5 }));
    expect(bootstrapMean(groups, { seed: 5 })).not.toEqual(bootstrapMean(groups, { seed: 6 }));
  });

  test('equal groups have no width; the width of a mean of coins is that of the normal approximation', () => {
    expect(bootstrapMean(Array(9).fill({ sum: 2, count: 4 }), { seed: 1 })).toEqual({ low: 0.5, high: 0.5 });
    const coins = Array.from({ length: 400 }, (_, i) => ({ sum: i % 2, count: 1 }));
    const { low, high } = bootstrapMean(coins, { seed: 3, resamples: 4000 });
    expect(low).toBeCloseTo(0.5 - 1.96 * 0.025, 2);
    expect(high).toBeCloseTo(0.5 + 1.96 * 0.025, 2);
  });

  test('whole customers are drawn: one customer with many equal baskets does not narrow the interval', () => {
    const many = [
      { sum: 1000, count: 1000 },
      { sum: 0, count: 1000 },
    ];
    const { low, high } = bootstrapMean(many, { seed: 1 });
    expect([low, high]).toEqual([0, 1]);
  });

  test('random numbers are in [0, 1) and well spread', () => {
    const random = seededRandom(42);
    const draws = Array.from({ length: 10_000 }, random);
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...draws)).toBeLessThan(1);
    expect(draws.reduce((sum, draw) => sum + draw, 0) / draws.length).toBeCloseTo(0.5, 1);
  });
});
