import { type DataFolder, kindOf } from '../data';
import { EVENT_NAMES } from '../domain';
import { isStep } from '../model';

/** The window of `--prior popularity`, seconds. */
export const RECENT_WINDOW = 30 * 86_400;

/** Half-life of `--prior trending`, seconds; of 2 to 30 days, 3 to 4 order what is new to a customer best (Online Retail). */
export const TRENDING_HALF_LIFE = 4 * 86_400;

/**
 * What a shop's server would send as `prior`: purchases of each product in a window before a time, by customers other
 * than the one who is served.
 */
export class RecentPurchases {
  private readonly times: Float64Array;
  private readonly users: Int32Array;
  private readonly rows: Int32Array;
  private readonly size: number;

  /** @param anyKind counts views, ratings and the like as well: for a log without purchases */
  constructor(data: Pick<DataFolder, 'items' | 'events'>, anyKind = false) {
    const { events, items } = data;
    const purchase = kindOf('purchase');
    const found: { time: number; user: number; item: number }[] = [];
    for (let user = 0; user < events.users.length; user++) {
      for (let row = events.offsets[user]!; row < events.offsets[user + 1]!; row++) {
        const item = events.item[row]!;
        const counts = anyKind ? isStep(EVENT_NAMES[events.kind[row]!]!) : events.kind[row] === purchase;
        if (counts && items.isProduct[item] && !Number.isNaN(events.time[row])) {
          found.push({ time: events.time[row]!, user, item });
        }
      }
    }
    found.sort((a, b) => a.time - b.time);
    this.times = Float64Array.from(found, (one) => one.time);
    this.users = Int32Array.from(found, (one) => one.user);
    this.rows = Int32Array.from(found, (one) => one.item);
    this.size = items.ids.length;
  }

  /** [items] purchase rows in `[time - window, time)` by everyone but `user`. */
  before(time: number, user: number, window: number = RECENT_WINDOW): Float32Array {
    const counts = new Float32Array(this.size);
    for (let at = this.firstAt(time - window); at < this.times.length && this.times[at]! < time; at++) {
      if (this.users[at] !== user) counts[this.rows[at]!]!++;
    }
    return counts;
  }

  /** [items] purchase rows before `time` by everyone but `user`, each worth half as much every half-life. */
  fading(time: number, user: number, halfLife: number = TRENDING_HALF_LIFE): Float32Array {
    const counts = new Float32Array(this.size);
    // What is older than ten half-lives is worth less than a thousandth.
    for (let at = this.firstAt(time - 10 * halfLife); at < this.times.length && this.times[at]! < time; at++) {
      if (this.users[at] !== user) counts[this.rows[at]!]! += 2 ** ((this.times[at]! - time) / halfLife);
    }
    return counts;
  }

  /** Index of the first purchase at or after a time. */
  private firstAt(time: number): number {
    let low = 0;
    let high = this.times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.times[middle]! < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
