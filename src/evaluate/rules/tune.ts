import { setImmediate } from 'node:timers/promises';
import { HomebodyError } from '../../domain';
import { sampleUsers } from '../bootstrap';
import type { Protocol, Query, Ranker } from '../query';
import { judge } from '../tally';
import type { Rule } from './rule';

export interface TuneOptions {
  seed: number;
  /** Rankings that the constants are chosen on, at most: those of customers drawn with the seed. */
  rankings: number;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/** Rankings to choose on for the customers of a fold, the same ones whoever asks. */
export function tuningQueries(protocol: Protocol, fold: number, options: TuneOptions): Query[] {
  const { protocol: on, users } = protocol.tuning(fold);
  const queries: Query[] = [];
  for (const user of sampleUsers(users, options.rankings, options.seed)) queries.push(...on.queriesOf(user));
  return sampleUsers([...queries.keys()], options.rankings, options.seed).map((at) => queries[at]!);
}

/** Mean NDCG@10 over the rankings, averaged over the slices `all` and, where there is one, `new`. */
export function meritOf(queries: readonly Query[], score: (query: Query) => ArrayLike<number>): number {
  const sums = new Map<string, { sum: number; count: number }>();
  for (const query of queries) {
    const scores = score(query);
    for (const judgement of query.judgements) {
      const slice = sums.get(judgement.slices[0]!) ?? { sum: 0, count: 0 };
      slice.sum += judge(query, judgement, scores).ndcg;
      slice.count++;
      sums.set(judgement.slices[0]!, slice);
    }
  }
  const means = [...sums.values()].map(({ sum, count }) => sum / count);
  return means.reduce((sum, mean) => sum + mean, 0) / Math.max(1, means.length);
}

/** A rule with its constants chosen. */
export interface TunedRanker extends Ranker {
  /** Scores of a ranking of `protocol.tuning(fold)`, with what was chosen for that fold. */
  onTuning(query: Query, fold: number): ArrayLike<number>;
}

/**
 * The rule with the constants that are best on validation, for each way of fitting on its own: what is judged never
 * chooses. `make` gives the rule for a protocol, since the validation rankings may be those of another split.
 * @throws HomebodyError `aborted`
 */
export async function tuned<S>(
  protocol: Protocol,
  make: (protocol: Protocol) => Rule<S>,
  folds: readonly number[],
  options: TuneOptions,
): Promise<TunedRanker> {
  const judged = make(protocol);
  const { settings } = judged;
  const chosen = new Map<number, { rule: Rule<S>; setting: S }>();
  const keys = new Set(folds.map((fold) => protocol.fitKey(fold)));
  let tried = 0;
  for (const fold of folds) {
    const key = protocol.fitKey(fold);
    if (chosen.has(key)) continue;
    const on = protocol.tuning(fold).protocol;
    const rule = on === protocol ? judged : make(on);
    const queries = settings.length > 1 ? tuningQueries(protocol, fold, options) : [];
    let best: { setting: S; merit: number } = { setting: settings[0] as S, merit: Number.NEGATIVE_INFINITY };
    for (const setting of settings) {
      if (options.signal?.aborted) throw new HomebodyError('aborted', 'The choice of settings was aborted.');
      // All else here is one task: without a turn of the event loop no signal would arrive.
      await setImmediate();
      const merit = meritOf(queries, (query) => rule.score(query, setting));
      if (merit > best.merit) best = { setting, merit };
      options.onProgress?.(++tried, keys.size * settings.length);
    }
    chosen.set(key, { rule, setting: best.setting });
  }
  const of = (fold: number) => chosen.get(protocol.fitKey(fold))!;
  // A blend asks its parts for what they were just asked for themselves.
  let last: { query: Query; scores: ArrayLike<number> } | undefined;
  const words = [...new Set([...chosen.values()].map(({ setting }) => judged.describe(setting)))].join(' | ');
  return {
    name: judged.name,
    ...(settings.length > 1 ? { settings: `${words}; best of ${settings.length} on validation` } : {}),
    score: (query) => {
      if (last?.query !== query) last = { query, scores: judged.score(query, of(query.fold).setting) };
      return last.scores;
    },
    onTuning: (query, fold) => of(fold).rule.score(query, of(fold).setting),
  };
}
