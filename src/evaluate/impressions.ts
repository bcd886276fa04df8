import { type DataFolder, FOLDS, foldOf, kindOf } from '../data';
import { HomebodyError } from '../domain';
import type { Judgement, Protocol, Query, Ranker } from './query';
import { SESSION_GAP } from './sessions';

const SHOWN = kindOf('view_item_list');
const CLICKS = new Set([kindOf('select_item'), kindOf('view_item'), kindOf('add_to_cart')]);
const PURCHASE = kindOf('purchase');

/** One list that was shown. */
interface Shown {
  time: number;
  /** First row of the log at this time. */
  firstRow: number;
  /** Item rows in the order shown, each once. */
  items: number[];
  clicked: Set<number>;
  bought: Set<number>;
}

/**
 * Reranking of logged lists. A list is the `view_item_list` rows of a customer with one time, one row an item as GA4's
 * `items` gives them, in the order shown (by `value`, the item's `index`, where it is known). A later click (select_item,
 * view_item, add_to_cart) or purchase belongs to the last list that held the item, while no gap of over 30 minutes lies
 * between. Lists with a click count in the slice `clicks`, with a purchase in `purchases`; only the list's own items are
 * ranked, from what its customer did strictly before it. Statistics may read customers of other folds only.
 * @throws HomebodyError `invalid-input` when the log has no list with a click or a purchase
 */
export function impressions(data: DataFolder): Protocol {
  const { events, items } = data;
  const folds = events.users.map(foldOf);
  const lists = new Map<number, Shown[]>();
  for (const user of events.users.keys()) {
    const judged = listsOf(data, user).filter(
      ({ items: shown, clicked, bought }) => shown.length > 1 && clicked.size + bought.size > 0,
    );
    if (judged.length > 0) lists.set(user, judged);
  }
  if (lists.size === 0) {
    throw new HomebodyError('invalid-input', `${data.path} has no list with a click or a purchase.`, {
      remedy: 'impressions needs view_item_list rows, and later rows of the same customer on the items shown.',
    });
  }
  const users = [...lists.keys()];
  const protocol: Protocol = {
    name: 'impressions',
    data,
    candidates: Int32Array.from(items.ids.keys()).filter((row) => items.isProduct[row]),
    users,
    ranksSeen: true,
    *queriesOf(user): Iterable<Query> {
      for (const { time, firstRow, items: shown, clicked, bought } of lists.get(user)!) {
        const candidates = Int32Array.from(shown).sort();
        const judgements: Judgement[] = [];
        if (clicked.size > 0) judgements.push({ slices: ['clicks'], relevant: clicked });
        if (bought.size > 0) judgements.push({ slices: ['purchases'], relevant: bought });
        yield {
          user,
          from: events.offsets[user]!,
          to: firstRow,
          time,
          candidates,
          positions: Float32Array.from(candidates, (item) => shown.indexOf(item)),
          fold: folds[user]!,
          judgements,
        };
      }
    },
    mayFit: (_row, user, fold) => folds[user] !== fold,
    fitKey: (fold) => fold,
    tuning: (fold) => ({ protocol, users: users.filter((user) => folds[user] === (fold + FOLDS - 1) % FOLDS) }),
  };
  return protocol;
}

/** The order in which a list was shown. */
export function shownOrder(): Ranker {
  return { name: 'order shown', score: ({ positions }) => positions!.map((place) => -place) };
}

function listsOf(data: DataFolder, user: number): Shown[] {
  const { events, items } = data;
  const end = events.offsets[user + 1]!;
  const lists: Shown[] = [];
  /** The last list that showed an item, in this session. */
  let lastList = new Map<number, Shown>();
  let last = Number.NaN;
  /** First row of the time that is read: what stands beside a list is not known before it. */
  let firstRow = events.offsets[user]!;
  for (let row = firstRow; row < end; ) {
    const time = events.time[row]!;
    if (time !== last) firstRow = row;
    if (time - last > SESSION_GAP) lastList = new Map();
    last = time;
    const kind = events.kind[row]!;
    if (kind !== SHOWN) {
      const item = events.item[row]!;
      const list = lastList.get(item);
      if (CLICKS.has(kind)) list?.clicked.add(item);
      else if (kind === PURCHASE) list?.bought.add(item);
      row++;
      continue;
    }
    const shown: { item: number; index: number; row: number }[] = [];
    for (; row < end && events.kind[row] === SHOWN && events.time[row] === time; row++) {
      const item = events.item[row]!;
      if (items.isProduct[item]) shown.push({ item, index: events.value[row]!, row });
    }
    if (shown.every(({ index }) => !Number.isNaN(index))) shown.sort((a, b) => a.index - b.index || a.row - b.row);
    const list: Shown = {
      time,
      firstRow,
      items: [...new Set(shown.map(({ item }) => item))],
      clicked: new Set(),
      bought: new Set(),
    };
    lists.push(list);
    for (const item of list.items) lastList.set(item, list);
  }
  return lists;
}
