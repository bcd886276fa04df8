import { type Tensor, type Tensor1D, type Tensor2D, tensor, tidy } from '@tensorflow/tfjs-core';
import { seededRandom } from '../../evaluate';
import type { ModelManifest } from '../../model';
import { Tensors } from '../parameters';
import type { Backend } from './backend';
import type { PackedBatch } from './batch';
import { crossEntropy, type DenseColumns } from './head';
import { type Masks, readShoppers, type WeightNodes } from './network';
import { ITEM_BIAS, RESIDUAL, weightShapes } from './plan';
import { type Node, Tape } from './tape';

/** What a gradient is made from, beside the windows. */
export interface ShardContext {
  backend: Backend;
  manifest: ModelManifest;
  dropout: { input: number; hidden: number };
}

export interface ShardResult {
  /** `Σ −log softmax` over the readings. */
  loss: number;
  /** Of `weight · loss`, without those of the item table. */
  gradient: Tensors;
  /** By the item table, [n, D] */
  dq: Float32Array;
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
  const input = mask(batch.items.length * manifest.sizes.item, dropout.input, draw);
  const hidden = mask(batch.order.length * manifest.sizes.hidden, dropout.hidden, draw);
  return { ...(input ? { input } : {}), ...(hidden ? { hidden } : {}) };
}

/**
 * Loss and gradient of some windows. The same arguments give the same bits on one backend, whatever thread runs it.
 * @param q [n, D] item table of the present weights
 * @param weight of every reading in the gradient: 1 over the update's readings
 */
export async function shardGradient(
  context: ShardContext,
  weights: Tensors,
  q: Float32Array,
  batch: PackedBatch,
  options: { weight: number; seed: number; dense?: DenseColumns },
): Promise<ShardResult> {
  const { backend, manifest, dropout } = context;
  const { item: D } = manifest.sizes;
  const n = q.length / D;
  const out = tidy(() => {
    const tape = new Tape();
    const { nodes, leaves } = weightLeaves(tape, manifest, weights, n);
    const table = tape.leaf(tensor(q, [n, D]) as Tensor2D);
    const masks = drawMasks(manifest, batch, dropout, options.seed);
    const { query, gate } = readShoppers(tape, backend, manifest, leaves, table, batch, masks);
    const column = manifest.features.findIndex((spec) => spec.kind === 'bias');
    const shares = crossEntropy(tape, {
      query,
      gate,
      q: table,
      ...(column >= 0 ? { bias: { node: leaves.matrix(ITEM_BIAS), column } } : {}),
      ...(options.dense ? { dense: options.dense } : {}),
      targets: batch.targets,
      weight: options.weight,
    });
    tape.backward();
    const grads: Record<string, Tensor> = {};
    for (const [name, node] of nodes) if (node.grad) grads[name] = node.grad;
    return { shares, dq: table.grad!, grads };
  });
  let loss = 0;
  // 1e-38: about the least share that float32 tells from 0. NaN stays NaN.
  for (const share of (await out.shares.data()) as Float32Array) loss -= Math.log(Math.max(share, 1e-38));
  const gradient: [string, Float32Array][] = [];
  for (const name of weights.names) {
    if (isTableWeight(name)) continue;
    const grad = out.grads[name];
    gradient.push([
      name,
      grad ? ((await grad.data()) as Float32Array).slice() : new Float32Array(weights.get(name).length),
    ]);
  }
  const dq = ((await out.dq.data()) as Float32Array).slice();
  for (const one of [out.shares, out.dq, ...Object.values(out.grads)]) one.dispose();
  return { loss, gradient: new Tensors(gradient), dq };
}
