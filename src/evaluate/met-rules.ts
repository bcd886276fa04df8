import { type DataFolder, kindOf } from '../data';
import { WINDOW_DAYS } from './next-purchase';
import type { Ranker } from './query';

/**
 * Rules that order items by how a customer met them, for {@link nextPurchase}: the last met first, two by kind, and one that
 * knows that what was met last of all has often been dealt with (and cannot be what follows in a log that joins an item's
 * repetitions).
 */
export function metRules(data: DataFolder, days: number = WINDOW_DAYS): Ranker[] {
  const { events } = data;
  const [view, cart] = [kindOf('view_item'), kindOf('add_to_cart')];
  const rule = (
    name: string,
    worth: (last: number, views: number, isInCart: boolean, isLatest: boolean) => number,
  ): Ranker => ({
    name,
    score({ candidates, from, to, time }) {
      const place = new Map([...candidates].map((item, at) => [item, at]));
      const last = new Float64Array(candidates.length);
      const views = new Float64Array(candidates.length);
      const carted = new Uint8Array(candidates.length);
      for (let row = from; row < to; row++) {
        const at = place.get(events.item[row]!);
        if (at === undefined || events.time[row]! < time - days * 86_400) continue;
        last[at] = events.time[row]!;
        if (events.kind[row] === view) views[at]!++;
        if (events.kind[row] === cart) carted[at] = 1;
      }
      const latest = last.reduce((most, seconds) => Math.max(most, seconds), 0);
      return last.map((seconds, at) => worth(seconds, views[at]!, carted[at] === 1, seconds === latest));
    },
  });
  // Unix seconds stay below 2^33: a float64 holds them beside a count exactly.
  return [
    rule('last met', (last) => last),
    rule('in the cart, then last met', (last, _, isInCart) => last + (isInCart ? 2 ** 34 : 0)),
    rule('last met, the very last at the end', (last, _views, _isInCart, isLatest) => (isLatest ? 0 : last)),
    rule('most viewed, then last met', (last, views) => last + views * 2 ** 34),
  ];
}
