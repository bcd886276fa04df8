import { type DataFolder, kindOf } from '../data';
import { HomebodyError } from '../domain';

/** One basket of the next-basket protocol (formats.md). Rows are those of the log. */
export interface Basket {
  /** Unix seconds. */
  time: number;
  /** First row of the log at this time: everything strictly earlier of this user is `offsets[user] .. firstRow`. */
  firstRow: number;
  /** Distinct products bought, as item rows. */
  items: number[];
}

const PURCHASE = kindOf('purchase');

/**
 * The baskets of a user, oldest first: the `purchase` rows of products that share one timestamp. The first one is
 * included; the protocol predicts every later one.
 * @throws HomebodyError `invalid-input` when the times are not known: a basket cannot be told then
 */
export function basketsOf(data: Pick<DataFolder, 'items' | 'events' | 'path'>, user: number): Basket[] {
  const { events, items } = data;
  const end = events.offsets[user + 1]!;
  const baskets: Basket[] = [];
  let row = events.offsets[user]!;
  while (row < end) {
    const time = events.time[row]!;
    if (Number.isNaN(time)) {
      throw new HomebodyError('invalid-input', `${data.path}: an event of user ${events.users[user]} has no time.`, {
        remedy: 'next-basket needs timestamp_s on every row; this log knows order only.',
      });
    }
    const firstRow = row;
    const bought = new Set<number>();
    for (; row < end && events.time[row] === time; row++) {
      const item = events.item[row]!;
      if (events.kind[row] === PURCHASE && items.isProduct[item]) bought.add(item);
    }
    if (bought.size > 0) baskets.push({ time, firstRow, items: [...bought] });
  }
  return baskets;
}
