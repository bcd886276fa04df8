import { beforeAll, describe, expect, test } from 'vitest';
import { historySteps, logged, START, untrained, vectorFor } from '../../test/support/model';
import {
  advance,
  candidateFeatures,
  createPlainExecutor,
  createState,
  deserializeState,
  type InterestState,
  type LoadedLstm,
  prepareCandidates,
  serializeState,
} from './index';

const DAY = 86_400_000;
const FACTS = ['quantity', 'latest', 'spend', 'ago', 'since', 'rate'] as const;
const model = untrained({ features: FACTS.map((of) => ({ kind: 'purchases', of })) });

let lstm: LoadedLstm;
beforeAll(async () => {
  lstm = await createPlainExecutor().load(model.lstm);
});

type Bought = [item: string, day: number, quantity?: number, price?: number];

async function stateAfter(bought: readonly Bought[], viewed: readonly string[] = []): Promise<InterestState> {
  const state = createState(model);
  const events = bought.map(([id, day, quantity, price]) =>
    logged('purchase', [], START + day * DAY, {
      items: [{ id, ...(quantity === undefined ? {} : { quantity }), ...(price === undefined ? {} : { price }) }],
    }),
  );
  if (viewed.length > 0) events.push(logged('view_item', viewed, START + 200 * DAY));
  await advance(model, lstm, state, historySteps(model, events));
  return state;
}

/** The columns of `ids` at `day`, by fact. */
function columnsOf(state: InterestState, ids: readonly string[], day: number) {
  const batch = prepareCandidates(
    model,
    ids.map((id) => ({ id, categories: [], vector: vectorFor(model, id) })),
  );
  const out = new Float32Array(ids.length * FACTS.length);
  candidateFeatures(model, state, batch, START + day * DAY, out);
  return Object.fromEntries(FACTS.map((of, j) => [of, ids.map((_, i) => out[i * FACTS.length + j]!)])) as Record<
    (typeof FACTS)[number],
    number[]
  >;
}

describe('what an item’s purchases say', () => {
  test('quantities, prices and times, each against everything bought', async () => {
    const state = await stateAfter([
      ['a', 0, 3, 2],
      ['b', 1, 7, 5],
      ['a', 10, 1, 2],
    ]);
    const columns = columnsOf(state, ['a', 'b'], 20);
    const expected = {
      quantity: [(Math.log(4) + Math.log(2)) / 2, Math.log(8)],
      latest: [Math.log(2), Math.log(8)],
      spend: [Math.log1p(8), Math.log1p(35)],
      ago: [Math.log1p(10), Math.log1p(19)],
      since: [Math.log1p(20), Math.log1p(19)],
      rate: [2 / 3, 1 / 3],
    };
    for (const of of FACTS) {
      const [a, b] = expected[of] as [number, number];
      const mean = (a + b) / 2;
      expect(columns[of][0], of).toBeCloseTo(a - mean, 6);
      expect(columns[of][1], of).toBeCloseTo(b - mean, 6);
    }
  });

  test('say nothing of what was only looked at, nor of what a log does not tell', async () => {
    const state = await stateAfter(
      [
        ['a', 0],
        ['b', 1, 4],
      ],
      ['c'],
    );
    const columns = columnsOf(state, ['a', 'b', 'c', 'never met'], 300);
    expect(columns.quantity).toEqual([0, 0, 0, 0]);
    expect(columns.spend).toEqual([0, 0, 0, 0]);
    for (const of of FACTS) expect(columns[of].slice(2), of).toEqual([0, 0]);
  });

  test('read the last eight, and are the same from a stored state', async () => {
    const many: Bought[] = Array.from({ length: 12 }, (_, i) => ['a', i, i + 1, 1]);
    const state = await stateAfter([['b', 0, 1, 1], ...many]);
    const stored = deserializeState(model, serializeState(state));
    const columns = columnsOf(stored, ['a', 'b'], 12);
    expect(columns).toEqual(columnsOf(state, ['a', 'b'], 12));
    expect(columns.rate[0]! - columns.rate[1]!).toBeCloseTo((8 - 1) / 12, 6);
    expect(columns.since[0]! - columns.since[1]!).toBeCloseTo(Math.log1p(8) - Math.log1p(12), 6);
  });
});
