import { describe, expect, test } from 'vitest';
import { historySteps, logged, START, seeded, untrained, vectorFor } from '../../test/support/model';
import {
  advance,
  cloneState,
  createExplainer,
  createPlainExecutor,
  createState,
  deserializeState,
  type InterestModel,
  type InterestState,
  keepColumns,
  prepareCandidates,
  readState,
  scoreCandidates,
  serializeState,
  standardisePrior,
  termOf,
} from './index';

const DAY = 86_400_000;

async function stateAfter(model: InterestModel, ids: readonly string[]): Promise<InterestState> {
  const lstm = await createPlainExecutor().load(model.lstm);
  const state = createState(model);
  const events = ids.map((id, i) => logged(i % 3 === 2 ? 'purchase' : 'view_item', [id], START + i * DAY));
  await advance(model, lstm, state, historySteps(model, events));
  return state;
}

function batchOf(model: InterestModel, ids: readonly string[], isBare = false) {
  return prepareCandidates(
    model,
    ids.map((id, i) => ({
      id,
      title: `${id} of the ${id[0]}, ${id[1]} in all`,
      categories: ['all', `category ${id[0]}`],
      brand: `brand ${id[0]}`,
      prior: isBare ? undefined : 100 - i,
      vector: isBare ? undefined : vectorFor(model, id),
    })),
  );
}

const ids = ['a1', 'a2', 'b1', 'b2', 'c1', 'c2', 'd1'];

describe.each(['weighted', 'concat', 'attention'] as const)('fusion %s', (fusion) => {
  const model = untrained({ fusion });

  test('reads a unit interest after events and none before', async () => {
    const norm = (vector: Float32Array) => Math.hypot(...vector);
    expect(norm(readState(model, createState(model), START).interest)).toBe(0);
    const reading = readState(model, await stateAfter(model, ['a1', 'b1']), START + 5 * DAY);
    expect(norm(reading.interest)).toBeCloseTo(1, 5);
    expect(reading.attention.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
  });

  test('is its formula', async () => {
    const { fused, long, short } = readState(model, await stateAfter(model, ['a1', 'b1']), START + DAY);
    const weights = model.fusion;
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    if (weights.kind === 'weighted') {
      const alpha = sigmoid(weights.alpha);
      fused.forEach((value, i) => {
        expect(value).toBeCloseTo(alpha * long[i]! + (1 - alpha) * short[i]!, 5);
      });
    } else if (weights.kind === 'concat') {
      const both = [...long, ...short];
      const hidden = [...weights.b1].map((bias, f) =>
        Math.max(
          0,
          both.reduce((sum, value, i) => sum + weights.w1[f * both.length + i]! * value, bias),
        ),
      );
      fused.forEach((value, i) => {
        const row = hidden.reduce((sum, unit, f) => sum + weights.w2[i * hidden.length + f]! * unit, weights.b2[i]!);
        expect(value).toBeCloseTo(row, 5);
      });
    } else {
      // Every value lies between the two interests: the gate is a convex mix.
      fused.forEach((value, i) => {
        expect(value).toBeGreaterThanOrEqual(Math.min(long[i]!, short[i]!) - 1e-6);
        expect(value).toBeLessThanOrEqual(Math.max(long[i]!, short[i]!) + 1e-6);
      });
    }
  });
});

describe('scores', () => {
  const model = untrained();

  test('are the sum of their terms, and the reasons sum to them', async () => {
    const state = await stateAfter(model, ['a1', 'a2', 'b1', 'a1']);
    const batch = batchOf(model, ids);
    const scored = scoreCandidates(model, state, batch, { now: START + 9 * DAY });
    const explain = createExplainer(model, state, batch, scored);
    const J = model.manifest.features.length;
    ids.forEach((_, i) => {
      let sum = 0;
      for (const term of scored.terms.slice(i * J, (i + 1) * J)) sum += term;
      expect(scored.scores[i]).toBe(sum);
      const reasons = explain(i);
      expect(new Set(reasons.map(({ term }) => term)).size).toBe(reasons.length);
      expect(reasons.reduce((total, { value }) => total + value, 0)).toBeCloseTo(sum, 12);
    });
    const terms = explain(0).map(({ term }) => term);
    expect(terms).toEqual(expect.arrayContaining(['familiarity', 'text', 'interest', 'prior']));
  });

  test('of candidates without vectors, prior or a history are finite', async () => {
    const fresh = scoreCandidates(model, createState(model), batchOf(model, ids, true), { now: START });
    expect([...fresh.scores]).toEqual(ids.map(() => 0));
    const met = scoreCandidates(model, await stateAfter(model, ['a1']), batchOf(model, ids, true), { now: Number.NaN });
    expect(met.scores.every(Number.isFinite)).toBe(true);
    expect(scoreCandidates(model, createState(model), batchOf(model, []), { now: START }).scores.length).toBe(0);
  });

  test('do not depend on the order of the list', async () => {
    const state = await stateAfter(model, ['a1', 'b1', 'c2']);
    const one = scoreCandidates(model, state, batchOf(model, ids, true), { now: START + 4 * DAY });
    const back = scoreCandidates(model, state, batchOf(model, [...ids].reverse(), true), { now: START + 4 * DAY });
    expect([...back.scores].reverse()).toEqual([...one.scores]);
  });

  test('name what carries a term: the look-back item most like the candidate', async () => {
    const text = untrained({ features: [{ kind: 'text', power: 3 }, { kind: 'met' }] });
    const state = await stateAfter(text, ['a1', 'b1', 'c1']);
    const batch = batchOf(text, ['b1', 'd1']);
    const explain = createExplainer(text, state, batch, scoreCandidates(text, state, batch, { now: START + DAY }));
    expect(explain(0).find(({ term }) => term === 'text')!.because).toEqual({ itemId: 'b1' });
    expect(explain(0).find(({ term }) => term === 'familiarity')!.because).toEqual({ itemId: 'b1' });
    const candidate = vectorFor(text, 'd1').e!;
    const cosine = (e: Float32Array) => e.reduce((sum, value, i) => sum + value * candidate[i]!, 0);
    const weigh = (id: string, weight: number) => weight * Math.max(0, cosine(vectorFor(text, id).e!)) ** 3;
    const parts = [
      ['a1', weigh('a1', 0.2)] as const,
      ['b1', weigh('b1', 0.2)] as const,
      ['c1', weigh('c1', 1)] as const,
    ];
    const best = parts.toSorted((a, b) => b[1] - a[1])[0]!;
    expect(explain(1)[0]!.because).toEqual({ itemId: best[0] });
  });

  test('name it by words too', async () => {
    const words = untrained({ features: [{ kind: 'text', words: true, power: 2 }] });
    const lstm = await createPlainExecutor().load(words.lstm);
    const state = createState(words);
    const titles: Record<string, string> = { a1: 'Red kettle', b1: 'Green garden chair' };
    const steps = historySteps(words, [logged('view_item', ['a1'], START), logged('purchase', ['b1'], START)]);
    for (const step of steps) step.facts!.title = titles[step.item.id]!;
    await advance(words, lstm, state, steps);
    const named = (id: string, title: string) => ({ id, title, categories: [], vector: vectorFor(words, id) });
    const list = [named('c1', 'blue kettle, small'), named('d1', 'GARDEN CHAIRS'), named('e1', 'lamp')];
    const batch = prepareCandidates(words, list);
    const scored = scoreCandidates(words, state, batch, { now: START + DAY });
    const explain = createExplainer(words, state, batch, scored);
    const sources = list.map((_, row) => explain(row)[0]?.because);
    expect(sources).toEqual([{ itemId: 'a1' }, { itemId: 'b1' }, undefined]);
    // State with words survives storage.
    const stored = deserializeState(words, serializeState(state));
    expect(stored.recent.map((recent) => recent.words)).toEqual([
      ['red', 'kettle'],
      ['green', 'garden', 'chair'],
    ]);
  });

  test('kept similarities change no bit, with room for none, for one and for all', async () => {
    const model = untrained({
      features: [
        { kind: 'text', power: 3 },
        { kind: 'text', power: 1, words: true },
      ],
    });
    const state = await stateAfter(model, ['a1', 'b1']);
    const batch = batchOf(model, ids);
    const { features } = scoreCandidates(model, state, batch, { now: START + 2 * DAY });
    for (const most of [0, ids.length, 1e6]) {
      batch.near = keepColumns(most);
      for (let time = 0; time < 2; time += 1) {
        expect(scoreCandidates(model, state, batch, { now: START + 2 * DAY }).features).toEqual(features);
      }
    }
  });

  test('a product is its two columns multiplied and is explained as the first', async () => {
    const product = untrained({
      features: [
        { kind: 'text', power: 1 },
        { kind: 'prior', scale: 'rank' },
        { kind: 'product', of: [0, 1] },
      ],
    });
    const scored = scoreCandidates(product, await stateAfter(product, ['a1']), batchOf(product, ids), { now: START });
    for (let i = 0; i < ids.length; i += 1) {
      const [a, b, ab] = scored.features.slice(3 * i, 3 * i + 3);
      expect(ab).toBeCloseTo(a! * b!, 6);
    }
    expect(termOf(product.manifest.features, product.manifest.features[2]!)).toBe('text');
  });
});

test('a prior by rank is the same for scores and for mere positions, and missing ones are tied at the end', () => {
  const byScore = standardisePrior(Float64Array.of(900, 7, 7, Number.NaN, 0.1), 'rank');
  const byPlace = standardisePrior(Float64Array.of(5, 3, 3, Number.NaN, 2), 'rank');
  expect(byScore).toEqual(byPlace);
  const raw = [1, 2.5, 2.5, 5, 4].map((rank) => -Math.log(rank + 60));
  const mean = raw.reduce((sum, value) => sum + value, 0) / 5;
  const deviation = Math.sqrt(raw.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 5);
  byScore.forEach((value, i) => {
    expect(value).toBeCloseTo((raw[i]! - mean) / deviation, 9);
  });
  for (const scale of ['z', 'log', 'rank'] as const) {
    expect([...standardisePrior(Float64Array.of(4, 4), scale)]).toEqual([0, 0]);
    expect([...standardisePrior(new Float64Array(2).fill(Number.NaN), scale)]).toEqual([0, 0]);
  }
});

test('a prior by the logarithm of amounts; where one is below 0 it is an order and read by rank', () => {
  const [a, b, c] = standardisePrior(Float64Array.of(0, Math.E - 1, Math.E ** 2 - 1), 'log');
  expect([a!, b!, c!].map((value) => value / Math.sqrt(1.5))).toEqual([-1, 0, 1].map((x) => expect.closeTo(x, 9)));
  const places = Float64Array.of(-1, -2, -3, -40);
  expect(standardisePrior(places, 'log')).toEqual(standardisePrior(places, 'rank'));
});

describe('the bytes of a state', () => {
  const model = untrained();

  test('round trip, and clones are independent', async () => {
    const state = await stateAfter(model, ['a1', 'b1', 'c1', 'a1']);
    const bytes = serializeState(state);
    expect(serializeState(deserializeState(model, bytes))).toEqual(bytes);
    const copy = cloneState(state);
    const lstm = await createPlainExecutor().load(model.lstm);
    await advance(model, lstm, copy, historySteps(model, [logged('purchase', ['d1'], START + 9 * DAY)]));
    expect(serializeState(state)).toEqual(bytes);
    expect(serializeState(copy)).not.toEqual(bytes);
  });

  test('do not depend on the order in which items were met into the map', async () => {
    const state = await stateAfter(model, ['a1', 'b1', 'c1']);
    const shuffled = { ...state, items: new Map([...state.items].reverse()) };
    expect(serializeState(shuffled)).toEqual(serializeState(state));
  });

  test('are refused when damaged or of another model', async () => {
    const bytes = serializeState(await stateAfter(model, ['a1']));
    expect(() => deserializeState(untrained({ id: 'other' }), bytes)).toThrow(
      expect.objectContaining({ code: 'model-mismatch' }),
    );
    const invalid = expect.objectContaining({ code: 'invalid-input' });
    expect(() => deserializeState(model, bytes.slice(0, -1))).toThrow(invalid);
    expect(() => deserializeState(model, new Uint8Array(0))).toThrow(invalid);
    const random = seeded(3);
    const noise = Uint8Array.from({ length: 200 }, () => random() * 256);
    expect(() => deserializeState(model, noise)).toThrow(invalid);
  });
});
