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

/** The distinct words of a text, separated by spaces: letters and digits, in lower case, without accents. */
export function wordsOf(text: string): string {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return [...new Set(plain.match(/[\p{L}\p{N}]+/gu))].join(' ');
}

/** How much a word says in a list of `n`, `found` of which have it: `ln((n + 1) / (found + 1))`, squared (idf: Spärck Jones 1972). */
function worth(n: number, found: number): number {
  return Math.log((n + 1) / (found + 1)) ** 2;
}

const split = (words: string) => (words === '' ? [] : words.split(' '));

/** `texts` [n] as {@link wordsOf} gives them. */
export function indexWords(texts: readonly string[]): WordIndex {
  const rows = new Map<string, number[]>();
  texts.forEach((words, row) => {
    for (const word of split(words)) {
      const found = rows.get(word);
      if (found) found.push(row);
      else rows.set(word, [row]);
    }
  });
  // Each text's words in its own order: the order of the list must not change a bit.
  const lengths = Float64Array.from(texts, (words) =>
    Math.sqrt(split(words).reduce((sum, word) => sum + worth(texts.length, rows.get(word)!.length), 0)),
  );
  return { rows, lengths };
}

/** [n] cosine of every candidate's words to those of a text, a word weighing as much as it is rare among the candidates. */
export function sharedWords({ rows, lengths }: WordIndex, words: string): Float64Array {
  const out = new Float64Array(lengths.length);
  let own = 0;
  for (const word of split(words)) {
    const found = rows.get(word) ?? [];
    const value = worth(lengths.length, found.length);
    own += value;
    for (const row of found) out[row]! += value;
  }
  for (let i = 0; i < out.length; i += 1) if (out[i]! > 0) out[i]! /= lengths[i]! * Math.sqrt(own);
  return out;
}
