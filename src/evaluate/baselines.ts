import { type DataFolder, kindOf } from '../data';
import { orderOf } from './metrics';
import type { BasketQuery, BasketRanker } from './next-basket';
import type { RecentPurchases } from './recent';

/** [items] purchase rows of every item in the whole log: the shop's popularity of all time. */
export function popularityOf(data: Pick<DataFolder, 'items' | 'events'>): Float32Array {
  const counts = new Float32Array(data.items.ids.length);
  const purchase = kindOf('purchase');
  for (const [row, item] of data.events.item.entries()) if (data.events.kind[row] === purchase) counts[item]!++;
  return counts;
}

/** [items] number of baskets of this customer, strictly before the query, that held each item. */
export function frequencyOf(data: Pick<DataFolder, 'items' | 'events'>, query: BasketQuery): Float32Array {
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

/** Most bought in the shop, all time. It looks at the whole log, the future too, as the protocol's own figures do. */
export function popularityRanker(data: DataFolder): BasketRanker {
  const popularity = popularityOf(data);
  let order: Int32Array | undefined;
  return {
    name: 'popularity',
    rank: ({ products }) => {
      order ??= orderOf(products, popularity);
      return order;
    },
  };
}

/** Most bought in the shop by others in the last 30 days. */
export function recentPopularityRanker(recent: RecentPurchases): BasketRanker {
  return {
    name: 'popularity of 30 days',
    rank: ({ products, basket, user }) => orderOf(products, recent.before(basket.time, user)),
  };
}

/** What this customer bought most often; ties, and the places after it, by `ties`. */
export function frequencyRanker(data: DataFolder, ties: 'popularity' | 'none'): BasketRanker {
  const popularity = ties === 'popularity' ? popularityOf(data) : undefined;
  return {
    name: ties === 'popularity' ? 'own frequency' : 'own frequency without popularity',
    rank: (query) => {
      const counts = frequencyOf(data, query);
      if (!popularity) return orderOf(query.products, counts);
      // Counts of popularity stay far below 2^24, so the pair fits a float64 exactly.
      return orderOf(
        query.products,
        Float64Array.from(counts, (count, item) => count * 2 ** 24 + popularity[item]!),
      );
    },
  };
}
