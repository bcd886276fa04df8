import type { DataFolder } from '../data';
import { EVENT_NAMES } from '../domain';
import { isStep } from '../model';

/** What a customer did at one time. */
export interface Moment {
  /** Unix seconds; NaN where only the order is known: every event is then a moment of its own. */
  time: number;
  /** First row of the log at this time, and the first one after it. */
  firstRow: number;
  endRow: number;
  /** Distinct products, as item rows. */
  items: number[];
}

/** The moments of a user, oldest first. Impressions and refunds are none; what happened at one time is one. */
export function momentsOf(data: Pick<DataFolder, 'items' | 'events'>, user: number): Moment[] {
  const { events, items } = data;
  const end = events.offsets[user + 1]!;
  const moments: Moment[] = [];
  for (let row = events.offsets[user]!; row < end; ) {
    const firstRow = row;
    const time = events.time[row]!;
    const met = new Set<number>();
    do {
      const item = events.item[row]!;
      if (items.isProduct[item] && isStep(EVENT_NAMES[events.kind[row]!]!)) met.add(item);
      row++;
    } while (row < end && events.time[row] === time);
    if (met.size > 0) moments.push({ time, firstRow, endRow: row, items: [...met] });
  }
  return moments;
}
