/** One bin of a reliability diagram. */
export interface ReliabilityBin {
  count: number;
  /** Mean predicted probability. */
  predicted: number;
  /** Share that came true. */
  observed: number;
}

export interface Calibration {
  /** Mean squared error of the probabilities (Brier 1950). */
  brier: number;
  /** Expected calibration error: mean |predicted − observed| over bins, weighted by their size (Naeini et al. 2015). */
  ece: number;
  /** From the lowest probabilities to the highest, of (almost) equal size: most items of a list are unlikely. */
  bins: ReliabilityBin[];
}

/** How far probabilities are what they say. NaN and no bins for nothing predicted. */
export function calibrationOf(
  probabilities: ArrayLike<number>,
  outcomes: ArrayLike<number | boolean>,
  bins = 10,
): Calibration {
  const n = probabilities.length;
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => probabilities[a]! - probabilities[b]!);
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (probabilities[i]! - Number(outcomes[i])) ** 2;
  const out: ReliabilityBin[] = [];
  let error = 0;
  for (let bin = 0; bin < bins; bin++) {
    const members = order.slice(Math.floor((bin * n) / bins), Math.floor(((bin + 1) * n) / bins));
    if (members.length === 0) continue;
    const count = members.length;
    const predicted = members.reduce((sum, i) => sum + probabilities[i]!, 0) / count;
    const observed = members.reduce((sum, i) => sum + Number(outcomes[i]), 0) / count;
    out.push({ count, predicted, observed });
    error += (count / n) * Math.abs(predicted - observed);
  }
  return { brier: squares / n, ece: n > 0 ? error : Number.NaN, bins: out };
}
