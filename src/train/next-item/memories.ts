import { add, concat, mul, ones, reshape, slice, sub, sum, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import type { PackedSteps } from './lstm-tfjs';
import type { Node, Tape } from './tape';

/**
 * The decayed memories (model.md, Long-term interest) after every step as weighted means of q, whose direction is that of
 * the sum: `M ← (1 − share) M + share q`. One operation with its own gradient.
 *
 * @param q [P, D] of the steps' items, packed; share [P, K]; start [rows[0], K D] the means before; absent: none
 * @returns [P, K D]
 */
export function memoryMeans(tape: Tape, q: Node, share: Tensor2D, rows: PackedSteps, start?: Tensor2D): Node {
  const D = q.value.shape[1];
  const K = share.shape[1];
  const at = (x: Tensor2D, from: number, count: number) => slice(x, [from, 0], [count, -1]) as Tensor2D;
  const wide = (x: Tensor2D, width: number) => reshape(x, [x.shape[0], width, -1]) as Tensor3D;
  const keep = sub(1, share) as Tensor2D;
  // [P, K, D] of what every step adds, all at once.
  const added = mul(wide(share, K), wide(q.value, 1)) as Tensor3D;
  const flat = reshape(added, [-1, K * D]) as Tensor2D;
  const kept = reshape(mul(wide(keep, K), ones([1, 1, D])), [-1, K * D]) as Tensor2D;
  const out: Tensor2D[] = [];
  let from = 0;
  for (const [t, count] of rows.entries()) {
    const now = at(flat, from, count);
    const before = t === 0 ? start : out[t - 1];
    out.push(before ? add<Tensor2D>(now, mul(at(before, 0, count), at(kept, from, count))) : now);
    from += count;
  }
  return tape.record(concat(out, 0), (dy) => {
    const total: Tensor2D[] = new Array(rows.length);
    let end = dy.shape[0];
    let next: Tensor2D | undefined;
    for (let t = rows.length - 1; t >= 0; t -= 1) {
      const count = rows[t]!;
      end -= count;
      let now = at(dy, end, count);
      if (next) {
        const carried = next.shape[0];
        const head = add<Tensor2D>(at(now, 0, carried), next);
        now = carried === count ? head : concat([head, at(now, carried, count - carried)], 0);
      }
      total[t] = now;
      if (t > 0) next = mul<Tensor2D>(now, at(kept, end, count));
    }
    tape.give(q, sum(mul(wide(concat(total, 0), K), wide(share, K)), 1) as Tensor2D);
  });
}
