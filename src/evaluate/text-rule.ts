import { type DataFolder, kindOf } from '../data';
import type { ItemVector } from '../model';
import { orderOf } from './metrics';
import type { BasketRanker } from './next-basket';

/** The untrained rule's constants: those of evidence on another log (Amazon Beauty), not tuned on this one. */
const POWER = 3;
const DECAY = 0.8;
const LOOK_BACK = 50;

/**
 * `Σ_t decay^(baskets ago) · max(0, e_i · e_{i_t})³` over the last 50 purchases: what the whitened text alone says,
 * nothing trained. A bought product is as similar to itself as can be, so repeats come first.
 * @param vectors by row of the items file
 */
export function textRanker(data: DataFolder, vectors: readonly ItemVector[]): BasketRanker {
  const { events, items } = data;
  const purchase = kindOf('purchase');
  const none = new Float32Array(0);
  return {
    name: 'untrained text rule',
    rank: ({ from, to, products }) => {
      const past: { e: Float32Array; weight: number }[] = [];
      let weight = 1;
      let time = Number.NaN;
      for (let row = to - 1; row >= from && past.length < LOOK_BACK; row--) {
        const item = events.item[row]!;
        if (events.kind[row] !== purchase || !items.isProduct[item]) continue;
        if (!Number.isNaN(time) && events.time[row] !== time) weight *= DECAY;
        time = events.time[row]!;
        past.push({ e: vectors[item]!.e ?? none, weight });
      }
      const scores = new Float64Array(items.ids.length);
      for (const row of products) {
        const e = vectors[row]!.e ?? none;
        for (const one of past) {
          let similarity = 0;
          for (let i = 0; i < e.length; i++) similarity += e[i]! * one.e[i]!;
          if (similarity > 0) scores[row]! += one.weight * similarity ** POWER;
        }
      }
      return orderOf(products, scores);
    },
  };
}
