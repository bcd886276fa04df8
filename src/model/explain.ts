import type { Reason } from '../domain';
import type { CandidateBatch } from './batch';
import { type Count, sameSlot, slotDecay, slotOf } from './counts';
import type { FeatureSpec } from './manifest';
import type { InterestModel } from './model';
import { type LookBack, lookBack, lookBackWeights, neighbourParts, textParts } from './recent';
import type { Scores } from './score';
import type { InterestState } from './state';

/** A product is explained as the first of its columns. */
function resolve(features: readonly FeatureSpec[], spec: FeatureSpec): Exclude<FeatureSpec, { kind: 'product' }> {
  return spec.kind === 'product' ? resolve(features, features[spec.of[0]]!) : spec;
}

/** The stable reason that a feature of a manifest belongs to. */
export function termOf(features: readonly FeatureSpec[], feature: FeatureSpec): string {
  const spec = resolve(features, feature);
  if (spec.kind === 'textMax') return 'text';
  if (spec.kind === 'met') return 'familiarity';
  if (spec.kind === 'memory') return 'interest';
  return spec.kind === 'bias' ? 'popularity' : spec.kind;
}

function strongest(look: LookBack, parts: Float64Array): Reason['because'] {
  let best = -1;
  for (let j = 0; j < parts.length; j += 1) if (parts[j]! > (best < 0 ? 0 : parts[best]!)) best = j;
  return best < 0 ? undefined : { itemId: look.ids[best]! };
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
  const look = lookBack(model, state);
  const { now } = scored.reading;
  const weighed = new Map<FeatureSpec, Float64Array>();
  const weightsOf = (spec: FeatureSpec & { halfLife?: number; stepDecay?: number }) => {
    const weights = weighed.get(spec) ?? lookBackWeights(state, look, spec, now);
    weighed.set(spec, weights);
    return weights;
  };
  const because = (row: number, spec: FeatureSpec): Reason['because'] => {
    if (spec.kind === 'text' || spec.kind === 'textMax') {
      return strongest(look, textParts(batch, row, spec, look, weightsOf(spec)));
    }
    if (spec.kind === 'neighbours') return strongest(look, neighbourParts(batch, row, look, weightsOf(spec)));
    if (spec.kind === 'met' || (spec.kind === 'familiarity' && spec.entity === 'item')) {
      return { itemId: batch.ids[row]! };
    }
    if (spec.kind !== 'familiarity') return undefined;
    if (spec.entity === 'brand') return { brand: batch.brandNames[batch.brandIndex[row]!]! };
    return strongestCategory(model, state, batch, row, now, spec);
  };
  return (row) => {
    const found = new Map<string, { value: number; best: number; at: number }>();
    for (let j = 0; j < features.length; j += 1) {
      const value = scored.terms[row * features.length + j]!;
      if (value === 0) continue;
      const term = termOf(features, features[j]!);
      const entry = found.get(term);
      if (!entry) found.set(term, { value, best: Math.abs(value), at: j });
      else {
        entry.value += value;
        if (Math.abs(value) > entry.best) Object.assign(entry, { best: Math.abs(value), at: j });
      }
    }
    return [...found].map(([term, { value, at }]) => {
      const source = because(row, resolve(features, features[at]!));
      return { term, value, ...(source ? { because: source } : {}) };
    });
  };
}
