import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { historySteps, logged, START, untrained, vectorFor } from '../../test/support/model';
import { type ParsedList, parseCandidates } from '../domain';
import {
  advance,
  createPlainExecutor,
  createState,
  type InterestState,
  type ModelManifest,
  prepareCandidates,
} from '../model';
import { order } from './diversify';
import { diversify, type RankRequest, rank, serverRanking } from './index';

const DAY = 86_400_000;
const model = untrained();
const now = START + 10 * DAY;

async function stateOf(bought: readonly string[], viewed: readonly string[]): Promise<InterestState> {
  const state = createState(model);
  const lstm = await createPlainExecutor().load(model.lstm);
  const events = [
    ...viewed.map((id, i) => logged('view_item', [id], START + i * DAY)),
    ...bought.map((id, i) => logged('purchase', [id], START + (5 + i) * DAY)),
  ];
  await advance(model, lstm, state, historySteps(model, events));
  return state;
}

function listOf(ids: readonly string[], more: (id: string, i: number) => object = () => ({})): ParsedList {
  const items = ids.map((id, i) => ({
    id,
    title: id,
    brand: `brand ${id[0]}`,
    category: `category ${id[0]}`,
    ...more(id, i),
  }));
  return parseCandidates({ slot: 'home', requestId: 'r', items });
}

const ids = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1', 'c2', 'd1', 'd2', 'e1'];

let state: InterestState;
beforeAll(async () => {
  state = await stateOf(['b1'], ['a1', 'a2', 'c1']);
});

function ranked(list: ParsedList, options: RankRequest['options'] = {}, changes: Partial<RankRequest> = {}) {
  const vectorOf: RankRequest['vectorOf'] = ({ id }) => vectorFor(model, id);
  return rank({ model, state, list, vectorOf, options, now, rankId: 'k', ...changes });
}

const idsOf = (result: ReturnType<typeof ranked>) => result.ranking.items.map(({ id }) => id);

describe('an order', () => {
  test('is a permutation of the valid candidates, best first, whose reasons sum to the score', {
    timeout: 30_000,
  }, () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom(...ids), { minLength: 1 }),
        fc.constantFrom('relevance', 'conversion', 'explore' as const),
        fc.constantFrom('demote', 'drop', 'keep' as const),
        fc.constantFrom(0, 0.3, 1),
        (list, strategy, bought, diversity) => {
          const { ranking } = ranked(listOf(list), { strategy, bought, diversity } as RankRequest['options']);
          const all = [...ranking.items.map(({ id }) => id), ...ranking.dropped.map(({ id }) => id)];
          expect(all.toSorted()).toEqual(list.toSorted());
          ranking.items.forEach((item, at) => {
            expect(item.position).toBe(at);
            expect(list[item.originalPosition]).toBe(item.id);
            const sum = item.reasons.reduce((total, { value }) => total + value, 0);
            expect(Math.abs(sum - item.score)).toBeLessThan(1e-9);
            if (at > 0) expect(item.score).toBeLessThanOrEqual(ranking.items[at - 1]!.score + 1e-12);
          });
        },
      ),
    );
  });

  test('does not depend on how the server ordered the list where scores differ', () => {
    const first = ranked(listOf(ids));
    expect(new Set(first.ranking.items.map(({ score }) => score)).size).toBe(ids.length);
    fc.assert(
      fc.property(fc.shuffledSubarray(ids, { minLength: ids.length }), (list) => {
        expect(idsOf(ranked(listOf(list)))).toEqual(idsOf(first));
      }),
      { numRuns: 20 },
    );
  });

  test('of equal scores is the server’s', () => {
    const result = ranked(listOf(ids), {}, { state: createState(model), vectorOf: () => undefined });
    expect(idsOf(result)).toEqual(ids);
    expect(result.ranking.items.every(({ score, reasons }) => score === 0 && reasons.length === 0)).toBe(true);
  });

  test('drops repeated and invalid entries with their reason and keeps the first', () => {
    const list = parseCandidates({ slot: 's', items: [{ id: 'a1' }, {}, { id: 'b2' }, { item_id: 'a1' }] });
    const { ranking } = ranked(list);
    expect(ranking.items.map(({ id }) => id).toSorted()).toEqual(['a1', 'b2']);
    expect(ranking.dropped).toEqual([
      { id: '', why: 'invalid' },
      { id: 'a1', why: 'duplicate' },
    ]);
  });

  test('keeps what is over the bound behind, in the server’s order, within the limit', () => {
    const many = Array.from({ length: 5003 }, (_, i) => `x${i}`);
    const list = parseCandidates({ slot: 's', items: [...many, 'x', 'x1'].map((id) => ({ id })) });
    const vectorOf = () => undefined;
    const { ranking, issues } = ranked(list, {}, { vectorOf });
    expect(ranking.items.slice(-4).map(({ id }) => id)).toEqual(['x5000', 'x5001', 'x5002', 'x']);
    expect(ranking.dropped).toEqual([{ id: 'x1', why: 'duplicate' }]);
    expect(issues).toEqual([]);
    expect(ranked(list, { limit: 3 }, { vectorOf }).ranking.items.length).toBe(3);
    expect(ranked(list, { limit: 0 }, { vectorOf }).ranking.items).toEqual([]);
  });
});

describe('what was bought', () => {
  test('falls to the end on the day, comes back within a month, and can be kept or dropped', async () => {
    const boughtNow = await stateOf(['e1'], ['a1']);
    const at = (days: number, bought?: 'demote' | 'drop' | 'keep') =>
      ranked(listOf(ids), { bought }, { state: boughtNow, now: START + (5 + days) * DAY });
    const place = (result: ReturnType<typeof at>) => idsOf(result).indexOf('e1');
    const value = (days: number) =>
      at(days)
        .ranking.items.find(({ id }) => id === 'e1')!
        .reasons.find(({ term }) => term === 'bought')?.value;
    expect(place(at(0))).toBeGreaterThanOrEqual(place(at(0, 'keep')));
    expect(place(at(0))).toBe(ids.length - 1);
    expect(value(0)).toBeLessThan(value(15)!);
    expect(value(31)).toBeUndefined();
    expect(idsOf(at(31))).toEqual(idsOf(at(31, 'keep')));
    expect(idsOf(at(0, 'drop'))).not.toContain('e1');
    expect(at(0, 'drop').ranking.dropped).toEqual([{ id: 'e1', why: 'already bought' }]);
  });
});

describe('strategies', () => {
  test('conversion falls back to relevance and says so', () => {
    const result = ranked(listOf(ids), { strategy: 'conversion' });
    expect(result.issues.map(({ code }) => code)).toEqual(['strategy-unavailable']);
    expect(idsOf(result)).toEqual(idsOf(ranked(listOf(ids))));
  });

  test('conversion orders by the chance of a purchase, which is its only reason, and falls with what was bought', async () => {
    const able = untrained({
      conversion: { hidden: 3, inputs: ['interest', 'features', 'recency', 'price', 'clock'] },
    });
    const request = { model: able, utcOffset: 60 };
    const result = ranked(listOf(ids), { strategy: 'conversion', bought: 'keep' }, request);
    expect(result.issues).toEqual([]);
    for (const { conversion, reasons, score } of result.ranking.items) {
      expect(reasons.map(({ term }) => term)).toEqual(['conversion']);
      expect(1 / (1 + Math.exp(-score))).toBeCloseTo(conversion!, 12);
    }
    const chances = result.ranking.items.map(({ conversion }) => conversion!);
    expect(new Set(chances).size).toBe(ids.length);
    expect(chances).toEqual(chances.toSorted((a, b) => b - a));
    expect(idsOf(result)).not.toEqual(idsOf(ranked(listOf(ids), { bought: 'keep' }, request)));
    const demoted = ranked(listOf(ids), { strategy: 'conversion' }, { ...request, now: START + 5 * DAY });
    expect(idsOf(demoted).at(-1)).toBe('b1');
    const mixed = untrained({
      conversion: { hidden: 3, inputs: ['features'] },
      strategies: { conversion: { relevance: 1, conversion: 0.5, prior: 0, novelty: 0 } },
    });
    const { ranking } = ranked(listOf(ids), { strategy: 'conversion' }, { model: mixed });
    for (const { score, reasons } of ranking.items) {
      expect(reasons.length).toBeGreaterThan(1);
      expect(reasons.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(score, 9);
    }
  });

  test('explore lifts what is new, the same way each time', () => {
    const explore = ranked(listOf(ids), { strategy: 'explore', bought: 'keep' });
    const relevance = ranked(listOf(ids), { bought: 'keep' });
    const gain = (id: string) =>
      explore.ranking.items.find((item) => item.id === id)!.score -
      relevance.ranking.items.find((item) => item.id === id)!.score;
    expect(gain('d1')).toBeGreaterThan(gain('a3'));
    expect(gain('a3')).toBeGreaterThan(0);
    expect(gain('a1')).toBe(0);
    expect(ranked(listOf(ids), { strategy: 'explore', bought: 'keep' })).toEqual(explore);
  });

  test('a prior orders a list for a model without a prior feature and a shopper without a history', () => {
    const features: ModelManifest['features'] = [{ kind: 'met' }];
    const plain = untrained({ features });
    const list = listOf(ids, (_, i) => ({ prior: i }));
    const result = rank({ ...base(list), model: plain, state: createState(plain) });
    expect(result.ranking.items.map(({ id }) => id)).toEqual([...ids].reverse());
    expect(result.ranking.items[0]!.reasons.map(({ term }) => term)).toEqual(['prior']);
  });
});

function base(list: ParsedList): RankRequest {
  return { model, state, list, vectorOf: () => undefined, options: {}, now, rankId: 'k' };
}

describe('diversity', () => {
  test('puts a different item before a near copy, and its cost is in the reasons', () => {
    const vectorOf: RankRequest['vectorOf'] = ({ id }) => vectorFor(model, id[0]!);
    const plain = ranked(listOf(ids), {}, { vectorOf });
    const mixed = ranked(listOf(ids), { diversity: 1 }, { vectorOf });
    const kinds = (result: typeof plain) =>
      new Set(
        idsOf(result)
          .slice(0, 5)
          .map((id) => id[0]),
      ).size;
    expect(kinds(mixed)).toBe(5);
    expect(kinds(plain)).toBeLessThan(5);
    const penalties = mixed.ranking.items.map(
      ({ reasons }) => reasons.find(({ term }) => term === 'diversity')?.value ?? 0,
    );
    expect(penalties.filter((value) => value < -1e-6).length).toBeGreaterThanOrEqual(ids.length - 5);
    expect(penalties[0]).toBe(0);
  });

  /** Candidates with vectors in the plane. */
  const flat = (...e: number[]) =>
    prepareCandidates(
      untrained({ sizes: { ...model.manifest.sizes, embedding: 2 } }),
      Array.from({ length: e.length / 2 }, (_, i) => ({
        id: String(i),
        categories: [],
        vector: { q: new Float32Array(model.manifest.sizes.item), e: Float32Array.of(e[2 * i]!, e[2 * i + 1]!) },
      })),
    );

  test('is greedy maximal marginal relevance', () => {
    // Three directions in the plane; the second item repeats the first.
    const result = diversify(flat(1, 0, 1, 0, 0, 1), Float64Array.of(1, 0.9, 0.5), {
      diversity: 1,
      range: 0.5,
      places: 3,
    });
    expect(result.chosen).toEqual([0, 2, 1]);
    expect([...result.penalties]).toEqual([0, -0.5, 0]);
    expect(order(Float64Array.of(1, 2, 2, 0))).toEqual([1, 2, 0, 3]);
  });

  test('every similar item before it counts, opposite ones do not help, and the switch is quadratic', () => {
    // Two that are alike, their opposite, and one between the first two and nothing else.
    const batch = flat(1, 0, 1, 0, -1, 0, 0.6, 0.8);
    const scores = Float64Array.of(9, 8, 7, 1);
    const { chosen: rows, penalties } = diversify(batch, scores, { diversity: 0.5, range: 2, places: 4 });
    expect(rows).toEqual([0, 1, 2, 3]);
    // 0.25 · 2 of each cosine: 1; 0; 0.6 twice.
    expect([...penalties].map((value) => Number(value.toFixed(6)))).toEqual([0, -0.5, 0, -0.6]);
  });

  test('what is seen together is in order of relevance, and scores with penalties fall', () => {
    // Two groups of alike ones; half of the list is seen together.
    const batch = flat(1, 0, 1, 0, 0, 1, 0, 1);
    const scores = Float64Array.of(5, 4, 3.9, 1);
    const { chosen: rows, penalties } = diversify(batch, scores, { diversity: 1, range: 4, places: 4 });
    // Chosen: 0 with 5, 2 with 3.9, 1 with 0, 3 with −3.
    expect(rows).toEqual([0, 2, 1, 3]);
    expect([...penalties]).toEqual([0, -4, 0, -4]);
    // With less, the copy is chosen after the other group's first: 5, 3.9, 3.5; the three stand by relevance.
    const wide = flat(1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1);
    const more = Float64Array.of(5, 4, 3.9, 1, 0, 0);
    const soft = diversify(wide, more, { diversity: 0.5, range: 2, places: 3 });
    expect(soft.chosen).toEqual([0, 1, 2]);
    expect([...soft.penalties.slice(0, 3)].map((value) => Number(value.toFixed(6)))).toEqual([0, -0.1, -0.4]);
  });
});

test('the last resort is the server’s order without invalid and repeated entries', () => {
  const list = parseCandidates({ slot: 's', items: [{ id: 'z' }, null, { id: 'a' }, { id: 'z' }, { id: 'b' }] });
  const { items, dropped, by } = serverRanking(list, { limit: 2, rankId: 'k' });
  expect(items.map(({ id, originalPosition }) => [id, originalPosition])).toEqual([
    ['z', 0],
    ['a', 2],
  ]);
  expect([by, dropped.map(({ why }) => why)]).toEqual(['server', ['invalid', 'duplicate']]);
});

test('a score that is not a number falls back to the server’s order', () => {
  const broken = { ...model, gate: { ...model.gate, bias: model.gate.bias.slice().fill(Number.NaN) } };
  const { ranking, issues } = rank({ ...base(listOf(ids)), model: broken });
  expect(ranking.by).toBe('server');
  expect(ranking.items.map(({ id }) => id)).toEqual(ids);
  expect(issues.map(({ code }) => code)).toEqual(['internal']);
});
