// biome-ignore-all lint/complexity/useMathMinMax: a comparison also takes NaN to 0, and costs less than a call in this loop
import type { CandidateBatch } from './batch';
import type { LookBack } from './look-back';

/** How like a list's candidates are to what the shopper met lately, in one space: once for all text columns of it. */
export interface Near {
  look: LookBack;
  /** [m, n] `max(0, e_i · e_j)` (or q for e), m distinct items of the look-back, n candidates. */
  columns: readonly Float64Array[];
  /** [m] row of the candidate that is this very item; −1: none is. */
  rows: Int32Array;
}

/**
 * `max(0, row · past)` of every row [n, size] with one vector, eight rows at a time: what is loaded of the vector is used
 * for all of them, and no sum waits for another. Every product is summed in the order of its dimensions, so that the result
 * does not depend on which rows go together.
 */
function dots(rows: Float32Array, past: Float64Array, n: number): Float64Array {
  const size = past.length;
  const out = new Float64Array(n);
  let row = 0;
  let at = 0;
  for (; row + 7 < n; row += 8, at += 8 * size) {
    const at1 = at + size;
    const at2 = at1 + size;
    const at3 = at2 + size;
    const at4 = at3 + size;
    const at5 = at4 + size;
    const at6 = at5 + size;
    const at7 = at6 + size;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let s4 = 0;
    let s5 = 0;
    let s6 = 0;
    let s7 = 0;
    for (let i = 0; i < size; i += 1) {
      const x = past[i]!;
      s0 += rows[at + i]! * x;
      s1 += rows[at1 + i]! * x;
      s2 += rows[at2 + i]! * x;
      s3 += rows[at3 + i]! * x;
      s4 += rows[at4 + i]! * x;
      s5 += rows[at5 + i]! * x;
      s6 += rows[at6 + i]! * x;
      s7 += rows[at7 + i]! * x;
    }
    out[row] = s0;
    out[row + 1] = s1;
    out[row + 2] = s2;
    out[row + 3] = s3;
    out[row + 4] = s4;
    out[row + 5] = s5;
    out[row + 6] = s6;
    out[row + 7] = s7;
  }
  for (; row < n; row += 1, at += size) {
    let sum = 0;
    for (let i = 0; i < size; i += 1) sum += rows[at + i]! * past[i]!;
    out[row] = sum;
  }
  for (let i = 0; i < out.length; i += 1) if (!(out[i]! > 0)) out[i] = 0;
  return out;
}

/**
 * The columns of {@link Near} by item of the look-back; `measure` makes those of some of its places. Set by whoever ranks
 * the same candidates again and again, to measure each item once (`columns.ts`).
 */
export type MeasuredColumns = (
  ids: readonly string[],
  measure: (places: readonly number[]) => Float64Array[],
) => readonly Float64Array[];

/**
 * Measures every candidate against the look-back: `rows` [n, size] are the candidates' vectors, `past` [m, size] those of
 * the look-back, in one space.
 */
export function nearness(
  batch: CandidateBatch,
  look: LookBack,
  rows: Float32Array,
  past: Float64Array,
  size: number,
  kept?: MeasuredColumns,
): Near {
  const n = batch.size;
  const own = Int32Array.from(look.ids, (id) => batch.rows.get(id) ?? -1);
  const make = (places: readonly number[]) => places.map((j) => dots(rows, past.subarray(j * size, (j + 1) * size), n));
  const columns = kept ? kept(look.ids, make) : make([...look.ids.keys()]);
  return { look, columns, rows: own };
}

/** [n] cosine of every candidate to one of them, at least 0: by text, or by item vector where no text is known. */
export function similarityTo(batch: CandidateBatch, row: number): Float64Array {
  const isText = batch.e.some((value) => value !== 0);
  const rows = isText ? batch.e : batch.q;
  const size = rows.length / batch.size;
  const past = Float64Array.from(rows.subarray(row * size, (row + 1) * size));
  const make = () => [dots(rows, past, batch.size)];
  return (isText && batch.near ? batch.near.text([batch.ids[row]!], make) : make())[0]!;
}
