import { expect, test } from 'vitest';
import { readTensors, writeSafetensors } from '../model';
import { weightTensor } from './half';

const back = (data: Float32Array) =>
  readTensors(writeSafetensors(new Map([['x', weightTensor([data.length], data)]]))).get('x')!.data;

test('a wide tensor is written in halves, to the nearest of them', () => {
  const values = new Float32Array(70_000).map((_, i) => Math.sin(i) * 10 ** ((i % 9) - 5));
  const read = back(values);
  const worst = values.reduce((most, value, i) => {
    return Math.max(most, Math.abs(read[i]! - value) / Math.max(Math.abs(value) * 2 ** -11, 2 ** -25));
  }, 0);
  expect(worst).toBeLessThanOrEqual(1);
  expect(weightTensor([70_000], values).data.byteLength).toBe(140_000);
});

test('halves themselves come back as they were, the edges of the range too', () => {
  const edges = [
    0,
    1,
    -1,
    2 ** -24,
    3 * 2 ** -24,
    2 ** -14,
    2 ** -14 - 2 ** -24,
    65_504,
    -65_504,
    0.5 + 2 ** -11,
    1024,
  ];
  const values = new Float32Array(70_000);
  values.set(edges);
  expect([...back(values).subarray(0, edges.length)]).toEqual(edges);
  // Between two halves the even one; beyond the largest, the largest; a value that rounds up to the next power of two.
  values.set([1 + 2 ** -11, 1 + 3 * 2 ** -11, 1e9, 2 - 2 ** -12]);
  expect([...back(values).subarray(0, 4)]).toEqual([1, 1 + 2 ** -9, 65_504, 2]);
});

test('a narrow tensor keeps its bits', () => {
  const values = Float32Array.of(Math.PI, 1e-30, -7);
  expect([...back(values)]).toEqual([...values]);
});
