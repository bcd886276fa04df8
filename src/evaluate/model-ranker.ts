import type { DataFolder } from '../data';
import { type CandidateBatch, keepColumns, prepareCandidates, scoreCandidates } from '../model';
import { adjust, diversify, spread } from '../rank';
import type { Query, Ranker } from './query';
import { type ReplayOptions, replayLog } from './replay';
import { LENGTH } from './tally';

/** Similarities of items that are kept in each space, 8 bytes each: all pairs of 12,600 items. */
const KEPT = 1.6e8;

/** What a shop's server would send as the candidates' `prior`, [items]. */
export type Prior = (query: Query) => ArrayLike<number>;

export interface ModelRankerOptions extends ReplayOptions {
  name?: string;
  settings?: string;
  /** The candidates' `prior`; absent: none. */
  prior?: Prior;
}

/** A model under test, and the same with the diversity switch: rankings are scored once for all of them. */
export interface ModelRanker extends Ranker {
  /** @param strength of the switch, above 0 to 1 */
  diversified(strength: number): Ranker;
}

/**
 * The model as a browser runs it: a customer's earlier events are replayed into the interest state, then all candidates
 * are scored at the time of the query. Rankings of one user that follow one another go on from the same state.
 */
export function modelRanker(data: DataFolder, options: ModelRankerOptions): ModelRanker {
  const { model, prior } = options;
  const replay = replayLog(data, options);
  let made: { candidates: Int32Array; batch: CandidateBatch } | undefined;
  let last: { query: Query; batch: CandidateBatch; scores: Float64Array } | undefined;

  const scored = async (query: Query): Promise<NonNullable<typeof last>> => {
    if (last?.query === query) return last;
    if (made?.candidates !== query.candidates) {
      const items = Array.from(query.candidates, replay.candidate);
      const batch = prepareCandidates(model, items);
      batch.near = keepColumns(KEPT);
      made = { candidates: query.candidates, batch };
    }
    const { batch } = made;
    const state = await replay.stateFor(query);
    const given = prior?.(query);
    if (given) for (const [at, row] of query.candidates.entries()) batch.prior[at] = given[row]!;
    const now = query.time * 1000;
    const relevance = scoreCandidates(model, state, batch, { now, utcOffset: 0 }).scores;
    // What `rank()` does with "bought: 'keep'"; reasons for every candidate would take most of the time.
    const { scores } = adjust(model, state, batch, relevance, { strategy: 'relevance', demoteBought: false, now });
    last = { query, batch, scores };
    return last;
  };
  const name = options.name ?? model.manifest.id;
  const settings = options.settings ? { settings: options.settings } : {};
  return {
    name,
    ...settings,
    score: async (query) => (await scored(query)).scores,
    diversified: (strength) => ({
      name: `${name}, diversity ${strength}`,
      ...settings,
      async score(query) {
        const { batch, scores } = await scored(query);
        return diversified(query, batch, scores, strength);
      },
    }),
  };
}

/** The scores less what the diversity switch takes from them, as `rank()` does; what may not be shown stays out of it. */
function diversified(query: Query, batch: CandidateBatch, scores: Float64Array, diversity: number): Float64Array {
  const shown = scores.map((score, at) =>
    query.excluded?.has(query.candidates[at]!) ? Number.NEGATIVE_INFINITY : score,
  );
  const { range } = spread(shown.filter((score) => score > Number.NEGATIVE_INFINITY));
  const { chosen, penalties } = diversify(batch, shown, { diversity, range, places: LENGTH });
  const mixed = shown.map((score, at) => score + penalties[at]!);
  // Before all others, whatever is lost in a last bit.
  for (const [place, row] of chosen.entries()) mixed[row] = Number.MAX_VALUE / (place + 1);
  return mixed;
}

/** One ranker a fold, for models that were trained without the customers they are judged on. */
export function byFold(name: string, rankers: readonly Ranker[]): Ranker {
  return { ...rankers[0]!, name, score: (query) => rankers[query.fold]!.score(query) };
}
