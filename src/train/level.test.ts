import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ModelManifest } from '../model';
import { applyLevels, bestLevel, type LevelList, levelList, levelledNdcg } from './level';
import { listNdcg } from './loss';
import { Tensors } from './parameters';

const list = (scores: number[], relevant: number[], met: number[]): LevelList =>
  levelList(Float64Array.from(scores), Uint8Array.from(relevant), Uint8Array.from(met));

test('a levelled list is judged as the list with raised scores', () => {
  const entry = fc.tuple(fc.double({ min: -5, max: 5, noNaN: true }), fc.boolean(), fc.boolean());
  fc.assert(
    fc.property(
      fc.array(entry, { minLength: 1, maxLength: 60 }),
      fc.double({ min: -8, max: 8, noNaN: true }),
      (all, level) => {
        const relevant = Uint8Array.from(all, ([, one]) => Number(one));
        fc.pre(relevant.includes(1));
        const met = Uint8Array.from(all, ([, , one]) => Number(one));
        // Ties are broken otherwise there; distinct scores leave none.
        const scores = Float64Array.from(all, ([score], at) => score + at * 1e-6);
        const raised = scores.map((score, at) => score + (met[at] ? level : 0));
        fc.pre(new Set(raised).size === raised.length);
        expect(levelledNdcg(levelList(scores, relevant, met), level)).toBeCloseTo(listNdcg(raised, relevant)!, 9);
      },
    ),
  );
});

test('the level is the smallest that is as good as the best', () => {
  // The relevant product is met and stands 1.1 below an unmet one: 1.25 is the first step that brings it up.
  const low = list([2, 0.9], [0, 1], [0, 1]);
  expect(bestLevel([low])).toEqual({ level: 1.25, ndcg: 1 });
  // Nothing to gain: no level.
  expect(bestLevel([list([2, 0.9], [1, 0], [0, 1])])).toEqual({ level: 0, ndcg: 1 });
  // The relevant one leads already; where it does not, met ones come down past it.
  expect(bestLevel([list([2, 1], [1, 0], [1, 0])]).level).toBe(0);
  expect(bestLevel([list([1, 2], [1, 0], [0, 1])]).level).toBe(-1.25);
});

test('levels go into the row of `met`, with and without a prior apart', () => {
  const shape = {
    manifest: { features: [{ kind: 'bias' }, { kind: 'met' }] } as unknown as ModelManifest,
    hasPriorAt: 1,
  };
  const weights = new Tensors([
    ['gate.weight', Float32Array.of(1, 2, 3, 4)],
    ['gate.bias', Float32Array.of(5, 6)],
  ]);
  expect(applyLevels(weights, shape, { none: 0.5, prior: 2 })).toBe(true);
  expect([...weights.get('gate.bias')]).toEqual([5, 6.5]);
  expect([...weights.get('gate.weight')]).toEqual([1, 2, 3, 5.5]);
  expect(applyLevels(weights, { ...shape, hasPriorAt: -1 }, { none: 1, prior: 1 })).toBe(false);
});
