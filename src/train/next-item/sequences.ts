import { type DataFolder, eventsOf, factsOf } from '../../data';
import { EVENT_NAMES } from '../../domain';
import { CONTEXT_SIZE, elapsedOf, encodeContext, isStep, kindWeight, type ModelManifest } from '../../model';

/**
 * One user's steps in order, as the serving code would take them: one row an item of an event. n steps; `items` and
 * `time` have one more place, for the item to be predicted after the last step (−1 and NaN: none).
 */
export interface UserSequence {
  /** Row of the log's users. */
  user: number;
  /** n */
  steps: number;
  /** [n + 1] rows of the item table */
  items: Int32Array;
  /** [n] place in EVENT_NAMES */
  kinds: Uint8Array;
  /** [n, CONTEXT_SIZE] φ, ψ, m */
  context: Float32Array;
  /** [n] the cell's `elapsed` since the step before */
  elapsed: Float32Array;
  /** [n + 1] Unix ms; NaN when unknown */
  time: Float64Array;
  /** [n] number of the event, from 1 */
  event: Int32Array;
  /** [n] kind weight, as memories, look-back and counts take it */
  weight: Float64Array;
}

/** What {@link readSequence} reads: log rows `from .. to` of a user, and what came next. */
export interface SequenceSource {
  user: number;
  from: number;
  to: number;
  next?: { item: number; time: number };
}

/**
 * The steps of one user; undefined without any.
 * @param rowOf place of a log's item row in the item table
 */
export function readSequence(
  data: DataFolder,
  manifest: ModelManifest,
  source: SequenceSource,
  rowOf: Int32Array,
): UserSequence | undefined {
  const { user, from, to, next } = source;
  const events = eventsOf(data, user, from, to).filter((event) => isStep(event.name));
  const count = events.reduce((sum, event) => sum + event.items.length, 0);
  if (count === 0) return undefined;
  const out: UserSequence = {
    user,
    steps: count,
    items: new Int32Array(count + 1).fill(-1),
    kinds: new Uint8Array(count),
    context: new Float32Array(count * CONTEXT_SIZE),
    elapsed: new Float32Array(count),
    time: new Float64Array(count + 1).fill(Number.NaN),
    event: new Int32Array(count),
    weight: new Float64Array(count),
  };
  let at = 0;
  let last = Number.NaN;
  events.forEach((event, number) => {
    for (const item of event.items) {
      const row = data.items.rowOf.get(item.id)!;
      const gap = (event.time - last) / 1000;
      out.items[at] = rowOf[row]!;
      out.kinds[at] = EVENT_NAMES.indexOf(event.name);
      encodeContext(manifest, { event, item, facts: factsOf(data.items, row) }, gap, out.context, at * CONTEXT_SIZE);
      out.elapsed[at] = elapsedOf(gap);
      out.time[at] = event.time;
      out.event[at] = number + 1;
      out.weight[at] = kindWeight(manifest, event);
      if (!Number.isNaN(event.time)) last = event.time;
      at += 1;
    }
  });
  if (next) {
    out.items[count] = rowOf[next.item]!;
    out.time[count] = next.time * 1000;
  }
  return out;
}

/** A stretch of a sequence to learn from: steps `from .. to − 1`, each with the item after it as target. */
export interface Window {
  sequence: UserSequence;
  from: number;
  to: number;
}

/** A sequence cut into windows of at most `size` readings, in order. */
export function windowsOf(sequence: UserSequence, size: number): Window[] {
  const out: Window[] = [];
  for (let from = 0; from < sequence.steps - 1; from += size) {
    out.push({ sequence, from, to: Math.min(sequence.steps - 1, from + size) });
  }
  return out;
}
