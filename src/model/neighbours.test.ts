import { expect, test } from 'vitest';
import { historySteps, logged, START, untrained, vectorFor } from '../../test/support/model';
import {
  advance,
  createExplainer,
  createPlainExecutor,
  createState,
  type FeatureSpec,
  prepareCandidates,
  scoreCandidates,
} from './index';

const DAY = 86_400_000;
const HALF_LIFE = (2 * DAY) / 1000;

/** One purchase of a1 four days ago, two of a2 (two days ago and now), in a model that looks back on one event. */
async function scored(spec: FeatureSpec) {
  const model = untrained({ features: [spec], recent: 1 });
  const lstm = await createPlainExecutor().load(model.lstm);
  const state = createState(model);
  const events = [['a1', 0] as const, ['a2', 2] as const, ['a2', 4] as const].map(([id, day]) =>
    logged('purchase', [id], START + day * DAY),
  );
  await advance(model, lstm, state, historySteps(model, events));
  const neighbours: Record<string, [string, number][]> = {
    b1: [
      ['a1', 0.8],
      ['a2', 0.1],
    ],
    b2: [['a2', -0.4]],
  };
  const batch = prepareCandidates(
    model,
    ['b1', 'b2', 'b3'].map((id) => ({
      id,
      categories: [],
      vector: { ...vectorFor(model, id), ...(neighbours[id] ? { neighbours: neighbours[id] } : {}) },
    })),
  );
  const scores = scoreCandidates(model, state, batch, { now: START + 4 * DAY });
  return { features: [...scores.features], explain: createExplainer(model, state, batch, scores) };
}

test('neighbours of the look-back: its last event only, decayed counts not cut', async () => {
  const { features } = await scored({ kind: 'neighbours', halfLife: HALF_LIFE });
  expect(features[0]).toBeCloseTo(0.1, 6);
  expect(features[1]).toBeCloseTo(-0.4, 6);
  expect(features[2]).toBe(0);
});

test('neighbours by counts: everything met, each item at most once', async () => {
  const { features, explain } = await scored({ kind: 'neighbours', halfLife: HALF_LIFE, counts: true });
  // a1: a quarter is left after two half-lives; a2: 1 + 1/2, cut to 1.
  expect(features[0]).toBeCloseTo(0.8 / 4 + 0.1, 6);
  expect(features[1]).toBeCloseTo(-0.4, 6);
  expect(explain(0)).toMatchObject([{ term: 'neighbours', because: { itemId: 'a1' } }]);
});

test('how readily a product is bought again is read of its vector, here for what was met only; unknown is 0', async () => {
  const model = untrained({ features: [{ kind: 'repeat', only: 'met' }, { kind: 'repeat' }] });
  const state = createState(model);
  const lstm = await createPlainExecutor().load(model.lstm);
  await advance(model, lstm, state, historySteps(model, [logged('purchase', ['a1'], START)]));
  const items = [['a1', 0.5] as const, ['a2', -2] as const, ['b1', undefined] as const];
  const batch = prepareCandidates(
    model,
    items.map(([id, repeat]) => ({
      id,
      categories: [],
      vector: { ...vectorFor(model, id), ...(repeat === undefined ? {} : { repeat }) },
    })),
  );
  const scores = scoreCandidates(model, state, batch, { now: START + DAY });
  expect([...scores.features]).toEqual([0.5, 0.5, 0, -2, 0, 0]);
  const [term] = createExplainer(model, state, batch, scores)(0);
  expect(term!.term).toBe('familiarity');
});
