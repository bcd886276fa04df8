import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../evaluate';
import { conversionLogits } from '../../model';
import { arraysOf, foldScale, listGradient, NAMES, scaleOf, standardise, startHead } from './head';
import { plattScale } from './platt';

const X = 5;
const random = seededRandom(3);
const x = Float32Array.from({ length: 4 * X }, () => 2 * random() - 1);
const y = Uint8Array.of(0, 1, 0, 1);
const head = startHead(X, 3, random);
head.get(NAMES[1]).set([0.1, -0.2, 0.3]);
head.get(NAMES[3]).set([-0.4]);

const logits = (weights: typeof head, rows: Float32Array) => {
  const [w1, b1, w2, b2] = NAMES.map((name) => weights.get(name));
  return conversionLogits({ w1: w1!, b1: b1!, w2: w2!, b2: b2! }, rows);
};

describe('the head', () => {
  test('its loss is the cross-entropy of the probabilities that serve', () => {
    const p = [...logits(head, x)].map((logit) => 1 / (1 + Math.exp(-logit)));
    const loss = p.reduce((sum, chance, i) => sum - Math.log(y[i] ? chance : 1 - chance), 0);
    expect(listGradient(arraysOf(head), Float64Array.from(x), y, 0.5, arraysOf(head))).toBeCloseTo(0.5 * loss, 6);
  });

  test('its gradient is that of finite differences', () => {
    const grad = arraysOf(head.zeros());
    const weights = arraysOf(head);
    const rows = Float64Array.from(x);
    listGradient(weights, rows, y, 0.7, grad);
    const step = 1e-5;
    for (const name of ['w1', 'b1', 'w2', 'b2'] as const) {
      for (const [i, kept] of weights[name].entries()) {
        const at = (value: number) => {
          weights[name][i] = value;
          const loss = listGradient(weights, rows, y, 0.7, arraysOf(head));
          weights[name][i] = kept;
          return loss;
        };
        expect(grad[name][i]).toBeCloseTo((at(kept + step) - at(kept - step)) / (2 * step), 7);
      }
    }
  });

  test('standardised inputs and a calibrated output fold into the weights', () => {
    const raw = Float32Array.from(x, (value, i) => (i % X === 4 ? 7 : 3 * value + (i % X)));
    const scale = scaleOf([{ x: raw.slice(0, 2 * X) }, { x: raw.slice(2 * X) }], X);
    const columns = 5;
    const inner = logits(head, standardise(raw, scale, columns));
    const folded = logits(foldScale(head, scale, { slope: 0.8, offset: -1.5 }), raw);
    for (const [i, logit] of inner.entries()) expect(folded[i]).toBeCloseTo(0.8 * logit - 1.5, 4);
    // A constant input is not blown up.
    expect(scale.deviation[4]).toBe(1);
  });
});

describe('Platt scaling', () => {
  test('finds the scale that outcomes were drawn with', () => {
    const draw = seededRandom(11);
    const raw = Float64Array.from({ length: 20_000 }, () => 6 * draw() - 3);
    const outcomes = raw.map((logit) => (draw() < 1 / (1 + Math.exp(-(0.5 * logit - 1))) ? 1 : 0));
    const { slope, offset } = plattScale(raw, outcomes);
    expect(slope).toBeCloseTo(0.5, 1);
    expect(offset).toBeCloseTo(-1, 1);
  });

  test('leaves logits alone where nothing can be learned, and stays finite where they separate the outcomes', () => {
    expect(plattScale([1, 2], [0, 0])).toEqual({ slope: 1, offset: 0 });
    const { slope, offset } = plattScale([-2, -1, 1, 2], [0, 0, 1, 1]);
    expect(slope).toBeGreaterThan(0);
    expect(Number.isFinite(slope + offset)).toBe(true);
  });
});
