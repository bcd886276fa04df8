import { expect, test } from 'vitest';
import { comparePaired, seededRandom } from './index';

const groupsOf = (sums: number[], count = 1) => new Map(sums.map((sum, user) => [user, { sum, count }]));

test('the same figures differ by nothing', () => {
  const groups = groupsOf([0.2, 0.5, 0.1]);
  expect(comparePaired(groups, groups, { seed: 1 })).toEqual({ difference: 0, low: 0, high: 0, p: 1 });
});

test('the difference is a mean over rankings, not over customers', () => {
  const a = new Map([
    [0, { sum: 3, count: 3 }],
    [1, { sum: 0, count: 1 }],
  ]);
  const b = new Map([
    [0, { sum: 0, count: 3 }],
    [1, { sum: 1, count: 1 }],
  ]);
  expect(comparePaired(a, b, { seed: 1 }).difference).toBe(0.5);
});

test('p of the sign-flip permutation: eight customers of one sign have 2 of 256 patterns', () => {
  const b = groupsOf(Array(8).fill(0));
  const { p } = comparePaired(groupsOf([1, 2, 3, 4, 5, 6, 7, 8]), b, { seed: 3, resamples: 20_000 });
  expect(p).toBeCloseTo(2 / 256, 2);
});

test('the interval of a paired difference is that of the normal approximation', () => {
  const random = seededRandom(5);
  const noise = Array.from({ length: 500 }, random);
  // What both share cancels: the deviation of the difference is 0.05, whatever the customers are like.
  const a = groupsOf(noise.map((value, i) => value + (i % 2 ? 0.06 : -0.04)));
  const { difference, low, high, p } = comparePaired(a, groupsOf(noise), { seed: 1, resamples: 4000 });
  expect(difference).toBeCloseTo(0.01, 6);
  const error = 0.05 / Math.sqrt(500);
  expect(low).toBeCloseTo(0.01 - 1.96 * error, 3);
  expect(high).toBeCloseTo(0.01 + 1.96 * error, 3);
  expect(p).toBeLessThan(0.001);
});
