import type { EventName, LoggedEvent, Reason } from '../../domain';

const DID: Readonly<Record<EventName, string>> = {
  view_item_list: 'Was shown',
  select_item: 'Clicked',
  view_item: 'Looked at',
  add_to_wishlist: 'Wished for',
  add_to_cart: 'Put in the cart',
  remove_from_cart: 'Took out of the cart',
  purchase: 'Bought',
  refund: 'Gave back',
  rate: 'Rated',
  like: 'Liked',
  share: 'Shared',
  search: 'Searched for',
};

/** What was done, in words; `name` finds the title of an item. */
export function eventWords(event: LoggedEvent, name: (id: string) => string): string {
  const did = DID[event.name];
  if (event.search) return `${did} “${event.search}”`;
  const [first, ...others] = event.items;
  const what = first ? name(first.id) : 'something';
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  const dwell = event.dwell !== undefined && event.dwell >= 1 ? `, for ${Math.round(event.dwell)}\u00a0s` : '';
  return `${did} ${what}${more}${dwell}`;
}

const TERMS: Readonly<Record<string, [title: string, up: string, down: string]>> = {
  interest: ['Your interest', 'close to what you look at', 'far from what you look at'],
  familiarity: ['Already met', 'you have met it, or its like', 'you have met it often enough'],
  text: ['Alike in words', 'described like things you looked at', 'described unlike things you looked at'],
  neighbours: ['Bought together', 'others buy it with what you looked at', 'rarely goes with what you looked at'],
  popularity: ['Popularity', 'many buy it', 'few buy it'],
  conversion: ['Likely to be bought', 'likely to be bought when shown', 'rarely bought when shown'],
  prior: ['The shop’s order', 'stands high in the shop’s own order', 'stands low in the shop’s own order'],
  bought: ['Bought already', 'you bought it before', 'you bought it, so it makes room'],
  diversity: ['Variety', 'brings variety', 'too much like its neighbours'],
};

/** A reason in words: its name, and a sentence that says what in the history carries it, if the engine says so. */
export function reasonWords(reason: Reason, name: (id: string) => string): { title: string; text: string } {
  const [title, up, down] = TERMS[reason.term] ?? [reason.term, 'in its favour', 'against it'];
  const { because } = reason;
  const positive = reason.value >= 0;
  if (because?.itemId) {
    const item = name(because.itemId);
    if (reason.term === 'bought') return { title, text: `because you bought ${item}` };
    return { title, text: positive ? `because you met ${item}` : `unlike ${item}, which you met` };
  }
  if (because?.category) return { title, text: `because of your visits to ${because.category}` };
  if (because?.brand) return { title, text: `because you know ${because.brand}` };
  return { title, text: positive ? up : down };
}

/** `5 minutes ago`. Without `Intl`, whose first use makes the drawer late. */
export function ago(time: number, now: number): string {
  const minutes = (now - time) / 60_000;
  if (minutes < 1) return 'just now';
  const [count, unit] =
    minutes < 60 ? [minutes, 'minute'] : minutes < 1440 ? [minutes / 60, 'hour'] : [minutes / 1440, 'day'];
  const whole = Math.round(count as number);
  return `${whole} ${unit}${whole === 1 ? '' : 's'} ago`;
}
