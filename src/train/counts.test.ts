import { expect, test } from 'vitest';
import type { ModelManifest } from '../model';
import { weighCounts } from './counts';
import { Tensors } from './parameters';

test('counts of items weigh more in a list with a prior, and as before in one without', () => {
  const features = [{ kind: 'familiarity', entity: 'item' }, { kind: 'familiarity', entity: 'brand' }, { kind: 'met' }];
  const shape = { manifest: { features } as unknown as ModelManifest, hasPriorAt: 1 };
  const weights = new Tensors([
    ['gate.weight', Float32Array.of(1, 2, 3, 4, 5, 6)],
    ['gate.bias', Float32Array.of(8, 9, 10)],
  ]);
  const weighed = weighCounts(weights, shape, 1.5);
  // With a prior: (8 + 2) · 1.5 = 15.
  expect([...weighed.get('gate.weight')]).toEqual([1, 7, 3, 4, 5, 6]);
  expect([...weighed.get('gate.bias')]).toEqual([8, 9, 10]);
  expect([...weights.get('gate.weight')]).toEqual([1, 2, 3, 4, 5, 6]);
  expect([...weighCounts(weights, { ...shape, hasPriorAt: -1 }, 2).get('gate.weight')]).toEqual([1, 2, 3, 4, 5, 6]);
});
