import { expect, test } from 'vitest';
import { fitNeighbours } from './neighbours';
import type { UserSequence } from './sequences';

/** Only what neighbours are fitted on: the items, and a place for the one to come. */
const history = (...items: number[]) =>
  ({ steps: items.length, items: Int32Array.from([...items, -1]) }) as UserSequence;
const plain = { shrink: 0, balance: 0.5, near: 0, back: 1, reach: 1_000_000 };
const weightsOf = (settings: Partial<typeof plain>) =>
  fitNeighbours([history(0, 1, 2)], 4, { ...plain, ...settings }).map((list) => Object.fromEntries(list));

test('every other item of a history speaks for an item, whatever their order', () => {
  expect(weightsOf({})).toEqual([{ 1: 1, 2: 1 }, { 0: 1, 2: 1 }, { 0: 1, 1: 1 }, {}]);
});

test('distance lessens the weight, `back` what came later, `reach` ends it', () => {
  expect(weightsOf({ near: 1 })[0]).toEqual({ 1: 1, 2: 0.5 });
  expect(weightsOf({ back: 0.25 })).toEqual([{ 1: 0.25, 2: 0.25 }, { 0: 1, 2: 0.25 }, { 0: 1, 1: 1 }, {}]);
  expect(weightsOf({ back: 0 })[0], 'nothing speaks for the first').toEqual({});
  expect(weightsOf({ reach: 1 })).toEqual([{ 1: 1 }, { 0: 1, 2: 1 }, { 1: 1 }, {}]);
});

test('counts divide: of the item by `balance`, of the neighbour by the rest', () => {
  const lists = fitNeighbours([history(0, 1), history(0, 1), history(0, 2)], 3, { ...plain, balance: 0 });
  expect(lists[0]).toEqual([
    [1, 1],
    [2, 1],
  ]);
  expect(Object.fromEntries(lists[1]!)[0], 'two histories over three events of item 0').toBeCloseTo(2 / 3);
});
