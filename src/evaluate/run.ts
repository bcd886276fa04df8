import { setImmediate } from 'node:timers/promises';
import { HomebodyError } from '../domain';
import { selfInformation } from './metrics';
import type { Protocol, Query, Ranker } from './query';
import { type Judged, judge, type ResultRow, Tally } from './tally';

export interface EvaluateOptions {
  /** Users of the log to evaluate; default all that the protocol has something for. */
  users?: readonly number[];
  /** Of the bootstrap. */
  seed?: number;
  resamples?: number;
  /** Whitened text by item row, for the diversity of lists. */
  textOf?: (row: number) => Float32Array | undefined;
  signal?: AbortSignal;
  /** Told after every user. */
  onProgress?: (done: number, total: number) => void;
  /** Told after every ranking, with one judgement for each of the query's: for tests and for files of predictions. */
  onRanked?: (ranker: string, query: Query, scores: ArrayLike<number>, judged: readonly Judged[]) => void;
}

/** Rows of a report, and what comparisons between rankers are made of. */
export interface Evaluation {
  rows: ResultRow[];
  /** By ranker, then slice. */
  tallies: Map<string, Map<string, Tally>>;
}

/**
 * Asks every ranker for every ranking of the protocol, one user after another, and judges them. Means are over rankings;
 * a slice without rankings has no row.
 * @throws HomebodyError `aborted`; `invalid-input` when there is nothing to predict
 */
export async function evaluate(
  protocol: Protocol,
  rankers: readonly Ranker[],
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const wanted = options.users && new Set(options.users);
  const users = wanted ? protocol.users.filter((user) => wanted.has(user)) : protocol.users;
  const tallies = new Map(rankers.map((ranker) => [ranker.name, new Map<string, Tally>()]));
  for (const [done, user] of users.entries()) {
    for (const query of protocol.queriesOf(user)) {
      for (const ranker of rankers) {
        if (options.signal?.aborted) throw new HomebodyError('aborted', 'The evaluation was aborted.');
        const scores = await ranker.score(query);
        const judged = query.judgements.map((judgement) => judge(query, judgement, scores));
        for (const [at, { slices }] of query.judgements.entries()) {
          for (const slice of slices) tallyOf(tallies.get(ranker.name)!, slice).add(user, judged[at]!);
        }
        options.onRanked?.(ranker.name, query, scores, judged);
      }
    }
    options.onProgress?.(done + 1, users.length);
    // All else here is microtasks: without a turn of the event loop no signal would ever arrive.
    await setImmediate();
  }
  const context = {
    seed: options.seed ?? 1,
    ...(options.resamples === undefined ? {} : { resamples: options.resamples }),
    candidates: protocol.candidates.length,
    information: selfInformation(trainingCounts(protocol)),
    ...(options.textOf ? { textOf: options.textOf } : {}),
  };
  const rows = rankers.flatMap((ranker) =>
    [...tallies.get(ranker.name)!].map(([slice, tally]) => ({
      ...tally.row(ranker.name, slice, context),
      ...(ranker.settings ? { settings: ranker.settings } : {}),
    })),
  );
  if (rows.length === 0) {
    throw new HomebodyError('invalid-input', 'There is nothing to predict for these customers.', {
      remedy:
        'next-basket needs customers with two or more purchases of products at different times; take more customers.',
    });
  }
  return { rows, tallies };
}

/** [items] events that a ranker may count in its statistics, whoever it serves. */
export function trainingCounts(protocol: Protocol, fold = -1): Float32Array {
  const { events, items } = protocol.data;
  const counts = new Float32Array(items.ids.length);
  for (let user = 0; user < events.users.length; user++) {
    for (let row = events.offsets[user]!; row < events.offsets[user + 1]!; row++) {
      if (protocol.mayFit(row, user, fold)) counts[events.item[row]!]!++;
    }
  }
  return counts;
}

function tallyOf(tallies: Map<string, Tally>, slice: string): Tally {
  let tally = tallies.get(slice);
  if (!tally) {
    tally = new Tally();
    tallies.set(slice, tally);
  }
  return tally;
}
