import type { FeatureSpec } from '../model';
import type { Shape } from './customer';
import type { Tensors } from './parameters';

function isCount(spec: FeatureSpec): boolean {
  return spec.kind === 'familiarity' && spec.entity === 'item';
}

/**
 * The weights with an item's own counts weighing `factor` times as much in lists with a prior, as far as the weight does not
 * depend on the shopper; `weights` stays as it is. Training makes them too light there: the learned columns explain the
 * customers they were learned on better than others, and take from the counts what they do not give back elsewhere.
 */
export function weighCounts(weights: Tensors, shape: Pick<Shape, 'manifest' | 'hasPriorAt'>, factor: number): Tensors {
  const out = weights.clone();
  if (shape.hasPriorAt < 0) return out;
  const { features } = shape.manifest;
  const gate = out.get('gate.weight');
  const columns = gate.length / features.length;
  features.forEach((spec, j) => {
    if (!isCount(spec)) return;
    const at = j * columns + shape.hasPriorAt;
    gate[at]! += (factor - 1) * (out.get('gate.bias')[j]! + gate[at]!);
  });
  return out;
}
