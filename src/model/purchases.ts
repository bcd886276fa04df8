import type { CandidateBatch } from './batch';
import type { ItemCount } from './counts';
import type { PurchaseFact } from './manifest';
import type { InterestState } from './state';

const DAY = 86_400_000;

/** log1p of the days from `then` to `now`, 0 for what lies ahead; NaN where either is unknown. */
function logDays(then: number, now: number): number {
  return Math.log1p(Math.max(0, now - then) / DAY);
}

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
 * A {@link PurchaseFact} of every candidate less its mean over everything bought, into `out` from `column` on, each `stride`
 * further; what is not bought, or not known, keeps what stands there. `now` Unix ms, NaN when unknown.
 */
export function purchaseColumn(
  state: InterestState,
  batch: CandidateBatch,
  of: PurchaseFact,
  now: number,
  out: Float32Array,
  column: number,
  stride: number,
): void {
  const fact = FACTS[of];
  const found: number[] = [];
  let sum = 0;
  let known = 0;
  for (const [id, { bought }] of state.items) {
    if (bought.length === 0) continue;
    const value = fact(bought, now, state.sessions);
    if (Number.isNaN(value)) continue;
    sum += value;
    known += 1;
    const row = batch.rows.get(id);
    if (row !== undefined) found.push(row, value);
  }
  for (let i = 0; i < found.length; i += 2) out[found[i]! * stride + column] = found[i + 1]! - sum / known;
}
