import { setImmediate } from 'node:timers/promises';
import { HomebodyError } from '../../domain';
import type { Protocol, Ranker } from '../query';
import { meritOf, type TunedRanker, type TuneOptions, tuningQueries } from './tune';

/** Weights that are tried for every part. */
const WEIGHTS = [0, 0.01, 0.03, 0.1, 0.3, 1, 3];
const ROUNDS = 2;

/** Scores by their maximum, so that weights mean the same for every customer. */
function scaled(scores: ArrayLike<number>): Float32Array {
  let top = 0;
  for (let i = 0; i < scores.length; i++) if (scores[i]! > top) top = scores[i]!;
  const out = new Float32Array(scores.length);
  if (top > 0) for (let i = 0; i < out.length; i++) out[i] = scores[i]! / top;
  return out;
}

function mixed(parts: readonly Float32Array[], weights: readonly number[]): Float32Array {
  const out = new Float32Array(parts[0]!.length);
  for (const [at, part] of parts.entries()) {
    const weight = weights[at]!;
    if (weight !== 0) for (let i = 0; i < out.length; i++) out[i]! += weight * part[i]!;
  }
  return out;
}

/**
 * `Σ_k w_k x_k / max x_k` of other rules: the best that fixed weights reach. The weights are chosen on validation, one after
 * another from a ladder, two rounds.
 */
export async function blend(
  protocol: Protocol,
  parts: readonly TunedRanker[],
  folds: readonly number[],
  options: TuneOptions,
): Promise<Ranker> {
  const chosen = new Map<number, number[]>();
  for (const fold of folds) {
    const key = protocol.fitKey(fold);
    if (chosen.has(key)) continue;
    const queries = tuningQueries(protocol, fold, options);
    const cached = new Map(queries.map((query) => [query, parts.map((part) => scaled(part.onTuning(query, fold)))]));
    let weights = parts.map(() => 1);
    const merit = (these: readonly number[]): number => meritOf(queries, (query) => mixed(cached.get(query)!, these));
    let best = merit(weights);
    for (let round = 0; round < ROUNDS; round++) {
      for (const at of parts.keys()) {
        if (options.signal?.aborted) throw new HomebodyError('aborted', 'The choice of weights was aborted.');
        await setImmediate();
        for (const weight of WEIGHTS) {
          const tried = weights.with(at, weight);
          const value = merit(tried);
          if (value > best) [weights, best] = [tried, value];
        }
      }
    }
    chosen.set(key, weights);
  }
  const words = [...chosen.values()].map((weights) =>
    parts.map(({ name }, at) => `${weights[at]} × ${name}`).join(' + '),
  );
  return {
    name: 'blend of rules',
    settings: `${[...new Set(words)].join(' | ')}; weights chosen on validation`,
    score: (query) =>
      mixed(
        parts.map((part) => scaled(part.score(query) as ArrayLike<number>)),
        chosen.get(protocol.fitKey(query.fold))!,
      ),
  };
}
