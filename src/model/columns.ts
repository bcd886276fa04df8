import type { MeasuredColumns } from './near';

/** Similarities that are kept unless told otherwise, 8 bytes each. */
const MOST = 3e7;

/**
 * Keeps similarities from one ranking of the same candidates to the next, by item of the look-back, for whoever ranks one
 * catalogue for many shoppers (a trainer, an evaluator): what was read longest ago goes first. An item's vector must stay
 * what it is.
 * @param most values that may be kept, 8 bytes each
 */
export function keepColumns(most = MOST): MeasuredColumns {
  const kept = new Map<string, Float64Array>();
  return (ids, measure) => {
    const missing = [...ids.keys()].filter((j) => !kept.has(ids[j]!));
    const fresh = missing.length > 0 ? measure(missing) : [];
    for (const [k, j] of missing.entries()) kept.set(ids[j]!, fresh[k]!);
    const columns = ids.map((id) => {
      const column = kept.get(id)!;
      // A Map keeps the order of insertion: what is put in again goes last.
      kept.delete(id);
      kept.set(id, column);
      return column;
    });
    const size = columns[0]?.length ?? 0;
    while (kept.size * size > most) kept.delete(kept.keys().next().value!);
    return columns;
  };
}
