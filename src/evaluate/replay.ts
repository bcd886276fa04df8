import { type DataFolder, eventsOf, factsOf } from '../data';
import {
  advance,
  createState,
  type InterestModel,
  type InterestState,
  type ItemVector,
  type LoadedLstm,
  type ScoredItem,
  stepsOf,
} from '../model';
import type { Query } from './query';

/** A model with what it needs to run on a log. */
export interface ReplayOptions {
  model: InterestModel;
  /** The model's weights on an executor. */
  lstm: LoadedLstm;
  /** By row of the items file. */
  vectors: readonly ItemVector[];
}

export interface Replay {
  /** The interest state as of the query; the same object is moved on by the next call. */
  stateFor(query: Pick<Query, 'user' | 'from' | 'to'>): Promise<InterestState>;
  /** An item of the log as a candidate. */
  candidate(row: number): ScoredItem;
}

/** Replays customers' events as a browser does. Queries of one user that follow one another go on from the same state. */
export function replayLog(data: DataFolder, { model, lstm, vectors }: ReplayOptions): Replay {
  const facts = data.items.ids.map((_, row) => factsOf(data.items, row));
  const lookup = (id: string) => {
    const row = data.items.rowOf.get(id);
    return row === undefined ? undefined : { facts: facts[row]!, vector: vectors[row]! };
  };
  const at = { user: -1, from: 0, row: 0, state: createState(model) };
  return {
    async stateFor(query) {
      if (at.user !== query.user || at.from !== query.from || at.row > query.to) {
        Object.assign(at, { user: query.user, from: query.from, row: query.from, state: createState(model) });
      }
      const events = eventsOf(data, query.user, at.row, query.to);
      at.row = query.to;
      await advance(
        model,
        lstm,
        at.state,
        events.flatMap((event) => stepsOf(event, lookup)),
      );
      return at.state;
    },
    candidate: (row) => ({ ...facts[row]!, vector: vectors[row]! }),
  };
}
