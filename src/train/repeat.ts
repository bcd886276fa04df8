import type { DataFolder } from '../data';
import { basketsOf } from '../evaluate';

/** Chances of the average product that every product is taken to have had. */
const PRIOR_CHANCES = 5;

/**
 * How much likelier than the average product each one is bought again, as a natural logarithm, [items]; 0 for a product
 * that nobody had a chance to buy again. A chance is a customer's basket after one that held the product; the ratio is
 * shrunk: `log((again + 5 r) / (chances + 5) / r)`, r the share over all products.
 */
export function repeatRatios(
  data: Pick<DataFolder, 'items' | 'events' | 'path'>,
  users: Iterable<number>,
): Float32Array {
  const again = new Float64Array(data.items.ids.length);
  const chances = new Float64Array(data.items.ids.length);
  for (const user of users) {
    const met = new Set<number>();
    for (const { items } of basketsOf(data, user)) {
      for (const row of met) chances[row]! += 1;
      for (const row of items) {
        if (met.has(row)) again[row]! += 1;
        met.add(row);
      }
    }
  }
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
  const mean = sum(again) / sum(chances);
  if (!(mean > 0)) return new Float32Array(again.length);
  return Float32Array.from(again, (count, row) =>
    Math.log((count / mean + PRIOR_CHANCES) / (chances[row]! + PRIOR_CHANCES)),
  );
}
