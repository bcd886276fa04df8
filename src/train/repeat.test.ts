import { expect, test } from 'vitest';
import { logOf } from '../evaluate/log.fixture';
import { repeatRatios } from './repeat';

test('what is bought again oftener than the average product is above 0, what nobody could buy again is 0', () => {
  const data = logOf([
    ['u', 'A', 'purchase', 1],
    ['u', 'B', 'purchase', 1],
    ['u', 'A', 'purchase', 2],
    ['u', 'A', 'view_item', 3],
    ['u', 'A', 'purchase', 4],
    ['u', 'C', 'purchase', 4],
    ['v', 'B', 'purchase', 1],
    ['v', 'A', 'purchase', 2],
  ]);
  // Chances: A 2 (again 2), B 2 + 1 (again 0), C none; so of 5 chances 2 are taken.
  const ratio = (again: number, chances: number) => Math.log((again / 0.4 + 5) / (chances + 5));
  const [a, b, c] = repeatRatios(data, [0, 1]);
  expect([a, b, c]).toEqual([ratio(2, 2), ratio(0, 3), 0].map((value) => expect.closeTo(value, 6)));
  expect([...repeatRatios(data, [1])]).toEqual(Array(7).fill(0));
});
