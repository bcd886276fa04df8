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
 * Dot products of two candidates, a and b, with all of the look-back, four at a time: every value that is loaded is used
 * several times, and the tables are Float64, so that nothing is converted in the loop. Every product is summed in the
 * order of its dimensions, so that the result does not depend on which candidates go together. Negative ones become 0.
 * `out` takes those of a at `at`, then those of b, and those of the next of the look-back `stride` further on.
 */
function dots(a: Float64Array, b: Float64Array, look: Float64Array, out: Float64Array, at: number, stride: number) {
  const size = a.length;
  const count = look.length / size;
  let j = 0;
  for (; j + 3 < count; j += 4) {
    const j0 = j * size;
    const j1 = j0 + size;
    const j2 = j1 + size;
    const j3 = j2 + size;
    let a0 = 0;
    let a1 = 0;
    let a2 = 0;
    let a3 = 0;
    let b0 = 0;
    let b1 = 0;
    let b2 = 0;
    let b3 = 0;
    for (let i = 0; i < size; i += 1) {
      const x = a[i]!;
      const y = b[i]!;
      const e0 = look[j0 + i]!;
      const e1 = look[j1 + i]!;
      const e2 = look[j2 + i]!;
      const e3 = look[j3 + i]!;
      a0 += x * e0;
      a1 += x * e1;
      a2 += x * e2;
      a3 += x * e3;
      b0 += y * e0;
      b1 += y * e1;
      b2 += y * e2;
      b3 += y * e3;
    }
    let to = at + j * stride;
    out[to] = a0 > 0 ? a0 : 0;
    out[to + 1] = b0 > 0 ? b0 : 0;
    to += stride;
    out[to] = a1 > 0 ? a1 : 0;
    out[to + 1] = b1 > 0 ? b1 : 0;
    to += stride;
    out[to] = a2 > 0 ? a2 : 0;
    out[to + 1] = b2 > 0 ? b2 : 0;
    to += stride;
    out[to] = a3 > 0 ? a3 : 0;
    out[to + 1] = b3 > 0 ? b3 : 0;
  }
  for (; j < count; j += 1) {
    let sumA = 0;
    let sumB = 0;
    for (let i = 0; i < size; i += 1) {
      sumA += a[i]! * look[j * size + i]!;
      sumB += b[i]! * look[j * size + i]!;
    }
    out[at + j * stride] = sumA > 0 ? sumA : 0;
    out[at + j * stride + 1] = sumB > 0 ? sumB : 0;
  }
}

function load(e: Float32Array, row: number, out: Float64Array): void {
  const at = row * out.length;
  for (let i = 0; i < out.length; i += 1) out[i] = e[at + i]!;
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
  const columns = kept
    ? kept(look.ids, (places) => {
        const some = new Float64Array(places.length * size);
        places.forEach((j, k) => {
          some.set(past.subarray(j * size, (j + 1) * size), k * size);
        });
        return measure(n, rows, some, size);
      })
    : measure(n, rows, past, size);
  return { look, columns, rows: own };
}

/** [n] cosine of every candidate to one of them, at least 0: by text, or by item vector where no text is known. */
export function similarityTo(batch: CandidateBatch, row: number): Float64Array {
  const isText = batch.e.some((value) => value !== 0);
  const rows = isText ? batch.e : batch.q;
  const size = rows.length / batch.size;
  const past = Float64Array.from(rows.subarray(row * size, (row + 1) * size));
  const make = () => measure(batch.size, rows, past, size);
  return (isText && batch.near ? batch.near.text([batch.ids[row]!], make) : make())[0]!;
}

/** [m, n] `max(0, row · past)`. */
function measure(n: number, rows: Float32Array, past: Float64Array, size: number): Float64Array[] {
  // Rows are made two at a time: an odd last one has a partner that nobody reads.
  const stride = n + (n % 2);
  const values = new Float64Array((past.length / size) * stride);
  const a = new Float64Array(size);
  const b = new Float64Array(size);
  for (let i = 0; i < n; i += 2) {
    load(rows, i, a);
    if (i + 1 < n) load(rows, i + 1, b);
    dots(a, b, past, values, i, stride);
  }
  return Array.from({ length: past.length / size }, (_, j) => values.subarray(j * stride, j * stride + n));
}
