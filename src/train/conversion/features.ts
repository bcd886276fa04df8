import type { ConversionInput, FeatureSpec, ModelManifest } from '../../model';

const HOUR = 3600;
const DAY = 24 * HOUR;

/** Columns that a purchase shows in: how much of the item and of its category was met, carted, bought, lately and before. */
export function conversionFeatures(): FeatureSpec[] {
  const columns: FeatureSpec[] = [];
  for (const entity of ['item', 'category'] as const) {
    for (const group of ['any', 'cart', 'purchase'] as const) {
      for (const halfLife of [HOUR, DAY]) columns.push({ kind: 'familiarity', entity, group, halfLife });
    }
  }
  return columns;
}

/** Blocks of the head's input; `U ⊙ q` last, so that a head without it reads a part of each row. */
export const INPUTS: readonly ConversionInput[] = [
  'features',
  'recency',
  'price',
  'gap',
  'clock',
  'items',
  'sessions',
  'interest',
];

/**
 * A model's manifest with the columns that it lacks: at the end, so that those it has keep their rows in the gate. The new
 * rows are zeros: the order by relevance stays what it was.
 */
export function withFeatures(manifest: ModelManifest): ModelManifest {
  const known = new Set(manifest.features.map((spec) => JSON.stringify(spec)));
  const more = conversionFeatures().filter((spec) => !known.has(JSON.stringify(spec)));
  return { ...structuredClone(manifest), features: [...manifest.features, ...more] };
}
