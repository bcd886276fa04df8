import { pick } from '../baselines';
import type { Protocol, Query } from '../query';
import type { RecentPurchases } from '../recent';
import { trainingCounts } from '../run';
import { type Decay, describeDecay, pastWeights } from './history';
import type { Rule } from './rule';

/** [items] counts that may be known for the customers of a fold, made once for each. */
function popularityFor(protocol: Protocol): (fold: number) => Float32Array {
  const known = new Map<number, Float32Array>();
  return (fold) => {
    const key = protocol.fitKey(fold);
    let counts = known.get(key);
    if (!counts) {
      counts = trainingCounts(protocol, fold);
      known.set(key, counts);
    }
    return counts;
  };
}

/** What the customer met most often, faded; ties, and the places after it, by popularity. */
export function fadedFrequency(protocol: Protocol, settings: readonly Decay[]): Rule<Decay> {
  const counts = popularityFor(protocol);
  return {
    name: 'own frequency with decay',
    settings,
    describe: (setting) => describeDecay(setting),
    score(query, setting) {
      const past = pastWeights(protocol.data, query, setting);
      const known = counts(query.fold);
      // Small enough to order ties alone.
      const scores = new Float64Array(query.candidates.length);
      for (const [place, row] of query.candidates.entries()) scores[place] = (past.get(row) ?? 0) + known[row]! * 1e-9;
      return scores;
    },
  };
}

/** Most bought by others in some days before. */
export function recentPopularity(recent: RecentPurchases, settings: readonly number[]): Rule<number> {
  return {
    name: 'popularity of last days',
    settings,
    describe: (days) => `${days} days`,
    score(query: Query, days) {
      const counts = recent.before(query.time, query.user, days * 86_400);
      return pick(query, counts);
    },
  };
}

/** Most events in what may be known of other customers, and of this one before. */
export function popularity(protocol: Protocol): Rule<undefined> {
  const counts = popularityFor(protocol);
  return {
    name: 'popularity',
    settings: [undefined],
    describe: () => '',
    score: (query) => pick(query, counts(query.fold)),
  };
}
