import type { EventName, LoggedEvent } from '../../src/domain';
import {
  embedItem,
  type InterestModel,
  type ItemVector,
  loadModel,
  type ModelManifest,
  type ModelStep,
  stepsOf,
  untrainedManifest,
  untrainedWeights,
} from '../../src/model';

/** A small linear congruential generator (Numerical Recipes), so that no test depends on Math.random. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export function untrained(changes: Partial<ModelManifest> = {}, seed = 1): InterestModel {
  const manifest = untrainedManifest(changes);
  return loadModel({ manifest, weights: untrainedWeights(manifest, seeded(seed)) });
}

/** A raw embedding that only depends on the text. */
export function rawOf(text: string, size = 64): Float32Array {
  const random = seeded([...text].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), 7));
  return Float32Array.from({ length: size }, () => random() - 0.5);
}

export function vectorFor(model: InterestModel, text: string): ItemVector {
  return embedItem(model, rawOf(text));
}

export const START = Date.UTC(2026, 0, 5, 12);

let sequence = 0;

export function logged(
  name: EventName,
  items: readonly string[],
  time: number,
  more: Partial<LoggedEvent> = {},
): LoggedEvent {
  sequence += 1;
  const id = `${name} ${sequence}`;
  return { id, seq: sequence, name, time, utcOffset: 60, items: items.map((item) => ({ id: item })), ...more };
}

/** Steps of a history; an item's brand and category are the first letter of its id; ids starting with `?` have no vector. */
export function historySteps(model: InterestModel, events: readonly LoggedEvent[]): ModelStep[] {
  return events.flatMap((event) =>
    stepsOf(event, (id) => ({
      facts: { id, title: id, brand: `brand ${id[0]}`, categories: ['all', `category ${id[0]}`] },
      ...(id.startsWith('?') ? {} : { vector: vectorFor(model, id) }),
    })),
  );
}
