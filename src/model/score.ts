import type { CandidateBatch } from './batch';
import { candidateFeatures, metFlags } from './features';
import { gateInput, gateWeights, type ListContext } from './gate';
import type { InterestModel } from './model';
import type { Near } from './near';
import { type Reading, readState } from './read';
import type { InterestState } from './state';

export interface Scores {
  /** [n] relevance `Σ_j terms[i, j]`, summed in the order of `manifest.features`. */
  scores: Float64Array;
  /** [n, J] `a_j · x_ij`. */
  terms: Float64Array;
  /** [n, J] x */
  features: Float32Array;
  /** [J] a */
  weights: Float64Array;
  reading: Reading;
  list: ListContext;
  /** What the text columns were made of; undefined: they are 0. */
  near: Near | undefined;
}

/** `s_i = Σ_j a_j(S) x_ij` (model.md, Scores). `now` Unix ms; `utcOffset` minutes, for models whose gate reads the clock. */
export function scoreCandidates(
  model: InterestModel,
  state: InterestState,
  batch: CandidateBatch,
  options: { now: number; utcOffset?: number },
): Scores {
  const J = model.manifest.features.length;
  const reading = readState(model, state, options.now);
  const features = new Float32Array(batch.size * J);
  const near = candidateFeatures(model, state, batch, options.now, features, reading);
  const met = metFlags(state, batch).reduce((sum, flag) => sum + flag, 0);
  const list = {
    hasPrior: batch.prior.some((value) => !Number.isNaN(value)),
    known: batch.size > 0 ? met / batch.size : 0,
  };
  const weights = gateWeights(model, gateInput(model, state, reading, options.utcOffset, list));
  const terms = new Float64Array(features.length);
  const scores = new Float64Array(batch.size);
  for (let i = 0; i < batch.size; i += 1) {
    let sum = 0;
    for (let at = i * J, j = 0; j < J; at += 1, j += 1) {
      const term = weights[j]! * features[at]!;
      terms[at] = term;
      sum += term;
    }
    scores[i] = sum;
  }
  return { scores, terms, features, weights, reading, list, near };
}
