import { type DataFolder, foldOf } from '../data';
import { HomebodyError } from '../domain';
import { momentsOf } from './moments';
import type { Judgement, Protocol, Query } from './query';
import { itemSlicer, userSlices } from './slices';

export interface TimeSplitOptions {
  /** The latest share of the events that is judged; default 0.1. */
  share?: number;
  /** Adds slices by the user's history and the item's training count. */
  slices?: boolean;
}

/**
 * A split by one time for all: what is trained and counted is older than the cut, what is judged is younger, as when a
 * model is trained tonight and serves tomorrow. Every moment after the cut is predicted from all that its customer did
 * strictly before it, after the cut too; customers without a history are part of it. Relevant are the moment's distinct
 * products, all products are ranked; `new` as in next-basket. The cut is where the given share of the events is younger.
 * @throws HomebodyError `invalid-input` when times are missing or nothing is left to predict
 */
export function timeSplit(data: DataFolder, options: TimeSplitOptions = {}): Protocol {
  const { share = 0.1 } = options;
  if (!(share > 0 && share < 1)) {
    throw new HomebodyError('invalid-input', `The judged share is between 0 and 1, not ${share}.`, {
      remedy: 'For example --test-share 0.1.',
    });
  }
  const times = data.events.time.filter((time) => !Number.isNaN(time)).sort();
  if (times.length < data.events.time.length) {
    throw new HomebodyError('invalid-input', `${data.path}: some events have no time.`, {
      remedy: 'time-split needs timestamp_s on every row; leave-one-out does not.',
    });
  }
  const at = (from: number): number => times[Math.max(0, Math.floor(times.length * (1 - from)))] ?? Number.NaN;
  return between(data, at(share), Number.POSITIVE_INFINITY, at(Math.min(0.9, 2 * share)), options);
}

/** Judges `[cut, end)`; constants of rules are chosen on `[before, cut)`. */
function between(
  data: DataFolder,
  cut: number,
  end: number,
  before: number | undefined,
  options: TimeSplitOptions,
): Protocol {
  const { events, items } = data;
  const judged = (time: number): boolean => time >= cut && time < end;
  const users = [...events.users.keys()].filter((user) => momentsOf(data, user).some(({ time }) => judged(time)));
  if (users.length === 0) {
    throw new HomebodyError('invalid-input', 'No event is after the cut.', { remedy: 'Take a larger --test-share.' });
  }
  const candidates = Int32Array.from(items.ids.keys()).filter((row) => items.isProduct[row]);
  const trained = new Int32Array(items.ids.length);
  for (const [row, item] of events.item.entries()) if (events.time[row]! < cut) trained[item]!++;
  const itemSlices = itemSlicer(trained);
  let chosenOn: Protocol | undefined;
  const protocol: Protocol = {
    name: 'time-split',
    data,
    candidates,
    users,
    ranksSeen: true,
    *queriesOf(user): Iterable<Query> {
      const from = events.offsets[user]!;
      const met = new Set<number>();
      for (const { time, firstRow, items: relevant } of momentsOf(data, user)) {
        if (judged(time)) {
          const extra = options.slices
            ? [...userSlices(firstRow - from), ...new Set(relevant.length === 1 ? itemSlices(relevant[0]!) : [])]
            : [];
          const judgements: Judgement[] = [{ slices: ['all', ...extra], relevant: new Set(relevant) }];
          const fresh = new Set(relevant.filter((item) => !met.has(item)));
          if (fresh.size > 0) judgements.push({ slices: ['new'], relevant: fresh, excluded: new Set(met) });
          yield { user, from, to: firstRow, time, candidates, fold: foldOf(events.users[user]!), judgements };
        }
        for (const item of relevant) met.add(item);
      }
    },
    mayFit: (row) => events.time[row]! < cut,
    fitKey: () => 0,
    tuning() {
      if (before === undefined || before >= cut) return { protocol, users };
      chosenOn ??= between(data, before, cut, undefined, { ...options, slices: false });
      return { protocol: chosenOn, users: chosenOn.users };
    },
  };
  return protocol;
}
