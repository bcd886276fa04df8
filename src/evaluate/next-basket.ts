import { type DataFolder, FOLDS, foldOf, kindOf } from '../data';
import { HomebodyError } from '../domain';
import { type Basket, basketsOf } from './baskets';
import type { Judgement, Protocol, Query, Ranker } from './query';
import { type EvaluateOptions, evaluate } from './run';
import type { ResultRow } from './tally';

/**
 * The next-basket protocol of formats.md: every basket of a customer but the first is predicted from strictly earlier
 * rows; relevant are its distinct products. `all` ranks every product; `new` is the same order without the products
 * that this customer has bought, baskets without a new product left out. Statistics may read all rows of customers in
 * other folds: these customers are never seen.
 * @throws HomebodyError `invalid-input` when the log has no times or no two baskets of one customer
 */
export function nextBasket(data: DataFolder): Protocol {
  const { events, items } = data;
  const candidates = Int32Array.from(items.ids.keys()).filter((row) => items.isProduct[row]);
  const baskets = new Map<number, Basket[]>();
  for (const user of events.users.keys()) {
    const mine = basketsOf(data, user);
    if (mine.length > 1) baskets.set(user, mine);
  }
  if (baskets.size === 0) {
    throw new HomebodyError('invalid-input', 'There is no basket to predict.', {
      remedy: 'next-basket needs customers with two or more purchases of products at different times.',
    });
  }
  const purchase = kindOf('purchase');
  const folds = events.users.map(foldOf);
  const users = [...baskets.keys()];
  const protocol: Protocol = {
    name: 'next-basket',
    data,
    candidates,
    users,
    ranksSeen: true,
    *queriesOf(user): Iterable<Query> {
      const from = events.offsets[user]!;
      const bought = new Set<number>();
      let row = from;
      for (const basket of baskets.get(user)?.slice(1) ?? []) {
        for (; row < basket.firstRow; row++) if (events.kind[row] === purchase) bought.add(events.item[row]!);
        const fresh = new Set(basket.items.filter((item) => !bought.has(item)));
        const judgements: Judgement[] = [{ slices: ['all'], relevant: new Set(basket.items) }];
        if (fresh.size > 0) judgements.push({ slices: ['new'], relevant: fresh, excluded: new Set(bought) });
        yield { user, from, to: basket.firstRow, time: basket.time, candidates, fold: folds[user]!, judgements };
      }
    },
    mayFit: (_row, user, fold) => folds[user] !== fold,
    fitKey: (fold) => fold,
    // The fold before: 3 chooses for 4, as with shipped weights.
    tuning: (fold) => ({ protocol, users: users.filter((user) => folds[user] === (fold + FOLDS - 1) % FOLDS) }),
  };
  return protocol;
}

/** Rows of {@link nextBasket}, for callers that want nothing else. */
export async function evaluateNextBasket(
  data: DataFolder,
  rankers: readonly Ranker[],
  options: EvaluateOptions = {},
): Promise<ResultRow[]> {
  return (await evaluate(nextBasket(data), rankers, options)).rows;
}
