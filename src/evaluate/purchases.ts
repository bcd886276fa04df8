import { setImmediate } from 'node:timers/promises';
import { HomebodyError } from '../domain';
import { bootstrapMean } from './bootstrap';
import { type Calibration, calibrationOf } from './calibration';
import { aucOf } from './metrics';
import type { Protocol, Ranker } from './query';

/** Figures of one ranker on {@link nextPurchase}. */
export interface PurchaseRow extends Partial<Calibration> {
  name: string;
  slice: string;
  /** Of the bought item among its candidates; the mean of each user's purchases, then over users. */
  auc: number;
  /** 95 % interval of it, users resampled. */
  low: number;
  high: number;
  users: number;
  purchases: number;
  /** Mean number of candidates. */
  candidates: number;
}

export interface PurchaseOptions {
  users?: readonly number[];
  seed?: number;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/** A ranker whose scores are logits of a probability: its calibration is measured too. */
export type PurchaseRanker = Ranker & { readonly isLogit?: boolean };

/**
 * Judges rankers on next-purchase: AUC for every list, and how far probabilities are what they say.
 * @throws HomebodyError `aborted`
 */
export async function evaluatePurchases(
  protocol: Protocol,
  rankers: readonly PurchaseRanker[],
  options: PurchaseOptions = {},
): Promise<PurchaseRow[]> {
  const wanted = options.users && new Set(options.users);
  const users = wanted ? protocol.users.filter((user) => wanted.has(user)) : protocol.users;
  const sums = rankers.map(() => ({ byUser: [] as number[], chances: [] as number[] }));
  const outcomes: number[] = [];
  let purchases = 0;
  for (const [done, user] of users.entries()) {
    const mine = rankers.map((): number[] => []);
    for (const query of protocol.queriesOf(user)) {
      const { relevant } = query.judgements[0]!;
      const bought = Array.from(query.candidates, (item) => (relevant.has(item) ? 1 : 0));
      purchases += 1;
      outcomes.push(...bought);
      for (const [at, ranker] of rankers.entries()) {
        if (options.signal?.aborted) throw new HomebodyError('aborted', 'The evaluation was aborted.');
        const scores = await ranker.score(query);
        mine[at]!.push(aucOf(scores, bought));
        if (ranker.isLogit)
          for (let i = 0; i < scores.length; i++) sums[at]!.chances.push(1 / (1 + Math.exp(-scores[i]!)));
      }
    }
    for (const [at, aucs] of mine.entries()) {
      if (aucs.length > 0) sums[at]!.byUser.push(aucs.reduce((sum, auc) => sum + auc, 0) / aucs.length);
    }
    options.onProgress?.(done + 1, users.length);
    await setImmediate();
  }
  return rankers.map((ranker, at) => {
    const { byUser, chances } = sums[at]!;
    return {
      name: ranker.name,
      slice: 'all',
      auc: byUser.reduce((sum, auc) => sum + auc, 0) / byUser.length,
      ...bootstrapMean(
        byUser.map((sum) => ({ sum, count: 1 })),
        { seed: options.seed ?? 1 },
      ),
      users: byUser.length,
      purchases,
      candidates: outcomes.length / purchases,
      ...(ranker.isLogit ? calibrationOf(chances, outcomes) : {}),
    };
  });
}
