import type { Reason } from '../domain';
import type { CandidateBatch } from './batch';
import { type Count, sameSlot, slotDecay, slotOf } from './counts';
import { lookBack, lookBackWeights } from './look-back';
import type { FeatureSpec } from './manifest';
import type { InterestModel } from './model';
import { largestNeighbourPart, neighbourSources } from './neighbours';
import { largestTextPart } from './recent';
import type { Scores } from './score';
import type { InterestState } from './state';

/** A product is explained as the first of its columns. */
function resolve(features: readonly FeatureSpec[], spec: FeatureSpec): Exclude<FeatureSpec, { kind: 'product' }> {
  return spec.kind === 'product' ? resolve(features, features[spec.of[0]]!) : spec;
}

/** The stable reason that a feature of a manifest belongs to. */
export function termOf(features: readonly FeatureSpec[], feature: FeatureSpec): string {
  const spec = resolve(features, feature);
  if (spec.kind === 'met' || spec.kind === 'purchases' || spec.kind === 'repeat') return 'familiarity';
  if (spec.kind === 'memory') return 'interest';
  return spec.kind === 'bias' ? 'popularity' : spec.kind;
}

function strongestCategory(
  model: InterestModel,
  state: InterestState,
  batch: CandidateBatch,
  row: number,
  now: number,
  spec: Extract<FeatureSpec, { kind: 'familiarity' }>,
): Reason['because'] {
  const slot = slotOf(spec);
  const at = model.slots.category.findIndex((other) => sameSlot(other, slot));
  const left = (count: Count) => count.values[at]! * slotDecay(slot, count, now, state.events);
  let best: { category: string; value: number } | undefined;
  for (let i = batch.categoryStart[row]!; i < batch.categoryStart[row + 1]!; i += 1) {
    const category = batch.categoryNames[batch.categoryIndex[i]!]!;
    const count = state.categories.get(category);
    const value = count ? left(count) : 0;
    // The narrower of two equals says more.
    if (value > 0 && value >= (best?.value ?? 0)) best = { category, value };
  }
  return best ? { category: best.category } : undefined;
}

/**
 * Why a candidate has its relevance: the terms of its score summed by stable name, in order of appearance; their values
 * sum to the score up to rounding. `because` names what in the history carries most of the term's largest feature; it is
 * absent where nothing single does (the network's interest, the prior). Make one explainer for a list.
 */
export function createExplainer(
  model: InterestModel,
  state: InterestState,
  batch: CandidateBatch,
  scored: Scores,
): (row: number) => Reason[] {
  const { features } = model.manifest;
  const J = features.length;
  const { near } = scored;
  const look = near?.look ?? lookBack(model, state);
  const { now } = scored.reading;
  const resolved = features.map((spec) => resolve(features, spec));
  const names = [...new Set(features.map((spec) => termOf(features, spec)))];
  const termAt = features.map((spec) => names.indexOf(termOf(features, spec)));
  const weighed = new Map<FeatureSpec, Float64Array>();
  const weightsOf = (spec: FeatureSpec & { halfLife?: number; stepDecay?: number }) => {
    const weights = weighed.get(spec) ?? lookBackWeights(state, look, spec, now);
    weighed.set(spec, weights);
    return weights;
  };
  const sources = new Map<FeatureSpec, Map<string, number>>();
  const itemAt = (place: number): Reason['because'] => (place < 0 ? undefined : { itemId: look.ids[place]! });
  const because = (row: number, spec: FeatureSpec): Reason['because'] => {
    if (spec.kind === 'text') {
      return near && itemAt(largestTextPart(near, row, spec, weightsOf(spec)));
    }
    if (spec.kind === 'neighbours') {
      const known = sources.get(spec) ?? neighbourSources(model, state, spec, now);
      sources.set(spec, known);
      const itemId = largestNeighbourPart(batch, row, known);
      return itemId === undefined ? undefined : { itemId };
    }
    if (spec.kind === 'met' || spec.kind === 'purchases' || (spec.kind === 'familiarity' && spec.entity === 'item')) {
      return { itemId: batch.ids[row]! };
    }
    if (spec.kind !== 'familiarity') return undefined;
    if (spec.entity === 'brand') return { brand: batch.brandNames[batch.brandIndex[row]!]! };
    return strongestCategory(model, state, batch, row, now, spec);
  };
  // By term, for the row that is explained: its sum, and the size and column of its largest feature.
  const sums = new Float64Array(names.length);
  const sizes = new Float64Array(names.length);
  const columns = new Int32Array(names.length);
  return (row) => {
    const found: number[] = [];
    sizes.fill(0);
    for (let j = 0; j < J; j += 1) {
      const value = scored.terms[row * J + j]!;
      if (value === 0) continue;
      const term = termAt[j]!;
      if (sizes[term] === 0) {
        found.push(term);
        sums[term] = 0;
      }
      sums[term]! += value;
      if (Math.abs(value) <= sizes[term]!) continue;
      sizes[term] = Math.abs(value);
      columns[term] = j;
    }
    return found.map((term) => {
      const reason: Reason = { term: names[term]!, value: sums[term]! };
      const source = because(row, resolved[columns[term]!]!);
      if (source) reason.because = source;
      return reason;
    });
  };
}
