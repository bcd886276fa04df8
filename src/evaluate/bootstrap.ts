/** Uniform numbers in [0, 1) from a 32-bit seed: Mulberry32 (T. Ettinger, 2017). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export interface Interval {
  low: number;
  high: number;
}

/**
 * Percentile bootstrap of a mean over observations that come in groups (baskets of customers): whole groups are drawn
 * with replacement, since the baskets of one customer are alike (Efron & Tibshirani 1993, cluster bootstrap).
 * @param groups sum and count of the observations of each group
 */
export function bootstrapMean(
  groups: readonly { sum: number; count: number }[],
  options: { seed: number; resamples?: number; level?: number },
): Interval {
  const { seed, resamples = 1000, level = 0.95 } = options;
  if (groups.length === 0) return { low: Number.NaN, high: Number.NaN };
  const random = seededRandom(seed);
  const means = new Float64Array(resamples);
  for (let draw = 0; draw < resamples; draw++) {
    let sum = 0;
    let count = 0;
    for (let i = 0; i < groups.length; i++) {
      const group = groups[Math.floor(random() * groups.length)]!;
      sum += group.sum;
      count += group.count;
    }
    means[draw] = sum / count;
  }
  means.sort();
  const at = (share: number): number => means[Math.min(resamples - 1, Math.floor(share * resamples))]!;
  return { low: at((1 - level) / 2), high: at((1 + level) / 2) };
}

/** A sample of `size` users without replacement, in the log's order; the same seed gives the same sample. */
export function sampleUsers(users: readonly number[], size: number, seed: number): number[] {
  const random = seededRandom(seed);
  const pool = [...users];
  // Fisher–Yates as far as needed.
  for (let at = 0; at < Math.min(size, pool.length); at++) {
    const other = at + Math.floor(random() * (pool.length - at));
    [pool[at], pool[other]] = [pool[other]!, pool[at]!];
  }
  return pool.slice(0, size).sort((a, b) => a - b);
}
