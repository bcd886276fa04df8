import type { CandidateBatch } from './batch';
import { dots } from './linear';
import type { LookBack } from './look-back';
import type { InterestModel } from './model';
import { sharedWords } from './words';

/** How like a list’s candidates are to what the shopper met lately, by their texts: once for all text columns. */
export interface Near {
  look: LookBack;
  /** [m, n] `max(0, e_i · e_j)`, m distinct items of the look-back, n candidates. */
  columns: readonly Float64Array[];
  /** [m, n] {@link sharedWords}; empty for a model that reads no words. */
  words: readonly Float64Array[];
}

/** [n] `max(0, row · vector)` */
function cosines(rows: Float32Array, vector: Float64Array, n: number): Float64Array {
  const out = dots(rows, vector, n);
  for (let i = 0; i < n; i += 1) if (!(out[i]! > 0)) out[i] = 0;
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

/** Measures every candidate's text against those of the look-back, as the model's columns read it. */
export function nearness(model: InterestModel, batch: CandidateBatch, look: LookBack): Near {
  const size = model.manifest.sizes.embedding;
  const make = (places: readonly number[]) =>
    places.map((j) => cosines(batch.e, look.e.subarray(j * size, (j + 1) * size), batch.size));
  const { words } = batch;
  return {
    look,
    columns: batch.near ? batch.near(look.ids, make) : make([...look.ids.keys()]),
    words: words ? look.words.map((one) => sharedWords(words, one)) : [],
  };
}

/** [n] cosine of every candidate to one of them, at least 0: by text, or by item vector where no text is known. */
export function similarityTo(batch: CandidateBatch, row: number): Float64Array {
  const isText = batch.e.some((value) => value !== 0);
  const rows = isText ? batch.e : batch.q;
  const size = rows.length / batch.size;
  const past = Float64Array.from(rows.subarray(row * size, (row + 1) * size));
  const make = () => [cosines(rows, past, batch.size)];
  return (isText && batch.near ? batch.near([batch.ids[row]!], make) : make())[0]!;
}
