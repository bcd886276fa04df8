import type { CandidateBatch } from './batch';
import { readCount, sameSlot, slotOf } from './counts';
import { lookBack, lookBackWeights } from './look-back';
import type { FeatureSpec } from './manifest';
import type { InterestModel } from './model';
import type { InterestState } from './state';

type NeighbourSpec = Extract<FeatureSpec, { kind: 'neighbours' }>;

/** How much each item of the history counts in a neighbour feature, by id: of the look-back, or of all that was met. */
export function neighbourSources(
  model: InterestModel,
  state: InterestState,
  spec: NeighbourSpec,
  now: number,
): Map<string, number> {
  if (!spec.counts) {
    const look = lookBack(model, state);
    const weights = lookBackWeights(state, look, spec, now);
    return new Map(look.ids.map((id, j) => [id, weights[j]!]));
  }
  const slots = model.slots.item;
  const wanted = slotOf({ ...spec, group: 'any' });
  const at = slots.findIndex((slot) => sameSlot(slot, wanted));
  const values = new Float64Array(slots.length);
  const sources = new Map<string, number>();
  for (const [id, count] of state.items) {
    readCount(slots, count, now, state.events, values);
    if (values[at]! > 0) sources.set(id, Math.min(1, values[at]!));
  }
  return sources;
}

/** Fills the columns of the neighbour features of `out` [n, J]. */
export function neighbourFeatures(
  model: InterestModel,
  state: InterestState,
  batch: CandidateBatch,
  now: number,
  specs: readonly NeighbourSpec[],
  columns: readonly number[],
  out: Float32Array,
): void {
  const J = model.manifest.features.length;
  const sums = new Float64Array(batch.size);
  specs.forEach((spec, f) => {
    sums.fill(0);
    for (const [id, weight] of neighbourSources(model, state, spec, now)) {
      const pairs = batch.speaksFor.get(id);
      if (pairs) for (let at = 0; at < pairs.length; at += 2) sums[pairs[at]!]! += pairs[at + 1]! * weight;
    }
    for (let i = 0; i < batch.size; i += 1) {
      out[i * J + columns[f]!] = spec.log ? Math.log1p(Math.max(0, sums[i]!)) : sums[i]!;
    }
  });
}

/** The item of the history that speaks most for one candidate, for explanations; undefined: none does. */
export function largestNeighbourPart(
  batch: CandidateBatch,
  row: number,
  sources: ReadonlyMap<string, number>,
): string | undefined {
  let best: string | undefined;
  let most = 0;
  for (const [id, weight] of batch.neighbours[row] ?? []) {
    const part = (sources.get(id) ?? 0) * weight;
    if (part <= most) continue;
    best = id;
    most = part;
  }
  return best;
}
