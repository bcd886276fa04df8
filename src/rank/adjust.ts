import type { Reason, Strategy } from '../domain';
import {
  type CandidateBatch,
  DEFAULT_STRATEGIES,
  type InterestModel,
  type InterestState,
  type StrategyWeights,
  standardisePrior,
} from '../model';

/** How long a purchase pushes its item down, in ms. */
export const BOUGHT_FADES = 30 * 86_400_000;

/** What the strategy and the slot's options add to relevance; `terms` per candidate, absent where there are none. */
export interface Adjusted {
  /** [n] final scores. */
  scores: Float64Array;
  /** Factor on the model's own terms. */
  relevance: number;
  terms: (Reason[] | undefined)[];
}

/** Mean distance and width of a list's scores; 1 where all are equal, so that what is added still orders them. */
export function spread(scores: Float64Array): { deviation: number; range: number } {
  if (scores.length === 0) return { deviation: 1, range: 1 };
  let sum = 0;
  let top = scores[0]!;
  let low = top;
  for (const score of scores) {
    sum += score;
    if (score > top) top = score;
    if (score < low) low = score;
  }
  let squares = 0;
  for (const score of scores) squares += (score - sum / scores.length) ** 2;
  const deviation = Math.sqrt(squares / scores.length);
  const range = top - low;
  return { deviation: deviation > 0 ? deviation : 1, range: range > 0 ? range : 1 };
}

/** β of a strategy: the manifest's, or the default; the server's prior is blended in here only when no feature reads it. */
export function strategyWeights(model: InterestModel, strategy: Strategy): StrategyWeights {
  const own = model.manifest.strategies?.[strategy];
  if (own) return own;
  const isLearned = model.manifest.features.some((spec) => spec.kind === 'prior');
  return { ...DEFAULT_STRATEGIES[strategy], ...(isLearned ? {} : { prior: 0.5 }) };
}

/** 0 for an item already met, 0.5 where only its category or brand is known, 1 for what is new in every respect. */
function novelty(state: InterestState, batch: CandidateBatch, row: number): number {
  if (state.items.get(batch.ids[row]!)?.met) return 0;
  for (let at = batch.categoryStart[row]!; at < batch.categoryStart[row + 1]!; at += 1) {
    if (state.categories.has(batch.categoryNames[batch.categoryIndex[at]!]!)) return 0.5;
  }
  const brand = batch.brandIndex[row]!;
  return brand >= 0 && state.brands.has(batch.brandNames[brand]!) ? 0.5 : 1;
}

/** Unix ms of an item's last purchase that was not refunded; undefined when there is none, NaN when its time is unknown. */
export function boughtAt(state: InterestState, id: string): number | undefined {
  return state.items.get(id)?.bought.at(-1)?.time;
}

/**
 * `s = b + β_p sd(b) z(prior) + β_n sd(b) novelty + bought`, `b = β_r r + β_c logit(p)` (model.md, Scores; sd and range over
 * the list; `logits` absent: without the second part). `bought` starts at −range on the day of the purchase, which is enough to bring the first to the end, and fades linearly to 0 in
 * 30 days.
 */
export function adjust(
  model: InterestModel,
  state: InterestState,
  batch: CandidateBatch,
  relevance: Float64Array,
  options: { strategy: Strategy; demoteBought: boolean; now: number; logits?: Float64Array },
): Adjusted {
  const weights = strategyWeights(model, options.strategy);
  const terms: Adjusted['terms'] = [];
  const scores = relevance.map((value) => weights.relevance * value);
  const add = (row: number, reason: Reason): void => {
    const added = terms[row];
    if (added) added.push(reason);
    else terms[row] = [reason];
    scores[row]! += reason.value;
  };
  const { logits } = options;
  const share = logits ? (weights.conversion ?? 0) : 0;
  if (share)
    for (let row = 0; row < batch.size; row += 1) add(row, { term: 'conversion', value: share * logits![row]! });
  const { deviation, range } = spread(scores);
  const prior = weights.prior === 0 ? undefined : standardisePrior(batch.prior, 'rank');
  for (let row = 0; row < batch.size; row += 1) {
    if (prior?.[row]) add(row, { term: 'prior', value: weights.prior * deviation * prior[row]! });
    const fresh = weights.novelty === 0 ? 0 : novelty(state, batch, row);
    if (fresh > 0) add(row, { term: 'novelty', value: weights.novelty * deviation * fresh });
    const time = options.demoteBought ? boughtAt(state, batch.ids[row]!) : undefined;
    if (time !== undefined) {
      const age = Math.max(0, options.now - (Number.isNaN(time) ? options.now : time));
      const left = 1 - age / BOUGHT_FADES;
      if (left > 0) add(row, { term: 'bought', value: -range * left, because: { itemId: batch.ids[row]! } });
    }
  }
  return { scores, relevance: weights.relevance, terms };
}
