import { BANNED, type Choice } from './head';
import type { Window } from './sequences';

/** Items drawn for the softmax of one update. */
export interface Sample {
  /** [m] rows of the item table, rising */
  rows: Int32Array;
  /** [m] −log of each one's chance to be among them */
  logWeight: Float32Array;
}

/**
 * Draws `size` of `n` items without replacement and, with `shares` (how often each item is a target, summing to 1), adds the
 * update's own `targets`. The weight of each item is one over its chance to be drawn, so that the weighted sum over the
 * sample is, in expectation, the sum over all items (Horvitz & Thompson 1952; for softmaxes, Bengio & Senécal 2008's logQ).
 */
export function drawSample(
  n: number,
  size: number,
  random: () => number,
  inBatch?: { targets: Int32Array; shares: Float64Array },
): Sample {
  const pool = Int32Array.from({ length: n }, (_, i) => i);
  const count = Math.min(size, n);
  for (let at = 0; at < count; at += 1) {
    const other = at + Math.floor(random() * (n - at));
    [pool[at], pool[other]] = [pool[other]!, pool[at]!];
  }
  const drawn = pool.slice(0, count);
  if (!inBatch) {
    // The target is scored apart: the others stand for the n − 1 that are left.
    const logWeight = new Float32Array(count).fill(Math.log((n - 1) / Math.min(count, n - 1)));
    return { rows: drawn.sort(), logWeight };
  }
  const rows = Int32Array.from(new Set([...drawn, ...inBatch.targets])).sort();
  const missed = 1 - count / n;
  const logWeight = Float32Array.from(rows, (row) => {
    const absent = missed * (1 - inBatch.shares[row]!) ** inBatch.targets.length;
    return -Math.log(1 - absent);
  });
  return { rows, logWeight };
}

/**
 * What the readings of some windows choose from. With `maskSeen`, items met up to a reading are no candidates there,
 * except its target.
 */
export function choiceOf(
  windows: readonly Window[],
  targets: Int32Array,
  n: number,
  maskSeen: boolean,
  sample?: Sample,
): Choice {
  const m = sample ? sample.rows.length : n;
  const place = new Int32Array(n).fill(-1);
  if (sample) for (const [at, row] of sample.rows.entries()) place[row] = at;
  else for (let row = 0; row < n; row += 1) place[row] = row;
  const readings = windows.flatMap(({ sequence, from, to }) =>
    Array.from({ length: to - from }, (_, i) => ({ items: sequence.items, step: from + i })),
  );
  return {
    ...(sample ? { sample: sample.rows } : {}),
    offsets(from, to) {
      const out = new Float32Array((to - from) * m);
      for (let r = from; r < to; r += 1) {
        const at = (r - from) * m;
        if (sample) out.set(sample.logWeight, at);
        const { items, step } = readings[r]!;
        if (maskSeen) {
          for (let p = 0; p <= step; p += 1) {
            const candidate = place[items[p]!]!;
            if (candidate >= 0) out[at + candidate] = BANNED;
          }
        }
        const own = place[targets[r]!]!;
        if (sample && own >= 0) out[at + own] = BANNED;
        else if (!sample) out[at + own] = 0;
      }
      return out;
    },
  };
}
