import { expect, test } from 'vitest';
import type { EventName } from '../domain';
import { kindOf } from './events';
import type { DataFolder } from './folder';
import { eventsOf, factsOf } from './sequence';

type Line = [item: number, event: EventName, time: number, value: number];

function logOf(lines: Line[]): Pick<DataFolder, 'items' | 'events'> {
  const ids = ['A', 'B', 'POST'];
  return {
    items: {
      ids,
      rowOf: new Map(ids.map((id, row) => [id, row])),
      titles: ['Cup', 'Pan', 'Postage'],
      brands: ['Acme', '', ''],
      categories: [['Kitchen'], [], []],
      prices: [1.5, Number.NaN, Number.NaN],
      isProduct: [true, true, false],
    },
    events: {
      users: ['u'],
      offsets: Int32Array.of(0, lines.length),
      item: Int32Array.from(lines, ([item]) => item),
      kind: Uint8Array.from(lines, ([, event]) => kindOf(event)),
      time: Float64Array.from(lines, ([, , time]) => time),
      value: Float32Array.from(lines, ([, , , value]) => value),
    },
  };
}

test('an order is one event: lines of one item are added up, postage is no item', () => {
  const data = logOf([
    [0, 'purchase', 60, 2],
    [2, 'purchase', 60, 1],
    [1, 'purchase', 60, 1],
    [0, 'purchase', 60, 3],
    [0, 'refund', 60, -1],
    [0, 'purchase', 120, 1],
  ]);
  expect(eventsOf(data, 0)).toEqual([
    {
      id: 'u-0',
      seq: 0,
      name: 'purchase',
      time: 60_000,
      utcOffset: 0,
      items: [
        { id: 'A', quantity: 5 },
        { id: 'B', quantity: 1 },
      ],
    },
    { id: 'u-4', seq: 4, name: 'refund', time: 60_000, utcOffset: 0, items: [{ id: 'A', quantity: 1 }] },
    { id: 'u-5', seq: 5, name: 'purchase', time: 120_000, utcOffset: 0, items: [{ id: 'A', quantity: 1 }] },
  ]);
});

test('a part of the rows gives the same events as the whole', () => {
  const data = logOf([
    [0, 'purchase', 1, 1],
    [1, 'purchase', 2, 1],
    [0, 'purchase', 3, 1],
  ]);
  const whole = eventsOf(data, 0);
  expect([...eventsOf(data, 0, 0, 1), ...eventsOf(data, 0, 1, 3)]).toEqual(whole);
});

test('without times every row is an event; ratings are 0 to 1 and have no quantity', () => {
  const data = logOf([
    [0, 'purchase', Number.NaN, Number.NaN],
    [1, 'purchase', Number.NaN, Number.NaN],
    [0, 'rate', 5, 4],
    [1, 'rate', 5, 1],
  ]);
  const events = eventsOf(data, 0);
  expect(events.map((event) => event.items)).toEqual([[{ id: 'A' }], [{ id: 'B' }], [{ id: 'A' }], [{ id: 'B' }]]);
  expect(events.map((event) => event.rating)).toEqual([undefined, undefined, 0.8, 0.2]);
});

test('facts leave out what is unknown', () => {
  const { items } = logOf([]);
  expect(factsOf(items, 0)).toEqual({ id: 'A', title: 'Cup', brand: 'Acme', categories: ['Kitchen'], price: 1.5 });
  expect(factsOf(items, 1)).toEqual({ id: 'B', title: 'Pan', categories: [] });
});
