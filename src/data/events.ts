import { EVENT_NAMES, type EventName } from '../domain';
import type { ReadOptions } from './csv';
import { addItem, type ItemTable } from './items';
import { isGarbled, note, type RowReport } from './report';
import { readTable } from './table';

/** Names that public logs use for our events (formats.md). */
export const EVENT_ALIASES: Readonly<Record<string, EventName>> = {
  rating: 'rate',
  review: 'purchase',
  cancel: 'refund',
};

/** Number of an event's name in the `kind` column. */
export const kindOf = (name: EventName): number => EVENT_NAMES.indexOf(name);

/** A log in columns, grouped by user and in each user's order of time. */
export interface EventLog {
  /** Ids in order of first appearance. */
  users: string[];
  /** [users + 1] rows of user `u` are `offsets[u] .. offsets[u + 1]`. */
  offsets: Int32Array;
  /** [rows] row of the item in the {@link ItemTable}. */
  item: Int32Array;
  /** [rows] place in `EVENT_NAMES`. */
  kind: Uint8Array;
  /** [rows] Unix seconds; NaN where only the order is known. */
  time: Float64Array;
  /** [rows] quantity, or stars of a rating; NaN where missing. */
  value: Float32Array;
}

/** The year 5138; what lies behind it is milliseconds or microseconds. */
const LATEST_SECONDS = 1e11;

const COLUMNS = { required: ['user_id', 'item_id', 'event'], optional: ['timestamp_s', 'value'] } as const;

/**
 * Reads a file of events: `user_id, item_id, event, timestamp_s?, value?`. Rows of a user are ordered by time, ties as
 * in the file; where any of a user's times is missing, that user keeps the file's order. Items that `items` lacks are
 * added to it without text.
 * @throws HomebodyError as {@link readTable}
 */
export async function readEvents(
  path: string,
  items: ItemTable,
  options: ReadOptions = {},
): Promise<{ events: EventLog; report: RowReport }> {
  const userRow = new Map<string, number>();
  const kinds = new Map<string, number>([
    ...EVENT_NAMES.map((name, kind): [string, number] => [name, kind]),
    ...Object.entries(EVENT_ALIASES).map(([alias, name]): [string, number] => [alias, kindOf(name)]),
  ]);
  const columns = { user: new Column(Int32Array), item: new Column(Int32Array), kind: new Column(Uint8Array) };
  const time = new Column(Float64Array);
  const value = new Column(Float32Array);
  // Where the file tells products from services, an item it does not list is not known to be a product.
  const unlistedIsProduct = !items.isProduct.includes(false);
  const report = await readTable<'user_id' | 'item_id' | 'event' | 'timestamp_s' | 'value'>(
    path,
    COLUMNS,
    (row, report) => {
      const userId = row('user_id');
      if (userId === '') return note(report, 'missing-user');
      const itemId = row('item_id');
      if (itemId === '') return note(report, 'missing-item');
      // Two ids that lost their letters would become one.
      if (isGarbled(userId) || isGarbled(itemId)) return note(report, 'bad-encoding');
      const kind = kinds.get(row('event').toLowerCase());
      if (kind === undefined) return note(report, 'unknown-event');
      const seconds = row('timestamp_s') === '' ? Number.NaN : Number(row('timestamp_s'));
      if (row('timestamp_s') !== '' && !Number.isFinite(seconds)) return note(report, 'bad-time');
      if (Math.abs(seconds) > LATEST_SECONDS) return note(report, 'time-unit');
      const quantity = row('value') === '' ? Number.NaN : Number(row('value'));
      if (row('value') !== '' && !Number.isFinite(quantity)) note(report, 'bad-value');
      let item = items.rowOf.get(itemId);
      if (item === undefined) {
        note(report, 'unlisted-item');
        item = addItem(items, itemId, { title: '', brand: '', categories: [], price: Number.NaN });
        items.isProduct[item] = unlistedIsProduct;
      }
      let user = userRow.get(userId);
      if (user === undefined) {
        user = userRow.size;
        userRow.set(userId, user);
      }
      columns.user.push(user);
      columns.item.push(item);
      columns.kind.push(kind);
      time.push(seconds);
      value.push(Number.isFinite(quantity) ? quantity : Number.NaN);
      report.kept++;
    },
    options,
  );
  const events = group([...userRow.keys()], columns.user.done(), {
    item: columns.item.done(),
    kind: columns.kind.done(),
    time: time.done(),
    value: value.done(),
  });
  return { events, report };
}

type Columns = Pick<EventLog, 'item' | 'kind' | 'time' | 'value'>;

/** Brings the rows of each user together, in order. */
function group(users: string[], user: Int32Array, columns: Columns): EventLog {
  const rows = user.length;
  const offsets = new Int32Array(users.length + 1);
  for (const u of user) offsets[u + 1]!++;
  for (let u = 0; u < users.length; u++) offsets[u + 1]! += offsets[u]!;
  const next = offsets.slice();
  const order = new Int32Array(rows);
  for (let row = 0; row < rows; row++) order[next[user[row]!]!++] = row;
  for (let u = 0; u < users.length; u++) {
    const mine = order.subarray(offsets[u], offsets[u + 1]);
    if (mine.every((row) => !Number.isNaN(columns.time[row]))) {
      mine.sort((a, b) => columns.time[a]! - columns.time[b]! || a - b);
    }
  }
  return {
    users,
    offsets,
    item: Int32Array.from(order, (row) => columns.item[row]!),
    kind: Uint8Array.from(order, (row) => columns.kind[row]!),
    time: Float64Array.from(order, (row) => columns.time[row]!),
    value: Float32Array.from(order, (row) => columns.value[row]!),
  };
}

interface NumericArray {
  length: number;
  [index: number]: number;
  set(other: ArrayLike<number>): void;
}

/** A typed array that grows. */
class Column<A extends NumericArray & { slice(start: number, end: number): A }> {
  private data: A;
  private length = 0;
  constructor(private readonly make: new (length: number) => A) {
    this.data = new make(1024);
  }
  push(value: number): void {
    if (this.length === this.data.length) {
      const larger = new this.make(this.length * 2);
      larger.set(this.data);
      this.data = larger;
    }
    this.data[this.length++] = value;
  }
  done(): A {
    return this.data.slice(0, this.length);
  }
}
