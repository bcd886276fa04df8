import type { FeatureSpec } from './manifest';

/** The words of a list's candidates, turned around: for columns of text by shared words. */
export interface WordIndex {
  /** Rows of the candidates that have a word. */
  rows: ReadonlyMap<string, readonly number[]>;
  /** [n] length of each candidate's vector of words. */
  lengths: Float64Array;
}

/** True for a text column that compares words. */
export function readsWords(spec: FeatureSpec): boolean {
  return spec.kind === 'text' && !!spec.words;
}

/** The distinct words of a text: letters and digits, in lower case, without accents. */
export function wordsOf(text: string): string[] {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return [...new Set(plain.match(/[\p{L}\p{N}]+/gu))];
}

/** How much a word says in a list of `n`, `found` of which have it: `ln((n + 1) / (found + 1))`, squared (idf: Spärck Jones 1972). */
function worth(n: number, found: number): number {
  return Math.log((n + 1) / (found + 1)) ** 2;
}

/** `texts` [n] as {@link wordsOf} gives them. */
export function indexWords(texts: readonly (readonly string[])[]): WordIndex {
  const rows = new Map<string, number[]>();
  texts.forEach((words, row) => {
    for (const word of words) {
      const found = rows.get(word);
      if (found) found.push(row);
      else rows.set(word, [row]);
    }
  });
  // Each text's words in its own order: the order of the list must not change a bit.
  const lengths = Float64Array.from(texts, (words) =>
    Math.sqrt(words.reduce((sum, word) => sum + worth(texts.length, rows.get(word)!.length), 0)),
  );
  return { rows, lengths };
}

/** [n] cosine of every candidate's words to those of a text, a word weighing as much as it is rare among the candidates. */
export function sharedWords({ rows, lengths }: WordIndex, words: readonly string[]): Float64Array {
  const out = new Float64Array(lengths.length);
  const found = words.map((word) => rows.get(word) ?? []);
  const values = found.map(({ length }) => worth(lengths.length, length));
  const own = Math.sqrt(values.reduce((sum, value) => sum + value, 0));
  // A word that all candidates have is worth nothing, and may be all that one has.
  found.forEach((some, i) => {
    const value = values[i]! / own;
    if (value > 0) for (const row of some) out[row]! += value / lengths[row]!;
  });
  return out;
}
