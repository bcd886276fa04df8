import { slotDecay } from './counts';
import type { InterestModel } from './model';
import type { InterestState } from './state';

type Decay = { halfLife?: number; stepDecay?: number };

/** The look-back with events of one item joined, newest last. */
export interface LookBack {
  ids: string[];
  /** [m, E] */
  e: Float64Array;
  /** [m] */
  words: (readonly string[])[];
  /** Indices into `state.recent` of each distinct item. */
  members: number[][];
}

export function lookBack(model: InterestModel, state: InterestState): LookBack {
  const members = new Map<string, number[]>();
  state.recent.forEach(({ id }, i) => {
    const list = members.get(id);
    if (list) list.push(i);
    else members.set(id, [i]);
  });
  const { embedding } = model.manifest.sizes;
  const e = new Float64Array(members.size * embedding);
  [...members.values()].forEach((list, j) => {
    e.set(state.recent[list.at(-1)!]!.e, j * embedding);
  });
  const words = [...members.values()].map((list) => state.recent[list.at(-1)!]!.words);
  return { ids: [...members.keys()], e, words, members: [...members.values()] };
}

/** `Σ w_t decay_t` of each distinct item in the look-back, [m]. */
export function lookBackWeights(state: InterestState, look: LookBack, decay: Decay, now: number): Float64Array {
  const slot = { group: 'any' as const, ...decay };
  return Float64Array.from(look.members, (list) =>
    list.reduce((sum, i) => {
      const recent = state.recent[i]!;
      return sum + recent.weight * slotDecay(slot, recent, now, state.events);
    }, 0),
  );
}
