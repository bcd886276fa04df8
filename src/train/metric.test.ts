import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readFolder } from '../data';
import { seededRandom } from '../evaluate';
import type { MatrixProduct } from './math';
import { fitMetric, METRIC_SETTINGS, type MetricExample, metricExamples, metricLoss, startMetric } from './metric';

const E = 6;
const identity = Float32Array.from({ length: E * E }, (_, i) => (i % (E + 1) === 0 ? 1 : 0));

const product: MatrixProduct = (a, b, m, k, n) => {
  const out = new Float32Array(m * n);
  for (let i = 0; i < m; i += 1) {
    for (let l = 0; l < k; l += 1) {
      for (let j = 0; j < n; j += 1) out[i * n + j]! += a[i * k + l]! * b[l * n + j]!;
    }
  }
  return out;
};

function unitRows(rows: number, draw: () => number): Float32Array {
  const out = Float32Array.from({ length: rows * E }, () => 2 * draw() - 1);
  for (let row = 0; row < rows; row += 1) {
    const length = Math.hypot(...out.subarray(row * E, (row + 1) * E));
    for (let i = 0; i < E; i += 1) out[row * E + i]! /= length;
  }
  return out;
}

function example(past: number[], fresh: number[]): MetricExample {
  return { past: Int32Array.from(past), fresh: Int32Array.from(fresh), met: Int32Array.from(new Set(past)) };
}

test('the gradient of the metric’s loss is that of finite differences', () => {
  const draw = seededRandom(5);
  const e = unitRows(12, draw);
  const examples = [example([0, 1, 2, 1], [3, 4]), example([5, 2], [0])];
  const weights = startMetric(examples, 12, identity.slice(0, 4 * E));
  for (const [, values] of weights.entries()) for (let i = 0; i < values.length; i += 1) values[i]! += 0.3 * draw();
  // Item 5 is left out, as one that was not drawn.
  const rows = Int32Array.of(2, 0, 1);
  const run = (grad = weights.zeros()) => metricLoss(weights, grad, e, E, examples, rows, product);
  const grad = weights.zeros();
  run(grad);
  for (const [name, values] of weights.entries()) {
    for (let i = 0; i < values.length; i += 1) {
      const [kept, step] = [values[i]!, 2e-3];
      values[i] = kept + step;
      const up = run();
      values[i] = kept - step;
      const slope = (up - run()) / (2 * step);
      values[i] = kept;
      expect(Math.abs(slope - grad.get(name)[i]!)).toBeLessThan(3e-3 * Math.max(1, Math.abs(slope)));
    }
  }
});

test('what is bought together gets near, though the other directions say nothing', () => {
  const draw = seededRandom(9);
  const rows = 60;
  const e = unitRows(rows, draw);
  const all = Array.from({ length: rows }, (_, row) => row);
  // Customers stay on one side of the first direction; the other five are noise.
  const examples = Array.from({ length: 300 }, () => {
    const wanted = draw() < 0.5;
    const mine = all.filter((row) => e[row * E]! > 0 === wanted).sort(() => draw() - 0.5);
    return example(mine.slice(0, 3), mine.slice(3, 5));
  });
  const A = fitMetric(e, identity, examples, {
    ...METRIC_SETTINGS,
    embedding: E,
    decay: 0.1,
    batch: 10,
    rate: 0.02,
    product,
    draw,
  });
  const columns = all.slice(0, E).map((j) => Math.hypot(...all.slice(0, E).map((i) => A[i * E + j]!)));
  for (const other of columns.slice(1)) expect(columns[0]!).toBeGreaterThan(1.2 * other);
  // Without a basket there is nothing to learn from.
  const none = fitMetric(e, identity, [], { ...METRIC_SETTINGS, embedding: E, product, draw });
  expect([...none]).toEqual([...identity]);
});

test('an example tells strictly earlier purchases from products that are new in the basket', {
  timeout: 60_000,
}, async () => {
  const data = await readFolder(fileURLToPath(new URL('../../test/fixtures/online-retail', import.meta.url)));
  const examples = metricExamples(data, [4], 10);
  expect(examples.length).toBeGreaterThan(10);
  const { isProduct } = data.items;
  const wrong = examples.filter(
    ({ past, fresh, met }) =>
      past.length > 10 ||
      fresh.length === 0 ||
      fresh.some((item) => met.includes(item)) ||
      past.some((item) => !met.includes(item)) ||
      [...past, ...fresh].some((item) => !isProduct[item]),
  );
  expect(wrong).toEqual([]);
  expect(metricExamples(data, [0, 1, 2, 3], 10)).toEqual([]);
  expect(metricExamples(data, [4], 10, 2).length).toBeLessThan(examples.length);
});
