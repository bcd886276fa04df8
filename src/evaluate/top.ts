/** A score that is no number is the worst. */
const worth = (score: number): number => (Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score);

/**
 * The `k` best places, best first: higher scores first, equal ones by place. O(n) but for the few that enter the list.
 * @param skip places that are left out
 */
export function topPlaces(scores: ArrayLike<number>, k: number, skip?: (place: number) => boolean): number[] {
  const best: number[] = [];
  for (let place = 0; place < scores.length; place++) {
    const score = worth(scores[place]!);
    if (best.length === k && score <= worth(scores[best[k - 1]!]!)) continue;
    if (skip?.(place)) continue;
    let at = best.length;
    while (at > 0 && score > worth(scores[best[at - 1]!]!)) at--;
    best.splice(at, 0, place);
    if (best.length > k) best.pop();
  }
  return best;
}

/** How many places come before `place` in the order of {@link topPlaces}: 0 for the best one. */
export function rankOf(scores: ArrayLike<number>, place: number, skip?: (place: number) => boolean): number {
  const score = worth(scores[place]!);
  let before = 0;
  for (let other = 0; other < scores.length; other++) {
    const value = worth(scores[other]!);
    if ((value > score || (value === score && other < place)) && !skip?.(other)) before++;
  }
  return before;
}
