import { type DataFolder, eventsOf, factsOf } from '../data';
import {
  advance,
  createState,
  type InterestModel,
  type ItemVector,
  type LoadedLstm,
  prepareCandidates,
  scoreCandidates,
  stepsOf,
} from '../model';
import { adjust } from '../rank';
import { orderOf } from './metrics';
import type { BasketQuery, BasketRanker } from './next-basket';
import type { RecentPurchases } from './recent';

export interface ModelRankerOptions {
  name?: string;
  model: InterestModel;
  /** The model's weights on an executor. */
  lstm: LoadedLstm;
  /** By row of the items file. */
  vectors: readonly ItemVector[];
  /** The candidates' `prior`; absent: none. */
  prior?: RecentPurchases;
}

/**
 * The model as a browser runs it: a customer's earlier events are replayed into the interest state, then all products
 * are scored at the basket's time.
 */
export function modelRanker(data: DataFolder, options: ModelRankerOptions): BasketRanker & { scores(): Float64Array } {
  const { model, lstm, vectors, prior } = options;
  const facts = data.items.ids.map((_, row) => factsOf(data.items, row));
  const lookup = (id: string) => {
    const row = data.items.rowOf.get(id);
    return row === undefined ? undefined : { facts: facts[row]!, vector: vectors[row]! };
  };
  const replay = { user: -1, row: 0, state: createState(model) };
  let batch: ReturnType<typeof prepareCandidates> | undefined;
  let scores: Float64Array = new Float64Array();
  const rank = async (query: BasketQuery): Promise<Int32Array> => {
    batch ??= prepareCandidates(
      model,
      Array.from(query.products, (row) => ({ ...facts[row]!, vector: vectors[row]! })),
    );
    if (replay.user !== query.user)
      Object.assign(replay, { user: query.user, row: query.from, state: createState(model) });
    const events = eventsOf(data, query.user, replay.row, query.to);
    replay.row = query.to;
    await advance(
      model,
      lstm,
      replay.state,
      events.flatMap((event) => stepsOf(event, lookup)),
    );
    if (prior) {
      const counts = prior.before(query.basket.time, query.user);
      for (const [at, row] of query.products.entries()) batch.prior[at] = counts[row]!;
    }
    const now = query.basket.time * 1000;
    const relevance = scoreCandidates(model, replay.state, batch, { now, utcOffset: 0 }).scores;
    // What `rank()` does with "bought: 'keep'" and no diversity; reasons for every product would take most of the time.
    scores = adjust(model, replay.state, batch, relevance, { strategy: 'relevance', demoteBought: false, now }).scores;
    const places = Int32Array.from(query.products.keys());
    return orderOf(places, scores).map((place) => query.products[place]!);
  };
  return { name: options.name ?? model.manifest.id, rank, scores: () => scores };
}
