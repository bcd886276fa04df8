import { type Tensor, type Tensor1D, type Tensor2D, tensor, tidy } from '@tensorflow/tfjs-core';
import { seededRandom } from '../../evaluate';
import type { ModelManifest } from '../../model';
import { Tensors } from '../parameters';
import type { Backend } from './backend';
import { type Carried, type PackedBatch, packWindows } from './batch';
import { choiceOf, type Sample } from './choice';
import { type ColumnData, denseColumns } from './columns';
import { crossEntropy } from './head';
import { type Masks, readShoppers, type WeightNodes } from './network';
import { ITEM_BIAS, RESIDUAL, weightShapes } from './plan';
import type { Window } from './sequences';
import { type Node, Tape } from './tape';

/** What a gradient is made from, beside the windows. */
export interface ShardContext {
  backend: Backend;
  manifest: ModelManifest;
  dropout: { share: number; items: number };
  columns: ColumnData;
}

/** What a shard is made of. */
export interface ShardInput {
  /** Longest first. */
  windows: readonly Window[];
  start?: Carried;
  sample?: Sample;
  maskSeen: boolean;
  /** Of every reading in the gradient. */
  weight: number;
  /** Of dropout. */
  seed: number;
}

export interface ShardResult {
  /** `Σ −log softmax` over the readings. */
  loss: number;
  /** Of `weight · loss`, without those of the item table. */
  gradient: Tensors;
  /** By the item table, [n, D] */
  dq: Float32Array;
  /** State after each window. */
  after: Carried;
}

/** Leaves of a tape for all weights but those of the item table. */
export function weightLeaves(tape: Tape, manifest: ModelManifest, weights: Tensors, items: number) {
  const nodes = new Map<string, Node<Tensor>>();
  for (const [name, shape] of weightShapes(manifest, items)) {
    if (!isTableWeight(name)) nodes.set(name, tape.leaf(tensor(weights.get(name), shape)));
  }
  const get = (name: string) => {
    const node = nodes.get(name);
    if (!node) throw new Error(`no weight ${name}`);
    return node;
  };
  const leaves: WeightNodes = {
    matrix: (name) => get(name) as Node<Tensor2D>,
    vector: (name) => get(name) as Node<Tensor1D>,
  };
  return { nodes, leaves };
}

/** True for the weights that the item table q is made of; their gradients come from dq. */
export function isTableWeight(name: string): boolean {
  return name === RESIDUAL || name === 'item.weight' || name === 'item.bias';
}

function mask(size: number, rate: number, draw: () => number): Float32Array | undefined {
  if (rate === 0) return undefined;
  const kept = 1 / (1 - rate);
  return Float32Array.from({ length: size }, () => (draw() < rate ? 0 : kept));
}

function drawMasks(manifest: ModelManifest, batch: PackedBatch, dropout: ShardContext['dropout'], seed: number): Masks {
  const draw = seededRandom(seed);
  const { item: D, hidden: H } = manifest.sizes;
  const P = batch.items.length;
  const input = mask(P * D, dropout.share, draw);
  const hidden = mask(batch.order.length * H, dropout.share, draw);
  if (dropout.items === 0) return { ...(input ? { input } : {}), ...(hidden ? { hidden } : {}) };
  const whole = input ?? new Float32Array(P * D).fill(1);
  for (let p = 0; p < P; p += 1) if (draw() < dropout.items) whole.fill(0, p * D, (p + 1) * D);
  return { input: whole, ...(hidden ? { hidden } : {}) };
}

const read = async (tensor: Tensor): Promise<Float32Array> => (await tensor.data()) as Float32Array;

/**
 * Loss and gradient of some windows. The same arguments give the same bits on one backend, whatever thread runs it.
 * @param q [n, D] item table of the present weights
 */
export async function shardGradient(
  context: ShardContext,
  weights: Tensors,
  q: Float32Array,
  input: ShardInput,
): Promise<ShardResult> {
  const { backend, manifest, dropout } = context;
  const { windows, start, sample, maskSeen, weight, seed } = input;
  const { item: D } = manifest.sizes;
  const n = q.length / D;
  const batch = packWindows(manifest, windows, n, { readAll: true, ...(start ? { start } : {}) });
  const dense = denseColumns(backend.columns, manifest, context.columns, windows, {
    ...(sample ? { sample: sample.rows } : {}),
    isTraining: true,
  });
  const out = tidy(() => {
    const tape = new Tape();
    const { nodes, leaves } = weightLeaves(tape, manifest, weights, n);
    const table = tape.leaf(tensor(q, [n, D]) as Tensor2D);
    const masks = drawMasks(manifest, batch, dropout, seed);
    const { query, gate, after } = readShoppers(tape, backend, manifest, leaves, table, batch, masks);
    const column = manifest.features.findIndex((spec) => spec.kind === 'bias');
    const shares = crossEntropy(tape, {
      query,
      gate,
      q: table,
      ...(column >= 0 ? { bias: { node: leaves.matrix(ITEM_BIAS), column } } : {}),
      ...(dense ? { dense } : {}),
      choice: choiceOf(windows, batch.targets, n, maskSeen, sample),
      targets: batch.targets,
      weight,
    });
    tape.backward();
    const grads: Record<string, Tensor> = {};
    for (const [name, node] of nodes) if (node.grad) grads[name] = node.grad;
    return { shares, dq: table.grad!, grads, after };
  });
  let loss = 0;
  // 1e-38: about the least share that float32 tells from 0. NaN stays NaN.
  for (const share of await read(out.shares)) loss -= Math.log(Math.max(share, 1e-38));
  const gradient: [string, Float32Array][] = [];
  for (const name of weights.names) {
    if (isTableWeight(name)) continue;
    const grad = out.grads[name];
    gradient.push([name, grad ? await read(grad) : new Float32Array(weights.get(name).length)]);
  }
  const { h, c, memories } = out.after;
  const result: ShardResult = {
    loss,
    gradient: new Tensors(gradient),
    dq: await read(out.dq),
    after: { h: await read(h), c: await read(c), memories: await read(memories) },
  };
  // Two weights may share one gradient (the biases of the LSTM do): dispose of a tensor once.
  for (const one of new Set([out.shares, out.dq, h, c, memories, ...Object.values(out.grads)])) one.dispose();
  return result;
}
