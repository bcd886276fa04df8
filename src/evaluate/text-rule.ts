import { type DataFolder, kindOf } from '../data';
import type { ItemVector } from '../model';
import type { Ranker } from './query';

/** The untrained rule's constants: those of evidence on another log (Amazon Beauty), not tuned on this one. */
const POWER = 3;
const DECAY = 0.8;
const LOOK_BACK = 50;

/**
 * `Σ_t decay^(baskets ago) · max(0, e_i · e_{i_t})³` over the last 50 purchases (or ratings): what the whitened text alone
 * says, nothing trained. A bought product is as similar to itself as can be, so repeats come first.
 * @param vectors by row of the items file
 */
export function textRanker(data: DataFolder, vectors: readonly ItemVector[]): Ranker {
  const { events, items } = data;
  const counted = new Set([kindOf('purchase'), kindOf('rate')]);
  const none = new Float32Array(0);
  return {
    name: 'untrained text rule',
    score: ({ from, to, candidates }) => {
      const past: { e: Float32Array; weight: number }[] = [];
      let weight = 1;
      let time: number | undefined;
      for (let row = to - 1; row >= from && past.length < LOOK_BACK; row--) {
        const item = events.item[row]!;
        if (!counted.has(events.kind[row]!) || !items.isProduct[item]) continue;
        // Unknown times differ from one another: every event is then a step.
        if (time !== undefined && events.time[row] !== time) weight *= DECAY;
        time = events.time[row]!;
        past.push({ e: vectors[item]!.e ?? none, weight });
      }
      return Float64Array.from(candidates, (row) => {
        const e = vectors[row]!.e ?? none;
        let sum = 0;
        for (const one of past) {
          let similarity = 0;
          for (let i = 0; i < e.length; i++) similarity += e[i]! * one.e[i]!;
          if (similarity > 0) sum += one.weight * similarity ** POWER;
        }
        return sum;
      });
    },
  };
}
