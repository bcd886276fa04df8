import {
  add,
  concat,
  gather,
  gatherND,
  keep,
  matMul,
  mul,
  reshape,
  scatterND,
  slice,
  softmax,
  sub,
  sum,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tensor2d,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import type { Node, Tape } from './tape';

/** Columns of the score that no weight takes part in but the gate's. */
export interface DenseColumns {
  /** Places in `manifest.features`. */
  columns: readonly number[];
  /** Values of readings `from .. to − 1`, [columns, readings, items]; called once each, in rising order. */
  values(from: number, to: number): Float32Array;
}

export interface HeadInput {
  /** [R, D] */
  query: Node;
  /** [R, J] */
  gate: Node;
  /** [n, D] */
  q: Node;
  /** [n, 1]; its column in `gate` */
  bias?: { node: Node; column: number };
  dense?: DenseColumns;
  /** [R] rows of `q` */
  targets: Int32Array;
  /** The loss is `weight · Σ_R −log softmax`. */
  weight: number;
}

/** Scores of so many readings and items at a time: small enough for the caches, large enough for the products. */
const BLOCK = 1 << 20;

/**
 * Softmax cross-entropy over all items at every reading, forward and backward at once and block by block, since nothing
 * follows it: gives the inputs their gradients.
 * @returns [R] the targets' shares of the softmax, whose negative logarithms are the loss
 */
export function crossEntropy(tape: Tape, input: HeadInput): Tensor1D {
  const { query, gate, q, bias, dense, targets, weight } = input;
  const [R, D] = query.value.shape;
  const n = q.value.shape[0];
  const columns = bias ? D + 1 : D;
  const left = bias ? concat([query.value, column(gate.value, bias.column)], 1) : query.value;
  const items = bias ? concat([q.value, bias.node.value], 1) : q.value;
  const itemsT = transpose(items);
  const rows = Math.max(1, Math.floor(BLOCK / n));
  const dLeft: Tensor2D[] = [];
  const dDense: Tensor2D[] = [];
  let dItems = keep(tensor2d(new Float32Array(n * columns), [n, columns]));
  const shares: Tensor1D[] = [];
  for (let from = 0; from < R; from += rows) {
    const count = Math.min(rows, R - from);
    const own = targets.subarray(from, from + count);
    const x = dense ? dense.values(from, from + count) : undefined;
    const out = tidy(() => {
      const index = tensor1d(own, 'int32');
      const block = slice(left, [from, 0], [count, -1]) as Tensor2D;
      let scores = matMul(block, itemsT);
      const parts = dense
        ? dense.columns.map((j, k) => ({
            a: column(slice(gate.value, [from, 0], [count, -1]) as Tensor2D, j),
            x: tensor2d(x!.subarray(k * count * n, (k + 1) * count * n), [count, n]),
          }))
        : [];
      for (const one of parts) scores = add<Tensor2D>(scores, mul(one.x, one.a));
      const share = softmax(scores);
      const at = new Int32Array(2 * count);
      for (let r = 0; r < count; r += 1) at.set([r, own[r]!], 2 * r);
      const hit = gatherND(share, tensor2d(at, [count, 2], 'int32')) as Tensor1D;
      const scaled = mul<Tensor2D>(block, weight);
      const pulled = scatterND(reshape(index, [-1, 1]), scaled, [n, columns]) as Tensor2D;
      return {
        hit,
        dBlock: mul<Tensor2D>(sub(matMul(share, items), gather(items, index)), weight),
        dItems: add<Tensor2D>(dItems, sub(matMul(transpose(share), scaled), pulled)),
        dDense: parts.map((one) => {
          const mean = sum(mul(share, one.x), 1, true);
          const own = gatherND(one.x, tensor2d(at, [count, 2], 'int32'));
          return mul<Tensor2D>(sub(mean, reshape(own, [-1, 1])), weight);
        }),
      };
    });
    dItems.dispose();
    dItems = keep(out.dItems);
    dLeft.push(out.dBlock);
    shares.push(out.hit);
    if (out.dDense.length > 0) dDense.push(concat(out.dDense, 1));
  }
  const all = concat(dLeft, 0);
  tape.give(query, slice(all, [0, 0], [-1, D]) as Tensor2D);
  tape.give(q, slice(dItems, [0, 0], [-1, D]) as Tensor2D);
  const J = gate.value.shape[1];
  const gateColumns: { j: number; grad: Tensor2D }[] = [];
  if (bias) {
    tape.give(bias.node, slice(dItems, [0, D], [-1, 1]) as Tensor2D);
    gateColumns.push({ j: bias.column, grad: slice(all, [0, D], [-1, 1]) as Tensor2D });
  }
  dItems.dispose();
  if (dense) {
    const joined = concat(dDense, 0);
    dense.columns.forEach((j, k) => void gateColumns.push({ j, grad: column(joined, k) }));
  }
  for (const { j, grad } of gateColumns) tape.give(gate, spread(grad, j, J));
  return concat(shares, 0);
}

const column = (x: Tensor2D, j: number): Tensor2D => slice(x, [0, j], [-1, 1]) as Tensor2D;

/** A column [m, 1] as column j of [m, J], zeros beside it. */
function spread(x: Tensor2D, j: number, J: number): Tensor2D {
  const one = new Float32Array(J);
  one[j] = 1;
  return matMul(x, tensor2d(one, [1, J]));
}

/** Scores of every item at every reading, [R, n], as the loss sees them. */
export function allScores(input: Omit<HeadInput, 'targets' | 'weight'>): Tensor2D {
  const { query, gate, q, bias, dense } = input;
  const R = query.value.shape[0];
  const n = q.value.shape[0];
  let scores = matMul(query.value, transpose(q.value)) as Tensor2D;
  if (bias) scores = add<Tensor2D>(scores, matMul(column(gate.value, bias.column), transpose(bias.node.value)));
  if (!dense) return scores;
  const x = dense.values(0, R);
  dense.columns.forEach((j, k) => {
    const values = tensor2d(x.subarray(k * R * n, (k + 1) * R * n), [R, n]);
    scores = add<Tensor2D>(scores, mul(values, column(gate.value, j)));
  });
  return scores;
}
