import { seededRandom } from './bootstrap';
import type { Tally } from './tally';

/** Two rankers on the same rankings: mean NDCG@10 of `a` less that of `b`. */
export interface Comparison {
  a: string;
  b: string;
  slice: string;
  difference: number;
  /** 95 % interval of the difference, customers resampled in pairs. */
  low: number;
  high: number;
  /** Two-sided, of a sign-flip permutation of customers' differences. */
  p: number;
}

type Groups = Tally['byUser'];

/**
 * Paired comparison by customer. Interval: percentile bootstrap over customers of the mean difference. p: under the null
 * a customer's difference is as likely of either sign; the share of random sign patterns (one added to both, so that it
 * is never 0) whose sum is at least as far from 0 (Smucker, Allan & Carterette 2007).
 */
export function comparePaired(
  a: Groups,
  b: Groups,
  options: { seed: number; resamples?: number },
): Pick<Comparison, 'difference' | 'low' | 'high' | 'p'> {
  const { seed, resamples = 1000 } = options;
  const random = seededRandom(seed);
  const users = [...a.keys()].filter((user) => b.has(user));
  const difference = Float64Array.from(users, (user) => a.get(user)!.sum - b.get(user)!.sum);
  const count = Float64Array.from(users, (user) => a.get(user)!.count);
  const n = users.length;
  const total = count.reduce((sum, one) => sum + one, 0);
  const observed = difference.reduce((sum, one) => sum + one, 0);
  if (n === 0) return { difference: Number.NaN, low: Number.NaN, high: Number.NaN, p: Number.NaN };
  const means = new Float64Array(resamples);
  let asFar = 0;
  for (let draw = 0; draw < resamples; draw++) {
    let sum = 0;
    let rankings = 0;
    let flipped = 0;
    for (let i = 0; i < n; i++) {
      const at = Math.floor(random() * n);
      sum += difference[at]!;
      rankings += count[at]!;
      flipped += random() < 0.5 ? difference[i]! : -difference[i]!;
    }
    means[draw] = sum / rankings;
    // Sums in another order differ by rounding.
    if (Math.abs(flipped) >= Math.abs(observed) - 1e-12) asFar++;
  }
  means.sort();
  const at = (share: number): number => means[Math.min(resamples - 1, Math.floor(share * resamples))]!;
  return { difference: observed / total, low: at(0.025), high: at(0.975), p: (asFar + 1) / (resamples + 1) };
}

/** `first` against every other ranker, on every slice. */
export function compareAll(
  tallies: ReadonlyMap<string, ReadonlyMap<string, Tally>>,
  first: string,
  options: { seed: number; resamples?: number },
): Comparison[] {
  const mine = tallies.get(first);
  const rows: Comparison[] = [];
  for (const [other, theirs] of tallies) {
    if (other === first) continue;
    for (const [slice, tally] of mine ?? []) {
      const that = theirs.get(slice);
      if (that) rows.push({ a: first, b: other, slice, ...comparePaired(tally.byUser, that.byUser, options) });
    }
  }
  return rows;
}
