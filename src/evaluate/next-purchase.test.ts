import { describe, expect, test } from 'vitest';
import type { EventName } from '../domain';
import { calibrationOf } from './calibration';
import { logOf as logOfSeconds } from './log.fixture';
import { metRules } from './met-rules';
import { nextPurchase } from './next-purchase';
import { evaluatePurchases } from './purchases';

type Line = [user: string, item: string, event: EventName, hours: number];

const logOf = (lines: readonly Line[]) =>
  logOfSeconds(lines.map(([user, item, event, hours]) => [user, item, event, hours * 3600]));

describe('next-purchase', () => {
  const log = logOf([
    ['u', 'D', 'view_item', 0], // over three days before
    ['u', 'B', 'view_item', 30],
    ['u', 'A', 'add_to_cart', 31],
    ['u', 'C', 'view_item', 99],
    ['u', 'A', 'purchase', 100],
    ['u', 'D', 'purchase', 100], // not met in the three days
    ['v', 'A', 'view_item', 1],
    ['v', 'A', 'purchase', 2], // only one item was met
    ['w', 'A', 'view_item', 1],
    ['w', 'B', 'view_item', 2],
    ['w', 'B', 'purchase', 3],
  ]);

  test('candidates are what was met strictly before, within three days; the rest is left out', () => {
    const protocol = nextPurchase(log);
    expect(protocol.users).toEqual([0, 2]);
    const [query, ...more] = [...protocol.queriesOf(0)];
    expect(more).toEqual([]);
    expect(query).toMatchObject({ from: 0, to: 4, time: 360_000, candidates: Int32Array.of(0, 1, 2) });
    expect([...query!.judgements[0]!.relevant]).toEqual([0]);
    const wide = [...nextPurchase(log, { days: 5 }).queriesOf(0)];
    expect(wide.map(({ candidates }) => [...candidates])).toEqual([
      [0, 1, 2, 3],
      [0, 1, 2, 3],
    ]);
  });

  test('AUC by hand: mean over users of the mean over purchases', async () => {
    const rows = await evaluatePurchases(nextPurchase(log), metRules(log));
    const auc = Object.fromEntries(rows.map((row) => [row.name, row.auc]));
    // u: A of A, B, C; w: B of A, B. Last met: A beats B only; B beats A.
    expect(auc['last met']).toBe((0.5 + 1) / 2);
    expect(auc['in the cart, then last met']).toBe(1);
    expect(auc['last met, the very last at the end']).toBe((1 + 0) / 2);
    expect(auc['most viewed, then last met']).toBe((0 + 1) / 2);
    expect(rows[0]).toMatchObject({ users: 2, purchases: 2, candidates: 2.5 });
  });

  test('a log without such a purchase is a typed error', () => {
    const none = logOf([['u', 'A', 'purchase', 1]]);
    expect(() => nextPurchase(none)).toThrow(expect.objectContaining({ code: 'invalid-input' }));
  });
});

test('calibration by hand: two bins', () => {
  const { brier, ece, bins } = calibrationOf([0.1, 0.9, 0.3, 0.7], [0, 1, 1, 1], 2);
  expect(brier).toBeCloseTo((0.01 + 0.01 + 0.49 + 0.09) / 4, 12);
  expect(bins).toEqual([
    { count: 2, predicted: 0.2, observed: 0.5 },
    { count: 2, predicted: 0.8, observed: 1 },
  ]);
  expect(ece).toBeCloseTo((0.3 + 0.2) / 2, 12);
});
