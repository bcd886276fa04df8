import { type DataFolder, kindOf } from '../data';
import type { Prior } from './model-ranker';
import type { Protocol, Query, Ranker } from './query';
import type { RecentPurchases } from './recent';
import { trainingCounts } from './run';

/** [items] purchase rows of every item in the whole log: the shop's popularity of all time. */
export function popularityOf(data: Pick<DataFolder, 'items' | 'events'>): Float32Array {
  const counts = new Float32Array(data.items.ids.length);
  const purchase = kindOf('purchase');
  for (const [row, item] of data.events.item.entries()) if (data.events.kind[row] === purchase) counts[item]!++;
  return counts;
}

/** [items] number of baskets of this customer, strictly before the query, that held each item. */
export function frequencyOf(
  data: Pick<DataFolder, 'items' | 'events'>,
  query: Pick<Query, 'from' | 'to'>,
): Float32Array {
  const { events, items } = data;
  const purchase = kindOf('purchase');
  const counts = new Float32Array(items.ids.length);
  const lastTime = new Float64Array(items.ids.length).fill(Number.NaN);
  for (let row = query.from; row < query.to; row++) {
    const item = events.item[row]!;
    // Several lines of one invoice are one basket.
    if (events.kind[row] !== purchase || lastTime[item] === events.time[row]) continue;
    counts[item]!++;
    lastTime[item] = events.time[row]!;
  }
  return counts;
}

/** Values by item row as scores of a query's candidates. */
export function pick({ candidates }: Query, values: ArrayLike<number>): Float64Array {
  const scores = new Float64Array(candidates.length);
  for (let place = 0; place < scores.length; place++) scores[place] = values[candidates[place]!]!;
  return scores;
}

/** Most bought in the shop, all time. It looks at the whole log, the future too, as next-basket's own figures do. */
export function popularityRanker(data: Pick<DataFolder, 'items' | 'events'>): Ranker {
  const popularity = popularityOf(data);
  return { name: 'popularity', score: (query) => pick(query, popularity) };
}

/** Most bought in the shop by others in the last 30 days. */
export function recentPopularityRanker(recent: RecentPurchases): Ranker {
  return {
    name: 'popularity of 30 days',
    score: (query) => pick(query, recent.before(query.time, query.user)),
  };
}

/** The prior of a log without times, and of protocols that have a training part: its events of each item. */
export function trainingPrior(protocol: Protocol): Prior {
  const counts = trainingCounts(protocol);
  return () => counts;
}

/** What this customer bought most often; ties, and the places after it, by `ties`. */
export function frequencyRanker(data: Pick<DataFolder, 'items' | 'events'>, ties: 'popularity' | 'none'): Ranker {
  const popularity = ties === 'popularity' ? popularityOf(data) : undefined;
  return {
    name: ties === 'popularity' ? 'own frequency' : 'own frequency without popularity',
    score: (query) => {
      const counts = frequencyOf(data, query);
      if (!popularity) return pick(query, counts);
      // Counts of popularity stay far below 2^24, so the pair fits a float64 exactly.
      return Float64Array.from(query.candidates, (row) => counts[row]! * 2 ** 24 + popularity[row]!);
    },
  };
}
