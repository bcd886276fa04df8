import { dots, indexWords, sharedWords, wordsOf } from '../../model';
import { pick } from '../baselines';
import type { Protocol, Ranker } from '../query';
import { type Decay, describeDecay, pastWeights } from './history';
import type { Rule } from './rule';

/** How like the items' texts are to each other. */
export interface TextTable {
  name: string;
  /** [items] similarity of every item to one item; zeros for an item without text. */
  near: (item: number) => Float32Array;
}

export interface TextSetting extends Decay {
  table: TextTable;
  /** 1: similarity to the mean vector, negative ones too; above: `Σ max(0, cos)^power`. */
  power: number;
}

/** Rows look back on at most so many events: what the model looks back on. */
const LOOK_BACK = 50;

/** Float32 values that a table may keep of similarities: all pairs of 11,500 items. */
const CACHE = 1 << 27;

/** Rows are kept, since histories meet the same items again and again. */
function keep(items: number, make: (item: number) => Float32Array): TextTable['near'] {
  const most = Math.max(64, Math.floor(CACHE / Math.max(1, items)));
  const kept = new Map<number, Float32Array>();
  return (item) => {
    let row = kept.get(item);
    if (row) return row;
    // The oldest goes first: a Map keeps the order of insertion.
    if (kept.size >= most) kept.delete(kept.keys().next().value!);
    row = make(item);
    kept.set(item, row);
    return row;
  };
}

/** A table of cosines of vectors, of any length. */
export function textTable(name: string, vectors: readonly (Float32Array | undefined)[]): TextTable {
  const n = vectors.length;
  const size = vectors.find((one) => one && one.length > 0)?.length ?? 0;
  const values = new Float32Array(n * size);
  for (const [row, vector] of vectors.entries()) {
    const norm = Math.sqrt(vector?.reduce((sum, value) => sum + value * value, 0) ?? 0);
    if (vector && norm > 0) for (let i = 0; i < size; i++) values[row * size + i] = vector[i]! / norm;
  }
  const of = (item: number) => new Float64Array(values.subarray(item * size, (item + 1) * size));
  return { name, near: keep(n, (item) => new Float32Array(dots(values, of(item), n))) };
}

/** A table of cosines of titles' words, each word as long as it is rare in the catalogue. */
export function wordTable(titles: readonly string[]): TextTable {
  const words = titles.map(wordsOf);
  const index = indexWords(words);
  return { name: 'words', near: keep(titles.length, (item) => new Float32Array(sharedWords(index, words[item]!))) };
}

/** `cos(e_i, Σ_t decay_t e_{i_t})`, or with a power p over 1 `Σ_t decay_t max(0, cos(e_i, e_{i_t}))^p`. */
export function textMean(protocol: Protocol, settings: readonly TextSetting[]): Rule<TextSetting> {
  return {
    name: 'text mean',
    settings,
    describe: (setting) =>
      `${setting.table.name}, ${setting.power === 1 ? 'mean' : `power ${setting.power}`}, ${describeDecay(setting)}`,
    score(query, setting) {
      const { table, power } = setting;
      const past = pastWeights(protocol.data, query, { last: LOOK_BACK, ...setting });
      const sums = new Float64Array(protocol.data.items.ids.length);
      for (const [item, weight] of past) addPowers(sums, table.near(item), power, weight);
      return pick(query, sums);
    },
  };
}

/** `sums += weight · max(0, values)^power`; the first power of negative ones too. */
function addPowers(sums: Float64Array, values: Float32Array, power: number, weight: number): void {
  for (let i = 0; i < sums.length; i++) {
    const value = values[i]!;
    let raised = value > 0 || power === 1 ? value : 0;
    for (let k = 1; k < power; k++) raised *= value;
    sums[i]! += weight * raised;
  }
}

/**
 * `Σ_t 0.8^(steps ago) · max(0, e_i · e_{i_t})³` over the last 50 events: what whitened text alone says, nothing trained. Its
 * constants are those of evidence on another log (Amazon Beauty), not tuned on this one. What was met is as similar to
 * itself as can be, so repeats come first.
 * @param vectors whitened, by row of the items file
 */
export function textRule(protocol: Protocol, vectors: readonly (Float32Array | undefined)[]): Ranker {
  const setting = { table: textTable('the model’s', vectors), power: 3, stepDecay: 0.8 };
  const rule = textMean(protocol, [setting]);
  return { name: 'untrained text rule', score: (query) => rule.score(query, setting) };
}
