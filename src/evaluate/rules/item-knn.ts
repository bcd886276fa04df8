import { pick } from '../baselines';
import type { Protocol, Query } from '../query';
import { type Decay, describeDecay, pastWeights } from './history';
import type { Rule } from './rule';

export interface KnnSetting extends Decay {
  /** λ of `c_ij / (sqrt(c_i c_j) + λ)`. */
  shrinkage: number;
}

/** How many users met both items of a pair, as rows of a symmetric sparse matrix without its diagonal. */
export interface Together {
  /** [items] users who met the item. */
  users: Float32Array;
  /** Per item, the others it was met with, rising. */
  rows: Int32Array[];
  counts: Uint16Array[];
}

/**
 * Counts co-occurrence over users' sets of items: `Σ_u n_u²` additions.
 * @param fold reads only rows that `protocol.mayFit` for customers of this fold
 */
export function fitTogether(protocol: Protocol, fold: number): Together {
  const { events, items } = protocol.data;
  const n = items.ids.length;
  const sets: Int32Array[] = [];
  const setsOf: number[][] = Array.from({ length: n }, () => []);
  for (let user = 0; user < events.users.length; user++) {
    const mine = new Set<number>();
    for (let row = events.offsets[user]!; row < events.offsets[user + 1]!; row++) {
      const item = events.item[row]!;
      if (items.isProduct[item] && protocol.mayFit(row, user, fold)) mine.add(item);
    }
    const set = Int32Array.from(mine);
    for (const item of set) setsOf[item]!.push(sets.length);
    sets.push(set);
  }
  const counts = new Uint16Array(n);
  const together: Together = { users: Float32Array.from(setsOf, (of) => of.length), rows: [], counts: [] };
  for (let item = 0; item < n; item++) {
    const touched: number[] = [];
    for (const at of setsOf[item]!) {
      const set = sets[at]!;
      for (let i = 0; i < set.length; i++) {
        const other = set[i]!;
        if (counts[other]!++ === 0) touched.push(other);
      }
    }
    const rows = Int32Array.from(touched.filter((other) => other !== item)).sort();
    together.rows.push(rows);
    together.counts.push(Uint16Array.from(rows, (other) => counts[other]!));
    for (const other of touched) counts[other] = 0;
  }
  return together;
}

/**
 * `Σ_t decay_t · s(i, i_t)` with item-to-item cosine over users and shrinkage, `s_ij = c_ij / (sqrt(c_i c_j) + λ)` (Sarwar
 * et al. 2001; shrinkage: Bell & Koren 2007). An item is no neighbour of itself.
 */
export function itemKnn(protocol: Protocol, settings: readonly KnnSetting[]): Rule<KnnSetting> {
  const fitted = new Map<number, Together>();
  const togetherFor = (fold: number): Together => {
    const key = protocol.fitKey(fold);
    let found = fitted.get(key);
    if (!found) {
      found = fitTogether(protocol, fold);
      fitted.set(key, found);
    }
    return found;
  };
  const sums = new Float64Array(protocol.data.items.ids.length);
  return {
    name: 'item-kNN',
    settings,
    describe: (setting) => `shrinkage ${setting.shrinkage}, ${describeDecay(setting)}`,
    score(query: Query, setting) {
      const { users, rows, counts } = togetherFor(query.fold);
      sums.fill(0);
      for (const [item, weight] of pastWeights(protocol.data, query, setting)) {
        const others = rows[item]!;
        const both = counts[item]!;
        const mine = users[item]!;
        for (let at = 0; at < others.length; at++) {
          const other = others[at]!;
          sums[other]! += (weight * both[at]!) / (Math.sqrt(mine * users[other]!) + setting.shrinkage);
        }
      }
      return pick(query, sums);
    },
  };
}
