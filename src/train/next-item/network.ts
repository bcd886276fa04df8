import {
  add,
  concat,
  gather,
  mul,
  scalar,
  slice,
  sub,
  sum,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  zeros,
} from '@tensorflow/tfjs-core';
import { GAP_SIZE, type ModelManifest } from '../../model';
import type { Backend } from './backend';
import type { PackedBatch } from './batch';
import { lstmByKernel } from './lstm-kernel';
import { type LstmNodes, lstmSequences, readStates } from './lstm-tfjs';
import { memoryMeans } from './memories';
import { columnsOf, constant, type Node, type Tape } from './tape';

/** The weights of an update as leaves of a tape, by name (tensorShapes of src/model). */
export interface WeightNodes {
  matrix(name: string): Node;
  vector(name: string): Node<Tensor1D>;
}

/** Masks of inverted dropout (Srivastava et al. 2014); absent: none. */
export interface Masks {
  /** [P, D] on the items' part of the input */
  input?: Float32Array;
  /** [R, H] on the state where it is read */
  hidden?: Float32Array;
}

/** What the head multiplies with the items. */
export interface Readings {
  /** [R, D] `Σ_j a_j v_j` over the columns that are products with q: interest and memories. */
  query: Node;
  /** [R, J] the gate's weights */
  gate: Node;
  /** [B, H], [B, H], [B, K D]: h, c and memories after each window's last step */
  after: { h: Tensor2D; c: Tensor2D; memories: Tensor2D };
}

const EMPTY = -1e9;

function lstmWeights(w: WeightNodes, timeDecay: boolean): LstmNodes {
  return {
    weightIh: w.matrix('lstm.weight_ih_l0'),
    weightHh: w.matrix('lstm.weight_hh_l0'),
    biasIh: w.vector('lstm.bias_ih_l0'),
    biasHh: w.vector('lstm.bias_hh_l0'),
    ...(timeDecay
      ? { decay: { weight: w.matrix('decay.weight'), bias: w.vector('decay.bias'), rate: w.vector('decay.rate') } }
      : {}),
  };
}

const indexOf = (rows: Int32Array): Tensor1D => tensor1d(rows, 'int32');

/** Forward of the whole model up to the scores (model.md), recorded on `tape`; `q` [n, D] of unit length. */
export function readShoppers(
  tape: Tape,
  backend: Backend,
  manifest: ModelManifest,
  w: WeightNodes,
  q: Node,
  batch: PackedBatch,
  masks: Masks = {},
): Readings {
  const { timeDecay } = manifest;
  const P = batch.items.length;
  const R = batch.order.length;
  const own = tape.rows(q, indexOf(batch.items));
  const items = masks.input ? tape.scale(own, constant(masks.input, P)) : own;
  const type = w.matrix('type.weight');
  const unlisted = tape.record(concat([type.value, zeros([1, type.value.shape[1]])], 0) as Tensor2D, (dy) => {
    tape.give(type, slice(dy, [0, 0], [type.value.shape[0], -1]) as Tensor2D);
  });
  const x = tape.join([items, tape.rows(unlisted, indexOf(batch.kinds)), tape.leaf(constant(batch.context, P))]);
  const lstm = lstmWeights(w, timeDecay);
  const elapsed = timeDecay ? batch.elapsed : undefined;
  const { states, cells } = backend.kernel
    ? lstmByKernel(backend.kernel, tape, lstm, x, elapsed, batch.rows, batch.start)
    : lstmSequences(tape, lstm, x, elapsed && constant(elapsed, P), batch.rows, batch.start);
  const read = readStates(tape, lstm, states, timeDecay ? constant(batch.ahead, P) : undefined);
  const order = indexOf(batch.order);
  const plain = tape.rows(read, order);
  const hidden = masks.hidden ? tape.scale(plain, constant(masks.hidden, R)) : plain;
  const short = tape.linear(hidden, w.matrix('short.weight'));
  const { memories, means, long } = readLong(tape, manifest, w, own, batch, order, hidden);
  const fused = fuse(tape, manifest, w, long, short, batch);
  const gate = readGate(tape, manifest, w, hidden, fused, batch);
  const last = indexOf(batch.last);
  return {
    query: queryOf(tape, manifest, gate, tape.unit(fused), memories),
    gate,
    after: {
      h: gather(columnsOf(states.value, 0, manifest.sizes.hidden), last),
      c: gather(cells, last),
      memories: means ? gather(means.value, last) : (zeros([batch.last.length, 0]) as Tensor2D),
    },
  };
}

/** `U^l`: attention over the unit-length memories that are not empty; zeros without memories. */
function readLong(
  tape: Tape,
  manifest: ModelManifest,
  w: WeightNodes,
  q: Node,
  batch: PackedBatch,
  order: Tensor1D,
  hidden: Node,
): { memories: Node[]; means?: Node; long: Node } {
  const { item: D } = manifest.sizes;
  const P = batch.items.length;
  const R = batch.order.length;
  const K = batch.share.length / Math.max(1, P);
  if (K === 0) return { memories: [], long: tape.leaf(zeros([R, D]) as Tensor2D) };
  const start = batch.start && constant(batch.start.memories, batch.last.length);
  const means = memoryMeans(tape, q, constant(batch.share, P), batch.rows, start);
  const read = tape.rows(means, order);
  const empty = new Float32Array(R * K);
  batch.order.forEach((at, r) => {
    empty.set(batch.empty.subarray(at * K, (at + 1) * K), r * K);
  });
  const isEmpty = constant(empty, R);
  const query = tape.linear(hidden, w.matrix('long.weight'));
  const filled = sub(1, isEmpty) as Tensor2D;
  const memories = Array.from({ length: K }, (_, k) =>
    tape.scale(tape.unit(tape.columns(read, k * D, D)), columnsOf(filled, k, 1)),
  );
  const logits = tape.join(memories.map((memory) => rowDot(tape, memory, query)));
  const masked = tape.record(add<Tensor2D>(logits.value, mul(isEmpty, EMPTY)), (dy) => tape.give(logits, dy));
  const attention = tape.softmax(masked);
  const parts = memories.map((memory, k) => tape.scaleRows(memory, tape.columns(attention, k, 1)));
  return { memories, means, long: parts.reduce((total, one) => tape.add(total, one)) };
}

/** Inner products of the rows, [m, 1]. */
function rowDot(tape: Tape, a: Node, b: Node): Node {
  return tape.record(sum(mul(a.value, b.value), 1, true) as Tensor2D, (dy) => {
    tape.give(a, mul<Tensor2D>(b.value, dy));
    tape.give(b, mul<Tensor2D>(a.value, dy));
  });
}

/** The three fusions of long and short interest. */
function fuse(tape: Tape, manifest: ModelManifest, w: WeightNodes, long: Node, short: Node, batch: PackedBatch): Node {
  const R = batch.order.length;
  if (manifest.fusion === 'concat') {
    const hidden = tape.relu(
      tape.addBias(tape.linear(tape.join([long, short]), w.matrix('fusion.w1')), w.vector('fusion.b1')),
    );
    return tape.addBias(tape.linear(hidden, w.matrix('fusion.w2')), w.vector('fusion.b2'));
  }
  const difference = tape.add(long, tape.scale(short, scalar(-1)));
  if (manifest.fusion === 'weighted') {
    const alpha = w.vector('fusion.alpha');
    const zero = tape.leaf(zeros([R, 1]) as Tensor2D);
    return tape.add(short, tape.scaleRows(difference, tape.sigmoid(tape.addBias(zero, alpha))));
  }
  const context = tape.leaf(constant(batch.fusion, R));
  if (batch.fusion.length !== R * (GAP_SIZE + 1)) throw new Error('the fusion has another size');
  const both = tape.join([long, short, context]);
  const share = tape.sigmoid(tape.addBias(tape.linear(both, w.matrix('fusion.weight')), w.vector('fusion.bias')));
  return tape.add(short, tape.multiply(share, difference));
}

/**
 * Units of the gate's weights in training: Adam moves all weights alike, and those of a cosine must grow to ten where
 * others stay near one. Files hold the product.
 */
export function gateScale(manifest: Pick<ModelManifest, 'features'>): Float32Array {
  const cosine = ['interest', 'memory'];
  return Float32Array.from(manifest.features, ({ kind }) => {
    if (cosine.includes(kind)) return 8;
    return kind === 'text' || kind === 'neighbours' ? 4 : 1;
  });
}

/** `a = (W_gate z + b_gate) ⊙ scale` [R, J]. */
function readGate(
  tape: Tape,
  manifest: ModelManifest,
  w: WeightNodes,
  hidden: Node,
  fused: Node,
  batch: PackedBatch,
): Node {
  const R = batch.order.length;
  const { inputs } = manifest.gate;
  const S = batch.scalars.length / Math.max(1, R);
  const parts: Node[] = [];
  let scalars = 0;
  const plain = S > 0 ? constant(batch.scalars, R) : undefined;
  for (const input of inputs) {
    if (input === 'hidden') parts.push(hidden);
    else if (input === 'fused') parts.push(fused);
    else {
      const width = input === 'gap' || input === 'clock' ? 5 : 1;
      parts.push(tape.leaf(columnsOf(plain!, scalars, width)));
      scalars += width;
    }
  }
  const bias = w.vector('gate.bias');
  const J = manifest.features.length;
  const product = parts.length
    ? tape.linear(tape.join(parts), w.matrix('gate.weight'))
    : tape.leaf(zeros([R, J]) as Tensor2D);
  return tape.scale(tape.addBias(product, bias), tensor1d(gateScale(manifest)));
}

function queryOf(tape: Tape, manifest: ModelManifest, gate: Node, interest: Node, memories: readonly Node[]): Node {
  const parts = manifest.features.flatMap((spec, j) => {
    if (spec.kind === 'interest') return [tape.scaleRows(interest, tape.columns(gate, j, 1))];
    if (spec.kind === 'memory') return [tape.scaleRows(memories[spec.index]!, tape.columns(gate, j, 1))];
    return [];
  });
  if (parts.length === 0) return tape.leaf(zeros([gate.value.shape[0], manifest.sizes.item]) as Tensor2D);
  return parts.reduce((total, one) => tape.add(total, one));
}
