import { expect, test } from 'vitest';
import { keepColumns } from './index';

test('columns are measured once while they are kept, and what was read longest ago goes first', () => {
  const measured: string[] = [];
  const of = keepColumns(4);
  const ask = (...ids: string[]) =>
    of(ids, (places) => {
      measured.push(places.map((j) => ids[j]!).join(''));
      return places.map((j) => Float64Array.of(1, 2).map((row) => row * ids[j]!.charCodeAt(0)));
    }).map((column) => Array.from(column));
  const a = [97, 194];
  const b = [98, 196];
  const c = [99, 198];
  expect(ask('a', 'b')).toEqual([a, b]);
  expect(ask('b', 'a')).toEqual([b, a]);
  expect(measured).toEqual(['ab']);
  // b was read before a.
  expect(ask('c')).toEqual([c]);
  expect(ask('a', 'c')).toEqual([a, c]);
  expect(ask('a', 'b', 'c')).toEqual([a, b, c]);
  expect(measured).toEqual(['ab', 'c', 'b']);
});
