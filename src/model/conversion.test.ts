import { expect, test } from 'vitest';
import { historySteps, logged, START, untrained, vectorFor } from '../../test/support/model';
import { advance } from './advance';
import { prepareCandidates } from './batch';
import { conversionInput, conversionLogits, conversionSize } from './conversion';
import { createPlainExecutor } from './executors';
import type { ModelManifest } from './manifest';
import { scoreCandidates } from './score';
import { createState } from './state';

const MINUTE = 60_000;
const now = START + 60 * MINUTE;

const conversion: ModelManifest['conversion'] = {
  hidden: 2,
  inputs: ['recency', 'price', 'interest', 'items', 'features'],
};
const model = untrained({ conversion, priceMedians: { 'category b': 10, all: 1000 } });
const { item: D } = model.manifest.sizes;

async function inputs() {
  const state = createState(model);
  const lstm = await createPlainExecutor().load(model.lstm);
  const events = [
    logged('view_item', ['a1'], START),
    logged('view_item', ['b1', 'b2'], START + 10 * MINUTE),
    logged('view_item', ['c1'], START + 60 * MINUTE),
  ];
  await advance(model, lstm, state, historySteps(model, events));
  const batch = prepareCandidates(
    model,
    ['b1', 'new', 'a1', 'b2'].map((id) => ({
      id,
      categories: ['all', `category ${id[0]}`],
      vector: { ...vectorFor(model, id), ...(id === 'a1' ? { median: 2 } : {}) },
      ...(id === 'new' ? {} : { price: 40 }),
    })),
  );
  const scored = scoreCandidates(model, state, batch, { now });
  return { batch, scored, state, x: conversionInput(model, state, batch, scored) };
}

test('the blocks of the input, by hand', async () => {
  const { x, scored, state } = await inputs();
  const J = model.manifest.features.length;
  const X = conversionSize(model.manifest, conversion.inputs);
  expect(X).toBe(4 + 2 + D + 1 + J);
  const row = (i: number) => [...x.subarray(i * X, (i + 1) * X)];
  const since = (minutes: number) => Math.log1p(minutes) / 8;
  const close = (values: number[]) => values.map((value) => expect.closeTo(value, 6));
  // Of the list, b1 and b2 were met last, at one time; c1 is no candidate, so it takes no place.
  expect(row(0).slice(0, 4)).toEqual(close([since(50), 0, 0, 1]));
  expect(row(1).slice(0, 4)).toEqual([0, 1, 0, 0]);
  expect(row(2).slice(0, 4)).toEqual(close([since(60), 0, Math.log1p(2) / 5, 0]));
  expect(row(3).slice(0, 4)).toEqual(row(0).slice(0, 4));
  // 40 against the median of the narrowest category (10); no price; against the vector’s own median (2), cut.
  expect([0, 1, 2].map((i) => row(i).slice(4, 6))).toEqual([close([0.5, 0]), [0, 1], [1, 0]]);
  const { q } = vectorFor(model, 'a1');
  expect(row(2).slice(6, 6 + D)).toEqual(close([...q].map((value, d) => value * scored.reading.interest[d]!)));
  expect(row(2)[6 + D]).toBeCloseTo(Math.log1p(state.itemEvents), 6);
  expect(row(3).slice(7 + D)).toEqual([...scored.features.subarray(3 * J, 4 * J)]);
});

test('logits, by hand', () => {
  const weights = {
    w1: Float32Array.of(1, 2, -1, 0.5),
    b1: Float32Array.of(0.5, 0),
    w2: Float32Array.of(2, -3),
    b2: Float32Array.of(0.25),
  };
  const logit = (a: number, b: number) => 2 * Math.tanh(a + 2 * b + 0.5) - 3 * Math.tanh(0.5 * b - a) + 0.25;
  const out = conversionLogits(weights, Float32Array.of(0.1, 0.2, -0.3, 0.4));
  expect([...out]).toEqual([expect.closeTo(logit(0.1, 0.2), 6), expect.closeTo(logit(-0.3, 0.4), 6)]);
});

test('a model says what its head must look like', () => {
  expect(() => untrained({ conversion: { hidden: 0, inputs: [] } })).toThrow(/conversion/);
  expect(model.conversion!.w1.length).toBe(2 * conversionSize(model.manifest, conversion.inputs));
});
