import type { UserSequence } from './sequences';
import type { NextItemSettings } from './settings';

/** For every event's item the candidates it speaks for: those of row j are `candidates[offsets[j] .. offsets[j + 1]]`. */
export interface Speaks {
  /** [n + 1] */
  offsets: Int32Array;
  candidates: Int32Array;
  weights: Float32Array;
}

/** Neighbours of every item: 32 at most, largest first. */
export type NeighbourLists = [item: number, weight: number][][];

const COUNT = 32;

/**
 * How much an event on j speaks for i, by co-occurrence in histories at most `reach` steps apart:
 * `Σ |i − j|^−near / ((count_i + shrink)^balance (count_j + shrink)^(1 − balance))`, times `back` where i came before j, the
 * 32 largest of each i.
 */
export function fitNeighbours(
  sequences: readonly UserSequence[],
  n: number,
  { shrink, balance, near, back, reach }: NextItemSettings['neighbours'],
): NeighbourLists {
  const counts = new Float64Array(n);
  const places: { sequence: UserSequence; at: number }[][] = Array.from({ length: n }, () => []);
  for (const sequence of sequences) {
    for (let at = 0; at < sequence.steps; at += 1) {
      counts[sequence.items[at]!]! += 1;
      places[sequence.items[at]!]!.push({ sequence, at });
    }
  }
  const together = new Float64Array(n);
  return places.map((list, i): NeighbourLists[number] => {
    const met: number[] = [];
    for (const { sequence, at } of list) {
      const last = Math.min(sequence.steps - 1, at + reach);
      for (let other = Math.max(0, at - reach); other <= last; other += 1) {
        const j = sequence.items[other]!;
        const worth = (other > at ? back : 1) * (near === 0 ? 1 : Math.abs(at - other) ** -near);
        if (j === i || worth === 0) continue;
        if (together[j] === 0) met.push(j);
        together[j]! += worth;
      }
    }
    const own = (counts[i]! + shrink) ** balance;
    const best = met.map((j): [number, number] => [j, together[j]! / (own * (counts[j]! + shrink) ** (1 - balance))]);
    for (const j of met) together[j] = 0;
    return best.sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, COUNT);
  });
}

/** The lists in units of the mean weight of `reference`. */
export function scaleNeighbours(lists: NeighbourLists, reference: NeighbourLists): NeighbourLists {
  let sum = 0;
  let count = 0;
  for (const list of reference) for (const [, weight] of list) [sum, count] = [sum + weight, count + 1];
  const unit = sum > 0 ? sum / count : 1;
  return lists.map((list) => list.map(([j, weight]) => [j, weight / unit]));
}

/** The lists by the item of the event. */
export function invert(lists: NeighbourLists): Speaks {
  const n = lists.length;
  const offsets = new Int32Array(n + 1);
  for (const list of lists) for (const [j] of list) offsets[j + 1]! += 1;
  for (let j = 0; j < n; j += 1) offsets[j + 1]! += offsets[j]!;
  const next = offsets.slice();
  const candidates = new Int32Array(offsets[n]!);
  const weights = new Float32Array(offsets[n]!);
  lists.forEach((list, i) => {
    for (const [j, weight] of list) {
      const at = next[j]!++;
      candidates[at] = i;
      weights[at] = weight;
    }
  });
  return { offsets, candidates, weights };
}
