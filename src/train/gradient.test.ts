import { expect, test } from 'vitest';
import { EVENT_NAMES } from '../domain';
import { seededRandom } from '../evaluate';
import { CONTEXT_SIZE, type FeatureSpec, gateSize } from '../model';
import { projectBackward, shapeOf, startPass, trainCustomer } from './customer';
import { startManifest, startWeights } from './defaults';
import type { CustomerExample } from './examples';
import { listLoss, listNdcg } from './loss';
import type { MatrixProduct } from './math';

/** The textbook product, so that the test does not lean on tfjs. */
const product: MatrixProduct = (a, b, m, k, n) => {
  const out = new Float32Array(m * n);
  for (let i = 0; i < m; i += 1) {
    for (let j = 0; j < n; j += 1) {
      let sum = 0;
      for (let l = 0; l < k; l += 1) sum += a[i * k + l]! * b[l * n + j]!;
      out[i * n + j] = sum;
    }
  }
  return out;
};

const features: FeatureSpec[] = [
  { kind: 'familiarity', entity: 'item', group: 'any' },
  { kind: 'interest' },
  { kind: 'interest', only: 'unmet' },
  { kind: 'prior', scale: 'rank' },
  { kind: 'product', of: [3, 0] },
];
const ITEMS = 12;
const random = seededRandom(5);
const values = (size: number, scale = 1) => Float32Array.from({ length: size }, () => scale * (2 * random() - 1));

function world() {
  const manifest = startManifest(
    { id: 'x', dtype: 'q8', dimension: 6 },
    { embedding: 6, item: 5, hidden: 4, type: 3 },
    features,
  );
  const shape = shapeOf(manifest);
  const weights = startWeights(manifest, random);
  for (const [, data] of weights.entries()) for (let i = 0; i < data.length; i += 1) data[i]! += 0.3 * (random() - 0.5);
  const T = 7;
  const K = manifest.memories.halfLives.length + manifest.memories.stepDecays.length;
  const basket = (step: number, elapsed: number) => ({
    rows: Int32Array.from({ length: ITEMS }, (_, i) => i),
    features: values(ITEMS * features.length).map((value, i) => ([1, 2].includes(i % features.length) ? 0 : value)),
    relevant: Uint8Array.from({ length: ITEMS }, (_, i) => (i % 4 === 0 ? 1 : 0)),
    met: Uint8Array.from({ length: ITEMS }, (_, i) => (i % 3 === 0 ? 1 : 0)),
    step,
    elapsed,
    context: values(6),
    gate: values(gateSize(manifest)),
    coefficients: values(step * K).map(Math.abs),
  });
  const customer: CustomerExample = {
    items: Int32Array.from({ length: T }, () => Math.floor(random() * ITEMS)),
    kinds: new Uint8Array(T).fill(EVENT_NAMES.indexOf('purchase')),
    event: Int32Array.from([1, 1, 2, 2, 3, 3, 3]),
    context: values(T * CONTEXT_SIZE),
    elapsed: Float32Array.from([0, 0, 2, 0, 1.5, 0, 0]),
    baskets: [basket(2, 2), basket(4, 1.5), basket(7, 0)],
  };
  return { manifest, shape, weights, customer, e: values(ITEMS * 6) };
}

const options = { crossEntropy: 1, lambda: 1, all: 0.7, known: 0.4, fresh: 0.5, depth: 100 };

test('the gradients written by hand are those of the loss, for every tensor', () => {
  const { shape, weights, customer, e } = world();
  const { embedding: E, item: D } = shape.manifest.sizes;
  // The same draws at each evaluation: noise is part of the function that is differentiated.
  const run = () => {
    const noise = { draw: seededRandom(9), dropout: 0.25, priorless: 0.5, relabel: 0.5 };
    const pass = startPass(weights, shape, e, product);
    const grad = weights.zeros();
    const dq = new Float32Array(pass.table.q.length);
    const loss = trainCustomer(pass, customer, noise, options, 1, grad, dq);
    projectBackward(grad, pass.table, dq, e, E, D, product);
    return { loss, grad };
  };
  const { grad } = run();
  for (const name of weights.names) {
    const data = weights.get(name);
    const direction = values(data.length);
    const kept = data.slice();
    const step = 1e-3;
    const moved = (sign: number) => {
      for (let i = 0; i < data.length; i += 1) data[i] = kept[i]! + sign * step * direction[i]!;
      const { loss } = run();
      data.set(kept);
      return loss;
    };
    const numeric = (moved(1) - moved(-1)) / (2 * step);
    const exact = grad.get(name).reduce((sum, value, i) => sum + value * direction[i]!, 0);
    expect(Math.abs(numeric - exact), `${name}: ${numeric} by differences, ${exact} by hand`).toBeLessThan(
      2e-3 + 0.01 * Math.abs(exact),
    );
    expect(Math.max(...grad.get(name).map(Math.abs)), `${name} takes part`).toBeGreaterThan(1e-6);
  }
});

test('the loss pushes relevant items up and is lowest where they lead', () => {
  const labels = { relevant: Uint8Array.from([0, 1, 0, 0]), met: Uint8Array.from([0, 0, 1, 0]) };
  const out = new Float64Array(4);
  const bad = listLoss(Float64Array.from([3, 0, 2, 1]), labels, options, out);
  expect(out[1]).toBeLessThan(0);
  expect(out[0]).toBeGreaterThan(0);
  const good = listLoss(Float64Array.from([0, 3, 1, 2]), labels, options, out);
  expect(good).toBeLessThan(bad);
});

test('NDCG@10 of one list', () => {
  const relevant = Uint8Array.from([1, 0, 1, 0]);
  expect(listNdcg(Float64Array.from([4, 3, 2, 1]), relevant)).toBeCloseTo((1 + 0.5) / (1 + 1 / Math.log2(3)), 10);
  expect(listNdcg(Float64Array.from([4, 3, 2, 1]), relevant, Uint8Array.from([1, 0, 0, 0]))).toBeCloseTo(
    1 / Math.log2(3),
    10,
  );
  expect(listNdcg(new Float64Array(4), new Uint8Array(4))).toBeUndefined();
});
