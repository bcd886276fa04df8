import { setImmediate } from 'node:timers/promises';
import { type DataFolder, kindOf } from '../data';
import { HomebodyError } from '../domain';
import { type Basket, basketsOf } from './baskets';
import { bootstrapMean } from './bootstrap';
import { hitAt, ndcgAt, reciprocalRank } from './metrics';

/** What a ranker is asked: order all products for this customer just before this basket. */
export interface BasketQuery {
  user: number;
  basket: Basket;
  /** Log rows `from .. to` are this customer's strictly earlier events. */
  from: number;
  to: number;
  /** Item rows of all products, in the order of the items file. */
  products: Int32Array;
}

/** A rule or a model under test. Queries of one user come in order of time, users one after another. */
export interface BasketRanker {
  readonly name: string;
  /** The products, best first: every one of `query.products` exactly once. */
  rank(query: BasketQuery): Int32Array | Promise<Int32Array>;
}

export type Slice = 'all' | 'new';

/** Figures of one ranker on one slice. */
export interface ResultRow {
  name: string;
  slice: Slice;
  'ndcg@10': number;
  /** 95 % interval of NDCG@10, customers resampled. */
  low: number;
  high: number;
  'hr@10': number;
  mrr: number;
  /** Distinct products in any of the first tens. */
  coverage: number;
  baskets: number;
  customers: number;
}

export interface NextBasketOptions {
  /** Users of the log to evaluate; default all. */
  users?: readonly number[];
  /** Of the bootstrap. */
  seed?: number;
  resamples?: number;
  signal?: AbortSignal;
  /** Told after every user. */
  onProgress?: (done: number, total: number) => void;
  /** Told after every ranking: for tests and for files of predictions. */
  onRanked?: (name: string, query: BasketQuery, order: Int32Array, ndcg: Partial<Record<Slice, number>>) => void;
}

/**
 * The next-basket protocol of formats.md: every basket of a customer but the first is predicted from strictly earlier
 * rows; relevant are its distinct products. `all` ranks every product; `new` is the same order without the products
 * that this customer has bought, baskets without a new product left out. Means are over baskets; a slice without baskets
 * has no row.
 * @throws HomebodyError `invalid-input` (no times, nothing to predict), `aborted`
 */
export async function evaluateNextBasket(
  data: DataFolder,
  rankers: readonly BasketRanker[],
  options: NextBasketOptions = {},
): Promise<ResultRow[]> {
  const { events, items } = data;
  const users = options.users ?? events.users.map((_, user) => user);
  const products = Int32Array.from(items.ids.keys()).filter((row) => items.isProduct[row]);
  const tallies = rankers.map(() => ({ all: new Tally(), new: new Tally() }));
  const purchase = kindOf('purchase');
  for (const [done, user] of users.entries()) {
    const from = events.offsets[user]!;
    const bought = new Set<number>();
    let row = from;
    for (const basket of basketsOf(data, user).slice(1)) {
      for (; row < basket.firstRow; row++) if (events.kind[row] === purchase) bought.add(events.item[row]!);
      const query: BasketQuery = { user, basket, from, to: basket.firstRow, products };
      for (const [at, ranker] of rankers.entries()) {
        if (options.signal?.aborted) throw new HomebodyError('aborted', 'The evaluation was aborted.');
        const order = await ranker.rank(query);
        const ndcg = tallies[at]!.all.add(user, order, new Set(basket.items));
        const fresh = new Set(basket.items.filter((item) => !bought.has(item)));
        const ndcgNew =
          fresh.size > 0
            ? tallies[at]!.new.add(
                user,
                order.filter((item) => !bought.has(item)),
                fresh,
              )
            : undefined;
        options.onRanked?.(ranker.name, query, order, { all: ndcg, new: ndcgNew });
      }
    }
    options.onProgress?.(done + 1, users.length);
    // All else here is microtasks: without a turn of the event loop no signal would ever arrive.
    await setImmediate();
  }
  const { seed = 1, resamples } = options;
  const rows = rankers.flatMap((ranker, at) =>
    (['all', 'new'] as const).flatMap(
      (slice) => tallies[at]![slice].row(ranker.name, slice, { seed, resamples }) ?? [],
    ),
  );
  if (rows.length === 0) {
    throw new HomebodyError('invalid-input', 'There is no basket to predict.', {
      remedy: 'next-basket needs customers with two or more purchases of products at different times.',
    });
  }
  return rows;
}

/** Sums of one ranker on one slice, by customer. */
class Tally {
  private readonly byUser = new Map<number, { sum: number; count: number }>();
  private readonly covered = new Set<number>();
  private hits = 0;
  private reciprocal = 0;
  private baskets = 0;

  add(user: number, order: Int32Array, relevant: ReadonlySet<number>): number {
    const top = order.subarray(0, 10);
    const ndcg = ndcgAt(10, top, relevant);
    const mine = this.byUser.get(user) ?? { sum: 0, count: 0 };
    this.byUser.set(user, { sum: mine.sum + ndcg, count: mine.count + 1 });
    for (const item of top) this.covered.add(item);
    this.hits += hitAt(10, top, relevant);
    this.reciprocal += reciprocalRank(order, relevant);
    this.baskets++;
    return ndcg;
  }

  row(name: string, slice: Slice, options: { seed: number; resamples?: number }): ResultRow | undefined {
    if (this.baskets === 0) return undefined;
    const groups = [...this.byUser.values()];
    const { low, high } = bootstrapMean(groups, options);
    return {
      name,
      slice,
      'ndcg@10': groups.reduce((sum, group) => sum + group.sum, 0) / this.baskets,
      low,
      high,
      'hr@10': this.hits / this.baskets,
      mrr: this.reciprocal / this.baskets,
      coverage: this.covered.size,
      baskets: this.baskets,
      customers: this.byUser.size,
    };
  }
}
