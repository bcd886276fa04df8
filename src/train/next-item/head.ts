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
  zeros,
} from '@tensorflow/tfjs-core';
import type { Node, Tape } from './tape';

/** Columns of the score that no weight takes part in but the gate's. */
export interface DenseColumns {
  /** Places in `manifest.features`. */
  columns: readonly number[];
  /** Values of readings `from .. to − 1`: of every candidate [columns, readings, m], and of the targets [readings, columns]. */
  values(from: number, to: number): { x: Float32Array; own: Float32Array };
}

/** What a softmax ranges over. */
export interface Choice {
  /** [m] rows of q; absent: all of them. */
  sample?: Int32Array;
  /**
   * What is added to the scores of readings `from .. to − 1`, [readings, m]: the logarithm of each candidate's weight,
   * and {@link BANNED} for what is not ranked and, in a sample, for the target, which is scored apart.
   */
  offsets(from: number, to: number): Float32Array;
}

export const BANNED = -1e9;

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
  choice: Choice;
  /** [R] rows of `q` */
  targets: Int32Array;
  /** The loss is `weight · Σ_R −log softmax`. */
  weight: number;
}

/** Scores of so many readings and candidates at a time: small enough for the caches, large enough for the products. */
const BLOCK = 1 << 20;

const column = (x: Tensor2D, j: number): Tensor2D => slice(x, [0, j], [-1, 1]) as Tensor2D;
const part = (x: Tensor2D, from: number, count: number): Tensor2D => slice(x, [from, 0], [count, -1]) as Tensor2D;

/** What the blocks of one pass share. W = D + 1 with a bias, else D; m candidates. */
interface Shared {
  /** [R, W] */
  left: Tensor2D;
  /** [n, W] */
  items: Tensor2D;
  /** [m, W], in a sample with a row of zeros for the target's place */
  chosen: Tensor2D;
  chosenT: Tensor2D;
  isSample: boolean;
}

function share({ query, gate, q, bias, choice }: Pick<HeadInput, 'query' | 'gate' | 'q' | 'bias' | 'choice'>): Shared {
  const left = bias ? concat([query.value, column(gate.value, bias.column)], 1) : query.value;
  const items = bias ? concat([q.value, bias.node.value], 1) : q.value;
  const { sample } = choice;
  if (!sample) return { left, items, chosen: items, chosenT: transpose(items), isSample: false };
  const some = gather(items, tensor1d(sample, 'int32')) as Tensor2D;
  const chosen = concat([some, zeros([1, items.shape[1]]) as Tensor2D], 0);
  return { left, items, chosen, chosenT: transpose(some), isSample: true };
}

interface Block {
  share: Tensor1D;
  dLeft: Tensor2D;
  dChosen: Tensor2D;
  dItems: Tensor2D;
  dDense: Tensor2D[];
}

/** Forward and backward of some readings; `sums` are the gradients of the blocks before. */
function block(
  input: HeadInput,
  shared: Shared,
  from: number,
  count: number,
  sums: { chosen: Tensor2D; items: Tensor2D },
): Block {
  const { gate, dense, choice, targets, weight } = input;
  const { left, items, chosen, chosenT, isSample } = shared;
  const m = chosenT.shape[1];
  const own = targets.subarray(from, from + count);
  const index = tensor1d(own, 'int32');
  const rows = part(left, from, count);
  const aim = gather(items, index) as Tensor2D;
  let scores = add<Tensor2D>(matMul(rows, chosenT), tensor2d(choice.offsets(from, from + count), [count, m]));
  let aimed = isSample ? (sum(mul(rows, aim), 1, true) as Tensor2D) : undefined;
  const x = dense?.values(from, from + count);
  const terms = (dense?.columns ?? []).map((j, k) => ({
    a: column(part(gate.value, from, count), j),
    x: tensor2d(x!.x.subarray(k * count * m, (k + 1) * count * m), [count, m]),
    own: tensor2d(
      Float32Array.from({ length: count }, (_, r) => x!.own[r * dense!.columns.length + k]!),
      [count, 1],
    ),
  }));
  for (const term of terms) {
    scores = add<Tensor2D>(scores, mul(term.x, term.a));
    if (aimed) aimed = add<Tensor2D>(aimed, mul(term.own, term.a));
  }
  const p = softmax(aimed ? concat([scores, aimed], 1) : scores);
  const at = new Int32Array(2 * count);
  for (let r = 0; r < count; r += 1) at.set([r, isSample ? m : own[r]!], 2 * r);
  const hit = gatherND(p, tensor2d(at, [count, 2], 'int32')) as Tensor1D;
  const scaled = mul<Tensor2D>(rows, weight);
  // What the target's own place gives: in a sample its whole share less one, else the one alone.
  const pull = isSample ? (sub(reshape(hit, [-1, 1]), 1) as Tensor2D) : undefined;
  const pulledRows = pull ? mul<Tensor2D>(scaled, pull) : mul<Tensor2D>(scaled, -1);
  const pulledItems = pull ? mul<Tensor2D>(aim, pull) : mul<Tensor2D>(aim, -1);
  const candidates = isSample ? (slice(p, [0, 0], [-1, m]) as Tensor2D) : p;
  return {
    share: hit,
    dLeft: mul<Tensor2D>(add(matMul(p, chosen), pulledItems), weight),
    dChosen: add<Tensor2D>(sums.chosen, matMul(transpose(p), scaled)),
    dItems: add<Tensor2D>(sums.items, scatterND(reshape(index, [-1, 1]), pulledRows, items.shape)),
    dDense: terms.map((term) => {
      const mean = sum(mul(candidates, term.x), 1, true);
      return mul<Tensor2D>(add(mean, pull ? mul(term.own, pull) : mul(term.own, -1)), weight);
    }),
  };
}

/**
 * Softmax cross-entropy at every reading, forward and backward at once and block by block, since nothing follows it: gives
 * the inputs their gradients.
 * @returns [R] the targets' shares of the softmax, whose negative logarithms are the loss
 */
export function crossEntropy(tape: Tape, input: HeadInput): Tensor1D {
  const { query, gate, q, bias, dense, choice } = input;
  const [R, D] = query.value.shape;
  const shared = share(input);
  const [n, width] = shared.items.shape;
  const m = shared.chosenT.shape[1];
  const rows = Math.max(1, Math.floor(BLOCK / m));
  const done: { share: Tensor1D; dLeft: Tensor2D; dDense: Tensor2D[] }[] = [];
  const empty = (height: number) => keep(zeros([height, width]) as Tensor2D);
  const sums = { chosen: empty(shared.chosen.shape[0]), items: empty(n) };
  for (let from = 0; from < R; from += rows) {
    const out = tidy(
      () => block(input, shared, from, Math.min(rows, R - from), sums) as unknown as Record<string, never>,
    );
    const { share: shares, dLeft, dDense, dChosen, dItems } = out as unknown as Block;
    sums.chosen.dispose();
    sums.items.dispose();
    Object.assign(sums, { chosen: keep(dChosen), items: keep(dItems) });
    done.push({ share: shares, dLeft, dDense });
  }
  const spreadOut = choice.sample
    ? scatterND(tensor2d(choice.sample, [m, 1], 'int32'), slice(sums.chosen, [0, 0], [m, -1]), [n, width])
    : sums.chosen;
  const dItems = add<Tensor2D>(sums.items, spreadOut as Tensor2D);
  sums.chosen.dispose();
  sums.items.dispose();
  const dLeft = concat(
    done.map((one) => one.dLeft),
    0,
  );
  tape.give(query, slice(dLeft, [0, 0], [-1, D]) as Tensor2D);
  tape.give(q, slice(dItems, [0, 0], [-1, D]) as Tensor2D);
  if (bias) {
    tape.give(bias.node, column(dItems, D));
    giveColumn(tape, gate, bias.column, column(dLeft, D));
  }
  dense?.columns.forEach((j, k) => {
    giveColumn(
      tape,
      gate,
      j,
      concat(
        done.map((one) => one.dDense[k]!),
        0,
      ),
    );
  });
  return concat(
    done.map((one) => one.share),
    0,
  );
}

/** Gives column j [R, 1] of a node's gradient, zeros beside it. */
function giveColumn(tape: Tape, node: Node, j: number, grad: Tensor2D): void {
  const one = new Float32Array(node.value.shape[1]);
  one[j] = 1;
  tape.give(node, matMul(grad, tensor2d(one, [1, one.length])));
}

/** Scores of every item at every reading, [R, n], as the loss over all of them sees them. */
export function allScores(input: Omit<HeadInput, 'targets' | 'weight' | 'choice'>): Tensor2D {
  const { query, gate, q, bias, dense } = input;
  const R = query.value.shape[0];
  const n = q.value.shape[0];
  let scores = matMul(query.value, transpose(q.value)) as Tensor2D;
  if (bias) scores = add<Tensor2D>(scores, matMul(column(gate.value, bias.column), transpose(bias.node.value)));
  if (!dense) return scores;
  const { x } = dense.values(0, R);
  dense.columns.forEach((j, k) => {
    const values = tensor2d(x.subarray(k * R * n, (k + 1) * R * n), [R, n]);
    scores = add<Tensor2D>(scores, mul(values, column(gate.value, j)));
  });
  return scores;
}
