import { type CandidateBatch, similarityTo } from '../model';

/** How many places are chosen one by one; those after them keep the penalty they then have. */
export const DIVERSIFIED = 100;
/** Places that are seen together: among them, what is more relevant comes first. Of a short list, half. */
const TOGETHER = 10;

export interface Diversified {
  /** Rows of the places that were chosen one by one, in order. All others come after them, by score with penalty. */
  chosen: number[];
  /** [n] what is added to each row's score, at most 0. */
  penalties: Float64Array;
}

/** Best first; equal scores in the order in which the server sent them. */
export function order(scores: Float64Array): number[] {
  return [...scores.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b);
}

/**
 * Maximal marginal relevance (Carbonell & Goldstein 1998) with the sum in place of the maximum, which is the greedy solution
 * of max-sum diversification (Borodin et al. 2012) and gives more intra-list distance at the same loss (docs/results.md):
 * each place goes to the candidate with the best `score − diversity² · range · Σ cosine` to those already placed. The square
 * spreads the useful strengths over 0 to 1. Cosines below 0 and missing vectors count as 0, so that penalties only grow.
 * What was chosen for ten places that are seen together is then put in order of relevance, which changes no distance among
 * them and loses less; the k-th of them takes the score of the k-th choice (at most its own: k candidates have no less), so
 * that scores with their penalties still fall along the new order.
 */
export function diversify(
  batch: CandidateBatch,
  scores: Float64Array,
  options: { diversity: number; range: number; places: number },
): Diversified {
  const n = batch.size;
  const strength = options.diversity * options.diversity * options.range;
  const penalties = new Float64Array(n);
  const chosen: number[] = [];
  const isChosen = new Uint8Array(n);
  const places = Math.min(n, DIVERSIFIED, options.places);
  while (chosen.length < places) {
    let best = -1;
    for (let i = 0; i < n; i += 1) {
      if (isChosen[i]) continue;
      if (best < 0 || scores[i]! + penalties[i]! > scores[best]! + penalties[best]!) best = i;
    }
    chosen.push(best);
    isChosen[best] = 1;
    const cosines = similarityTo(batch, best);
    for (let i = 0; i < n; i += 1) if (!isChosen[i]) penalties[i]! -= strength * cosines[i]!;
  }
  const together = Math.min(TOGETHER, n >> 1 || 1);
  for (let at = 0; at < places; at += together) {
    const page = chosen.slice(at, at + together);
    const reached = page.map((row) => scores[row]! + penalties[row]!);
    page.sort((a, b) => scores[b]! - scores[a]! || a - b);
    page.forEach((row, k) => {
      chosen[at + k] = row;
      penalties[row] = reached[k]! - scores[row]!;
    });
  }
  return { chosen, penalties };
}
