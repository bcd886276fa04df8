import { type DataFolder, FOLDS, foldOf, kindOf } from '../data';
import { HomebodyError } from '../domain';
import type { Protocol, Query } from './query';

/** Days before a purchase whose items are its candidates. */
export const WINDOW_DAYS = 3;

/**
 * Which of the items met in the days before is the one bought next: a ranking for every purchase row, its candidates the
 * items of any event of this user strictly before the purchase and at most `days` before it. Purchases of items that are
 * not among them, and those with a single candidate, are left out: there is nothing to tell apart. Statistics may read
 * the rows of users in other folds.
 * @throws HomebodyError `invalid-input` when the log has no times or no such purchase
 */
export function nextPurchase(data: DataFolder, options: { days?: number } = {}): Protocol {
  const { events, items } = data;
  const seconds = (options.days ?? WINDOW_DAYS) * 86_400;
  const purchase = kindOf('purchase');
  const folds = events.users.map(foldOf);
  const queriesOf = (user: number): Query[] => {
    const from = events.offsets[user]!;
    const queries: Query[] = [];
    let to = from;
    let first = from;
    for (let row = from; row < events.offsets[user + 1]!; row++) {
      const time = events.time[row]!;
      if (events.kind[row] !== purchase || Number.isNaN(time)) continue;
      while (events.time[to]! < time) to++;
      while (events.time[first]! < time - seconds) first++;
      const item = events.item[row]!;
      const candidates = Int32Array.from(new Set(events.item.subarray(first, to))).sort();
      if (candidates.length < 2 || !candidates.includes(item)) continue;
      const judgements = [{ slices: ['all'], relevant: new Set([item]) }];
      queries.push({ user, from, to, time, candidates, fold: folds[user]!, judgements });
    }
    return queries;
  };
  const users = [...events.users.keys()].filter((user) => queriesOf(user).length > 0);
  if (users.length === 0) {
    throw new HomebodyError('invalid-input', 'There is no purchase of one of several items that were met before.', {
      remedy: 'next-purchase needs a log with times, with events of items before they are bought.',
    });
  }
  const protocol: Protocol = {
    name: 'next-purchase',
    data,
    candidates: Int32Array.from(items.ids.keys()),
    users,
    ranksSeen: true,
    queriesOf,
    mayFit: (_row, user, fold) => folds[user] !== fold,
    fitKey: (fold) => fold,
    tuning: (fold) => ({ protocol, users: users.filter((user) => folds[user] === (fold + FOLDS - 1) % FOLDS) }),
  };
  return protocol;
}
