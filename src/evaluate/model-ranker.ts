import { type DataFolder, eventsOf, factsOf } from '../data';
import {
  advance,
  type CandidateBatch,
  createState,
  type InterestModel,
  type InterestState,
  type ItemVector,
  type LoadedLstm,
  prepareCandidates,
  scoreCandidates,
  stepsOf,
} from '../model';
import { adjust, diversify, spread } from '../rank';
import type { Query, Ranker } from './query';
import { LENGTH } from './tally';

/** What a shop's server would send as the candidates' `prior`, [items]. */
export type Prior = (query: Query) => ArrayLike<number>;

export interface ModelRankerOptions {
  name?: string;
  settings?: string;
  model: InterestModel;
  /** The model's weights on an executor. */
  lstm: LoadedLstm;
  /** By row of the items file. */
  vectors: readonly ItemVector[];
  /** The candidates' `prior`; absent: none. */
  prior?: Prior;
  /** Strength of the diversity switch, 0 to 1; default 0. */
  diversity?: number;
}

/**
 * The model as a browser runs it: a customer's earlier events are replayed into the interest state, then all candidates
 * are scored at the time of the query. Rankings of one user that follow one another go on from the same state.
 */
export function modelRanker(data: DataFolder, options: ModelRankerOptions): Ranker {
  const { model, lstm, vectors, prior, diversity = 0 } = options;
  const facts = data.items.ids.map((_, row) => factsOf(data.items, row));
  const lookup = (id: string) => {
    const row = data.items.rowOf.get(id);
    return row === undefined ? undefined : { facts: facts[row]!, vector: vectors[row]! };
  };
  const replay = { user: -1, from: 0, row: 0, state: createState(model) };
  let made: { candidates: Int32Array; batch: CandidateBatch } | undefined;

  const stateFor = async (query: Query): Promise<InterestState> => {
    if (replay.user !== query.user || replay.from !== query.from || replay.row > query.to) {
      Object.assign(replay, { user: query.user, from: query.from, row: query.from, state: createState(model) });
    }
    const events = eventsOf(data, query.user, replay.row, query.to);
    replay.row = query.to;
    await advance(
      model,
      lstm,
      replay.state,
      events.flatMap((event) => stepsOf(event, lookup)),
    );
    return replay.state;
  };

  const score = async (query: Query): Promise<Float64Array> => {
    if (made?.candidates !== query.candidates) {
      const items = Array.from(query.candidates, (row) => ({ ...facts[row]!, vector: vectors[row]! }));
      made = { candidates: query.candidates, batch: prepareCandidates(model, items) };
    }
    const { batch } = made;
    const state = await stateFor(query);
    const given = prior?.(query);
    if (given) for (const [at, row] of query.candidates.entries()) batch.prior[at] = given[row]!;
    const now = query.time * 1000;
    const relevance = scoreCandidates(model, state, batch, { now, utcOffset: 0 }).scores;
    // What `rank()` does with "bought: 'keep'"; reasons for every candidate would take most of the time.
    const { scores } = adjust(model, state, batch, relevance, { strategy: 'relevance', demoteBought: false, now });
    if (diversity === 0) return scores;
    return diversified(query, batch, scores, diversity);
  };
  return {
    name: options.name ?? model.manifest.id,
    ...(options.settings ? { settings: options.settings } : {}),
    score,
  };
}

/** The scores less what the diversity switch takes from them, as `rank()` does; what may not be shown stays out of it. */
function diversified(query: Query, batch: CandidateBatch, scores: Float64Array, diversity: number): Float64Array {
  const shown = scores.map((score, at) =>
    query.excluded?.has(query.candidates[at]!) ? Number.NEGATIVE_INFINITY : score,
  );
  const { range } = spread(shown.filter((score) => score > Number.NEGATIVE_INFINITY));
  const { penalties } = diversify(batch, shown, { diversity, range, places: LENGTH });
  return shown.map((score, at) => score + penalties[at]!);
}

/** One ranker a fold, for models that were trained without the customers they are judged on. */
export function byFold(name: string, rankers: readonly Ranker[]): Ranker {
  return { name, score: (query) => rankers[query.fold]!.score(query) };
}
