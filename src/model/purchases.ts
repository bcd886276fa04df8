import type { CandidateBatch } from './batch';
import type { ItemCount } from './counts';
import { logDays } from './encode';
import type { PurchaseFact } from './manifest';
import type { InterestState } from './state';

const FACTS: Record<PurchaseFact, (bought: ItemCount['bought'], now: number, sessions: number) => number> = {
  quantity: (bought) => {
    let sum = 0;
    let known = 0;
    for (const { left } of bought) {
      if (Number.isNaN(left)) continue;
      sum += Math.log1p(left);
      known += 1;
    }
    return known > 0 ? sum / known : Number.NaN;
  },
  latest: (bought) => Math.log1p(bought.at(-1)!.left),
  spend: (bought) => {
    let sum = 0;
    for (const { left, price } of bought) if (!Number.isNaN(left * price)) sum += left * price;
    return sum > 0 ? Math.log1p(sum) : Number.NaN;
  },
  ago: (bought, now) => logDays(bought.at(-1)!.time, now),
  since: (bought, now) => logDays(bought[0]!.time, now),
  rate: (bought, _now, sessions) => bought.length / Math.max(1, sessions),
};

/**
 * The columns of some {@link PurchaseFact}s: of every candidate that was bought the fact, less its mean over everything bought.
 * Written to `out` [n, stride] at `columns`; what is not bought, or not known, keeps what stands there. `now` Unix ms, NaN when unknown.
 */
export function purchaseFeatures(
  state: InterestState,
  batch: CandidateBatch,
  facts: readonly PurchaseFact[],
  columns: readonly number[],
  now: number,
  out: Float32Array,
  stride: number,
): void {
  if (facts.length === 0) return;
  const bought = [...state.items].filter(([, count]) => count.bought.length > 0);
  facts.forEach((of, k) => {
    const values = bought.map(([, count]) => FACTS[of](count.bought, now, state.sessions));
    const known = values.filter((value) => !Number.isNaN(value));
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
    values.forEach((value, i) => {
      const row = batch.rows.get(bought[i]![0]);
      if (row !== undefined && !Number.isNaN(value)) out[row * stride + columns[k]!] = value - mean;
    });
  });
}
