import type { EventInput, EventName, Recommender } from '../../domain';
import { ga4Item, type Listing } from '../shop/listing';

/** One thing that a sample shopper did: what, with which product, how many hours ago, and for how long (seconds). */
type Act = readonly [event: EventName, id: string, hoursAgo: number, dwell?: number];

export interface Shopper {
  name: string;
  text: string;
  acts: readonly Act[];
}

/** Three invented people. Their histories go through `observe()` like anyone's, only with earlier times. */
export const SHOPPERS: readonly Shopper[] = [
  {
    name: 'Trail runner',
    text: 'Up at six, muddy by seven. Last week: an alpine weekend.',
    acts: [
      ['view_item', 'running-wild-trails-of-the-north', 410, 40],
      ['view_item', 'waterproof-trail-runner-slate', 400, 65],
      ['view_item', 'cushioned-ultra-trail-shoe', 399, 80],
      ['add_to_wishlist', 'cushioned-ultra-trail-shoe', 399],
      ['view_item', 'trail-running-vest-with-soft-flasks', 310, 50],
      ['add_to_cart', 'trail-running-vest-with-soft-flasks', 310],
      ['purchase', 'trail-running-vest-with-soft-flasks', 309],
      ['view_item', 'head-torch-400-lumen', 200, 30],
      ['view_item', 'gps-running-watch', 150, 90],
      ['add_to_wishlist', 'gps-running-watch', 150],
      ['view_item', 'energy-gels-citrus-box-of-12', 49, 12],
      ['purchase', 'energy-gels-citrus-box-of-12', 48],
      ['view_item', 'womens-mountain-trail-shoe-teal', 26, 20],
      ['view_item', 'trail-running-jacket-waterproof', 25, 45],
      ['view_item', 'windproof-running-jacket-in-coral', 3, 25],
      ['add_to_cart', 'trail-running-jacket-waterproof', 2],
    ],
  },
  {
    name: 'Home cook',
    text: 'Keeps a sourdough called Klaus. Guests on Saturday.',
    acts: [
      ['view_item', 'bread-from-scratch-sourdough-at-home', 500, 60],
      ['purchase', 'bread-from-scratch-sourdough-at-home', 499],
      ['view_item', 'banneton-basket-for-sourdough', 460, 35],
      ['purchase', 'banneton-basket-for-sourdough', 459],
      ['view_item', 'cast-iron-skillet-26-cm', 300, 45],
      ['view_item', 'sage-green-dutch-oven-6-l', 299, 70],
      ['add_to_wishlist', 'sage-green-dutch-oven-6-l', 299],
      ['view_item', 'chefs-knife-with-walnut-handle-20-cm', 170, 80],
      ['add_to_cart', 'chefs-knife-with-walnut-handle-20-cm', 169],
      ['view_item', 'stand-mixer-in-mint-4-8-l', 76, 90],
      ['view_item', 'the-spice-road-kitchen', 50, 30],
      ['view_item', 'pasta-bowl-in-indigo-splash', 27, 20],
      ['view_item', 'carbon-steel-wok-32-cm', 5, 40],
      ['add_to_cart', 'carbon-steel-wok-32-cm', 4],
      ['view_item', 'nested-mixing-bowls-set-of-5', 2, 25],
    ],
  },
  {
    name: 'New parent',
    text: 'Sleeps in pieces. Reads product pages at four in the morning.',
    acts: [
      ['view_item', 'bedside-crib-in-natural-beech', 700, 90],
      ['purchase', 'bedside-crib-in-natural-beech', 690],
      ['view_item', 'all-terrain-stroller-in-charcoal', 520, 90],
      ['add_to_wishlist', 'all-terrain-stroller-in-charcoal', 519],
      ['view_item', 'organic-cotton-bodysuits-pack-of-5', 300, 30],
      ['purchase', 'organic-cotton-bodysuits-pack-of-5', 299],
      ['purchase', 'eco-nappies-size-2-pack-of-66', 298],
      ['view_item', 'white-noise-machine-for-babies', 120, 55],
      ['add_to_cart', 'white-noise-machine-for-babies', 119],
      ['view_item', 'goodnight-little-hedgehog', 70, 25],
      ['view_item', 'muslin-sleeping-bag-0-6-months', 31, 40],
      ['view_item', 'bottle-warmer-for-night-feeds', 7, 35],
      ['view_item', 'glass-baby-bottles-set-of-3', 6, 30],
      ['add_to_cart', 'glass-baby-bottles-set-of-3', 5],
    ],
  },
];

const HOUR = 3_600_000;

/** Replays a history through the public API, `now` being its end. Resolves to the number of events kept. */
export async function replay(
  homebody: Pick<Recommender, 'observe'>,
  shopper: Shopper,
  listings: ReadonlyMap<string, Listing>,
  now: number,
): Promise<number> {
  const answers = await Promise.all(
    shopper.acts.map(([event, id, hoursAgo, dwell]) => {
      const listing = listings.get(id);
      if (!listing) throw new Error(`The shop has no ${id}.`);
      const input: EventInput = { event, timestamp: Math.round(now - hoursAgo * HOUR), items: [ga4Item(listing)] };
      return homebody.observe(dwell === undefined ? input : { ...input, dwell });
    }),
  );
  return answers.filter((answer) => answer.status === 'stored').length;
}
