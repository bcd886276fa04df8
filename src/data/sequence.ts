import { EVENT_NAMES, type EventItem, type ItemFacts, type LoggedEvent } from '../domain';
import type { DataFolder } from './folder';
import type { ItemTable } from './items';

/** Stars of a log's `rate` rows are read on this scale. */
const STARS = 5;
/** Items of one event, as formats.md bounds them. */
const MAX_ITEMS = 500;

/**
 * Rows of one user as the events that a page would have sent: rows in a row with one kind and one known time are one
 * event, its items in the log's order. An item on several lines of an order stands once, with the sum of its
 * quantities. What is no product (postage) is left out: GA4 sends it as a field of the order, not as an item.
 * @param from first and `to` past-the-last row of the log, all of one user
 * @returns times in Unix ms (NaN where unknown), `utcOffset` 0: these logs keep local time
 */
export function eventsOf(
  data: Pick<DataFolder, 'items' | 'events'>,
  user: number,
  from: number = data.events.offsets[user]!,
  to: number = data.events.offsets[user + 1]!,
): LoggedEvent[] {
  const { events: log, items: table } = data;
  const events: LoggedEvent[] = [];
  let current: { event: LoggedEvent; items: Map<string, EventItem> } | undefined;
  for (let row = from; row < to; row++) {
    const item = log.item[row]!;
    if (!table.isProduct[item]) continue;
    const name = EVENT_NAMES[log.kind[row]!]!;
    const time = log.time[row]! * 1000;
    const value = log.value[row]!;
    // NaN never equals NaN: where time is unknown every row is an event of its own. So is every rating.
    const same = current?.event.name === name && current.event.time === time && name !== 'rate';
    if (!same || !current || current.items.size >= MAX_ITEMS) {
      const event: LoggedEvent = {
        // The row's number in the log, so that a part of a user's rows gives the same events as the whole.
        id: `${log.users[user]}-${row - log.offsets[user]!}`,
        seq: row - log.offsets[user]!,
        name,
        time,
        utcOffset: 0,
        items: [],
        ...(name === 'rate' && !Number.isNaN(value) ? { rating: Math.max(0, Math.min(1, value / STARS)) } : {}),
      };
      current = { event, items: new Map() };
      events.push(event);
    }
    const id = table.ids[item]!;
    const quantity = name === 'rate' || Number.isNaN(value) ? undefined : Math.abs(value);
    const known = current.items.get(id);
    if (known) {
      if (quantity !== undefined) known.quantity = (known.quantity ?? 0) + quantity;
      continue;
    }
    const entry: EventItem = { id, ...(quantity === undefined ? {} : { quantity }) };
    current.items.set(id, entry);
    current.event.items.push(entry);
  }
  return events;
}

/** What a page would know of an item. */
export function factsOf(items: ItemTable, row: number): ItemFacts {
  const price = items.prices[row]!;
  return {
    id: items.ids[row]!,
    title: items.titles[row]!,
    ...(items.brands[row] ? { brand: items.brands[row]! } : {}),
    categories: items.categories[row]!,
    ...(Number.isNaN(price) ? {} : { price }),
  };
}
