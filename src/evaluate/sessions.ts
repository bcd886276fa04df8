import { type DataFolder, FOLDS, foldOf } from '../data';
import { HomebodyError } from '../domain';
import { momentsOf } from './moments';
import type { Judgement, Protocol, Query } from './query';

/** Seconds without an event after which a new session starts. */
export const SESSION_GAP = 30 * 60;

/**
 * Next item within a session: every moment of a session but its first is predicted from all that the customer did strictly
 * before it, earlier sessions too; a session ends after 30 minutes without an event. Relevant are the moment's distinct
 * products, all products are ranked; `new` as in next-basket. Statistics may read customers of other folds only.
 * @throws HomebodyError `invalid-input` when no session has two moments
 */
export function sessions(data: DataFolder): Protocol {
  const { events, items } = data;
  const folds = events.users.map(foldOf);
  const candidates = Int32Array.from(items.ids.keys()).filter((row) => items.isProduct[row]);
  const users = [...events.users.keys()].filter((user) => {
    const moments = momentsOf(data, user);
    return moments.some(({ time }, at) => at > 0 && time - moments[at - 1]!.time <= SESSION_GAP);
  });
  if (users.length === 0) {
    throw new HomebodyError('invalid-input', `${data.path} has no session of two events at different times.`, {
      remedy: 'sessions needs timestamp_s in seconds; orders of one time each are for --protocol next-basket.',
    });
  }
  const protocol: Protocol = {
    name: 'sessions',
    data,
    candidates,
    users,
    ranksSeen: true,
    *queriesOf(user): Iterable<Query> {
      const from = events.offsets[user]!;
      const met = new Set<number>();
      let last = Number.NaN;
      for (const { time, firstRow, items: relevant } of momentsOf(data, user)) {
        if (time - last <= SESSION_GAP) {
          const judgements: Judgement[] = [{ slices: ['all'], relevant: new Set(relevant) }];
          const fresh = new Set(relevant.filter((item) => !met.has(item)));
          if (fresh.size > 0) judgements.push({ slices: ['new'], relevant: fresh, excluded: new Set(met) });
          yield { user, from, to: firstRow, time, candidates, fold: folds[user]!, judgements };
        }
        last = time;
        for (const item of relevant) met.add(item);
      }
    },
    mayFit: (_row, user, fold) => folds[user] !== fold,
    fitKey: (fold) => fold,
    tuning: (fold) => ({ protocol, users: users.filter((user) => folds[user] === (fold + FOLDS - 1) % FOLDS) }),
  };
  return protocol;
}
