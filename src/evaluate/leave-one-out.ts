import { type DataFolder, type EventLog, foldOf } from '../data';
import { EVENT_NAMES, HomebodyError } from '../domain';
import { isStep } from '../model';
import type { Protocol, Query } from './query';
import { itemSlicer, userSlices } from './slices';

export interface LeaveOneOutOptions {
  /** Which event is the test item: a user's last, or for validation the one before. Default `test`. */
  split?: 'validation' | 'test';
  /** Items with fewer events are dropped from the log and are not ranked. Default 1. */
  minItemEvents?: number;
  /** Only the last so many events of a history are known to the rankers; default all. */
  history?: number;
  /** Adds slices by the user's history and the item's training count. */
  slices?: boolean;
}

/** Fewer events than this, and a user has no history before the validation item. */
const SHORTEST = 3;

/**
 * Leave-one-out over the whole catalogue: a user's last event is the test item, the one before it the validation item,
 * what is earlier the history (for the test item, the validation item is part of it). All items are ranked, those seen in
 * the history are not; users with fewer than three events, and those whose item stands in their history, are left out.
 * Statistics may read every user's events before the item that is judged.
 * @throws HomebodyError `invalid-input` when nothing is left to predict
 */
export function leaveOneOut(source: DataFolder, options: LeaveOneOutOptions = {}): Protocol {
  const { split = 'test', minItemEvents = 1, history = Number.POSITIVE_INFINITY } = options;
  const { data, counts } = stepsOnly(source, minItemEvents);
  const { events, items } = data;
  const heldOut = split === 'test' ? 1 : 2;
  const candidates = Int32Array.from(items.ids.keys()).filter((row) => counts[row]! >= Math.max(1, minItemEvents));
  const targetOf = (user: number): number => events.offsets[user + 1]! - heldOut;
  const isFresh = (user: number): boolean => {
    const target = targetOf(user);
    const from = events.offsets[user]!;
    return (
      events.offsets[user + 1]! - from >= SHORTEST && !events.item.subarray(from, target).includes(events.item[target]!)
    );
  };
  const users = [...events.users.keys()].filter(isFresh);
  if (users.length === 0) {
    throw new HomebodyError('invalid-input', `${source.path} has no user with a new item at the end of three events.`, {
      remedy: 'leave-one-out is for logs of distinct items; try --protocol next-basket, sessions or time-split.',
    });
  }
  const trained = new Int32Array(items.ids.length);
  for (let user = 0; user < events.users.length; user++) {
    for (let row = events.offsets[user]!; row < targetOf(user); row++) trained[events.item[row]!]!++;
  }
  const itemSlices = itemSlicer(trained);
  let onValidation: Protocol | undefined;
  const protocol: Protocol = {
    name: split === 'test' ? 'leave-one-out' : 'leave-one-out, validation',
    data,
    candidates,
    users,
    ranksSeen: false,
    *queriesOf(user): Iterable<Query> {
      const target = targetOf(user);
      const from = Math.max(events.offsets[user]!, target - history);
      const item = events.item[target]!;
      yield {
        user,
        from,
        to: target,
        time: events.time[target]!,
        candidates,
        excluded: new Set(events.item.subarray(events.offsets[user]!, target)),
        fold: foldOf(events.users[user]!),
        judgements: [
          {
            slices: options.slices
              ? ['all', ...userSlices(target - events.offsets[user]!), ...itemSlices(item)]
              : ['all'],
            relevant: new Set([item]),
          },
        ],
      };
    },
    mayFit: (row, user) => row < targetOf(user),
    fitKey: () => 0,
    tuning() {
      onValidation ??= split === 'validation' ? protocol : leaveOneOut(source, { ...options, split: 'validation' });
      return { protocol: onValidation, users: onValidation.users };
    },
  };
  return protocol;
}

/** The log without impressions, refunds and the events of rare items, and how many events each item has in it. */
function stepsOnly(source: DataFolder, minItemEvents: number): { data: DataFolder; counts: Int32Array } {
  const { events, items } = source;
  const counts = new Int32Array(items.ids.length);
  const kept = (row: number): boolean => items.isProduct[events.item[row]!]! && isStep(EVENT_NAMES[events.kind[row]!]!);
  for (let row = 0; row < events.item.length; row++) if (kept(row)) counts[events.item[row]!]!++;
  const rows: number[] = [];
  const offsets = new Int32Array(events.users.length + 1);
  for (let user = 0; user < events.users.length; user++) {
    for (let row = events.offsets[user]!; row < events.offsets[user + 1]!; row++) {
      if (kept(row) && counts[events.item[row]!]! >= minItemEvents) rows.push(row);
    }
    offsets[user + 1] = rows.length;
  }
  if (rows.length === events.item.length) return { data: source, counts };
  const log: EventLog = {
    users: events.users,
    offsets,
    item: Int32Array.from(rows, (row) => events.item[row]!),
    kind: Uint8Array.from(rows, (row) => events.kind[row]!),
    time: Float64Array.from(rows, (row) => events.time[row]!),
    value: Float32Array.from(rows, (row) => events.value[row]!),
  };
  return { data: { ...source, events: log }, counts };
}
