/**
 * Platt scaling (Platt 1999): `slope` and `offset` that make `σ(slope · logit + offset)` fit the outcomes best, by
 * Newton's method on the binary cross-entropy, with his smoothed targets. The identity where nothing can be fitted.
 */
export function plattScale(logits: ArrayLike<number>, outcomes: ArrayLike<number>): { slope: number; offset: number } {
  let positives = 0;
  for (let i = 0; i < outcomes.length; i += 1) positives += outcomes[i]! ? 1 : 0;
  const negatives = outcomes.length - positives;
  if (positives === 0 || negatives === 0) return { slope: 1, offset: 0 };
  const high = (positives + 1) / (positives + 2);
  const low = 1 / (negatives + 2);
  let slope = 1;
  let offset = 0;
  for (let step = 0; step < 100; step += 1) {
    let [ga, gb, haa, hab, hbb] = [0, 0, 1e-9, 0, 1e-9];
    for (let i = 0; i < outcomes.length; i += 1) {
      const p = 1 / (1 + Math.exp(-(slope * logits[i]! + offset)));
      const d = p - (outcomes[i] ? high : low);
      const h = p * (1 - p);
      ga += d * logits[i]!;
      gb += d;
      haa += h * logits[i]! ** 2;
      hab += h * logits[i]!;
      hbb += h;
    }
    const determinant = haa * hbb - hab * hab;
    if (!(Math.abs(determinant) > 1e-12)) break;
    const da = (hbb * ga - hab * gb) / determinant;
    const db = (haa * gb - hab * ga) / determinant;
    // A step of at most 2 keeps Newton from overshooting where the logits separate the outcomes.
    const size = Math.min(1, 2 / Math.max(1e-12, Math.abs(da), Math.abs(db)));
    slope -= size * da;
    offset -= size * db;
    if (Math.abs(da) + Math.abs(db) < 1e-9) break;
  }
  return slope > 0 && Number.isFinite(slope) && Number.isFinite(offset) ? { slope, offset } : { slope: 1, offset: 0 };
}
