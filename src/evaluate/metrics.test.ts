import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aucOf, giniOf, intraListDistance, orderOf, recallAt, selfInformation } from './metrics';
import { itemSlicer, userSlices } from './slices';
import { rankOf, topPlaces } from './top';

describe('AUC', () => {
  test('the example of scikit-learn’s roc_auc_score, and ties', () => {
    expect(aucOf([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])).toBe(0.75);
    // Of six pairs three are right, one is wrong, and two ties count half.
    expect(aucOf([1, 1, 2, 2, 3], [0, 1, 0, 1, 1])).toBeCloseTo(4 / 6, 12);
    expect(aucOf([5, 5, 5], [0, 1, 0])).toBe(0.5);
    expect(aucOf([1, 2], [1, 1])).toBeNaN();
    expect(aucOf([], [])).toBeNaN();
  });

  test('is the share of pairs in the right order', () => {
    const lists = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.boolean()), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(lists, (list) => {
        let right = 0;
        let pairs = 0;
        for (const [a, isA] of list) {
          for (const [b, isB] of list) {
            if (!isA || isB) continue;
            pairs++;
            right += a > b ? 1 : a === b ? 0.5 : 0;
          }
        }
        fc.pre(pairs > 0);
        const auc = aucOf(
          list.map(([score]) => score),
          list.map(([, is]) => is),
        );
        expect(auc).toBeCloseTo(right / pairs, 12);
      }),
    );
  });
});

test('Gini by hand', () => {
  expect(giniOf([3, 3, 3])).toBeCloseTo(0, 12);
  // One of four items gets all: 1 − 1/4.
  expect(giniOf([0, 0, 7, 0])).toBeCloseTo(0.75, 12);
  // Σ (2i − n − 1) x = −3·1 − 2 + 3 + 3·4 = 10; 10 / (4 · 10).
  expect(giniOf([4, 1, 3, 2])).toBeCloseTo(0.25, 12);
  expect(giniOf([0, 0])).toBeNaN();
});

test('self-information: one is added to every item, so that the unknown is finite', () => {
  // (3 + 1) / 8, (0 + 1) / 8, (2 + 1) / 8
  const bits = selfInformation([3, 0, 2]);
  expect([...bits].map((value) => Number(value.toFixed(6)))).toEqual([1, 3, 1.415037]);
});

test('intra-list distance: one less the mean cosine of all pairs', () => {
  const x = Float32Array.of(1, 0);
  const y = Float32Array.of(0, 1);
  const between = Float32Array.of(0.6, 0.8);
  expect(intraListDistance([x, x])).toBe(0);
  expect(intraListDistance([x, y])).toBe(1);
  // cosines 0, .6, .8
  expect(intraListDistance([x, y, between])).toBeCloseTo(1 - 1.4 / 3, 6);
  expect(intraListDistance([x, undefined])).toBe(1);
  expect(intraListDistance([x])).toBeNaN();
});

test('recall is the share of the relevant that was found', () => {
  expect(recallAt(2, [4, 5, 6], new Set([5, 6]))).toBe(0.5);
  expect(recallAt(3, [4, 5, 6], new Set([5, 6, 9, 10]))).toBe(0.5);
});

test('the first k and ranks are those of a full sort, ties, NaN and left-out places included', () => {
  const scores = fc.array(fc.oneof(fc.integer({ min: -2, max: 3 }), fc.constant(Number.NaN)), { maxLength: 30 });
  fc.assert(
    fc.property(scores, fc.integer({ min: 1, max: 12 }), fc.nat(4), (list, k, every) => {
      const isOut = (place: number): boolean => every > 0 && place % (every + 1) === 0;
      const worth = list.map((score) => (Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score));
      const kept = [...list.keys()].filter((place) => !isOut(place));
      const sorted = [...orderOf(kept, worth)];
      expect(topPlaces(list, k, isOut)).toEqual(sorted.slice(0, k));
      for (const [at, place] of sorted.entries()) expect(rankOf(list, place, isOut)).toBe(at);
    }),
  );
});

test('slices: history, training events, and how popular the item is among those with events', () => {
  expect([1, 4, 5, 9, 10, 49, 50].map((n) => userSlices(n)[0])).toEqual([
    'history 1–4',
    'history 1–4',
    'history 5–9',
    'history 5–9',
    'history 10–19',
    'history 20–49',
    'history over 49',
  ]);
  const slicesOf = itemSlicer(Int32Array.of(0, 200, 30, 5, 4, 3));
  expect([0, 1, 2, 3, 5].map(slicesOf)).toEqual([
    ['item trained 0', 'tail items'],
    ['item trained over 100', 'head items'],
    ['item trained 21–100', 'middle items'],
    ['item trained 1–5', 'middle items'],
    ['item trained 1–5', 'tail items'],
  ]);
});
