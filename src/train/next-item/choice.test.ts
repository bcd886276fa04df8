import { expect, test } from 'vitest';
import { seededRandom } from '../../evaluate';
import { choiceOf, drawSample } from './choice';
import { BANNED } from './head';
import type { UserSequence } from './sequences';

const n = 60;
const random = seededRandom(3);
const scores = Float64Array.from({ length: n }, () => 4 * random() - 2);
// Items are asked for unevenly, as in a shop.
const frequency = Float64Array.from({ length: n }, (_, i) => 1 / (1 + i));
const total = frequency.reduce((sum, value) => sum + value, 0);
const shares = frequency.map((value) => value / total);

function drawTarget(): number {
  let left = random();
  for (let i = 0; i < n; i += 1) {
    left -= shares[i]!;
    if (left < 0) return i;
  }
  return n - 1;
}

test.each([
  ['drawn evenly', false],
  ['drawn evenly and from the update’s own targets', true],
])(
  'candidates %s: the weighted sum over them is in expectation the sum over all items',
  { timeout: 60_000 },
  (_, isInBatch) => {
    const draws = 6_000;
    let sum = 0;
    for (let draw = 0; draw < draws; draw += 1) {
      const targets = Int32Array.from({ length: 8 }, drawTarget);
      const { rows, logWeight } = drawSample(n, 10, random, isInBatch ? { targets, shares } : undefined);
      if (new Set(rows).size !== rows.length) throw new Error('an item was drawn twice');
      rows.forEach((row, k) => {
        sum += Math.exp(scores[row]! + logWeight[k]!) / draws;
      });
    }
    const whole = scores.reduce((all, score) => all + Math.exp(score), 0);
    // Drawn evenly, the weights are those of the n − 1 items beside the target.
    const expected = isInBatch ? whole : (whole * (n - 1)) / n;
    expect(sum / expected).toBeGreaterThan(0.98);
    expect(sum / expected).toBeLessThan(1.02);
  },
);

const sequence = { steps: 3, items: Int32Array.of(4, 7, 9, 7) } as UserSequence;
const windows = [{ sequence, from: 1, to: 3 }];

test('of all items, those met are left out, except the target', () => {
  const out = choiceOf(windows, Int32Array.of(9, 7), n, true).offsets(0, 2);
  const banned = (reading: number) =>
    [...out.subarray(reading * n, (reading + 1) * n).entries()].filter(([, v]) => v === BANNED);
  expect(banned(0).map(([row]) => row)).toEqual([4, 7]);
  expect(banned(1).map(([row]) => row)).toEqual([4, 9]);
  expect(
    choiceOf(windows, Int32Array.of(9, 7), n, false)
      .offsets(0, 2)
      .every((value) => value === 0),
  ).toBe(true);
});

test('of a sample, the target is scored apart', () => {
  const sample = { rows: Int32Array.of(2, 7, 9), logWeight: Float32Array.of(0.5, 0.25, 0.125) };
  const out = choiceOf(windows, Int32Array.of(9, 7), n, true, sample).offsets(0, 2);
  expect([...out]).toEqual([0.5, BANNED, BANNED, 0.5, BANNED, BANNED]);
});
