import { type Tensor1D, type Tensor2D, tensor1d, tensor2d, tidy } from '@tensorflow/tfjs-core';
import type { ModelManifest } from '../../model';
import type { Tensors } from '../parameters';
import { RESIDUAL } from './plan';
import { type Node, Tape } from './tape';

/** `q = normalize(W_q e + b_q + δ)` [n, D] of all items (model.md, Item), recorded on a tape. */
function record(tape: Tape, weights: Tensors, e: Float32Array, { embedding: E, item: D }: ModelManifest['sizes']) {
  const n = weights.get(RESIDUAL).length / D;
  const weight = tape.leaf(tensor2d(weights.get('item.weight'), [D, E]));
  const bias = tape.leaf(tensor1d(weights.get('item.bias')));
  const residual = tape.leaf(tensor2d(weights.get(RESIDUAL), [n, D]));
  const content = tape.addBias(tape.linear(tape.leaf(tensor2d(e, [n, E])), weight), bias);
  return { weight, bias, residual, q: tape.unit(tape.add(content, residual)) };
}

/** The items' vectors under these weights, [n, D]; `e` [n, E] whitened embeddings. */
export async function itemTable(
  weights: Tensors,
  e: Float32Array,
  sizes: ModelManifest['sizes'],
): Promise<Float32Array> {
  const q = tidy(() => record(new Tape(), weights, e, sizes).q.value);
  const values = (await q.data()) as Float32Array;
  q.dispose();
  return values.slice();
}

/** Backward of {@link itemTable}: adds what `dq` [n, D] gives to the gradients of the weights that made it. */
export async function tableBackward(
  weights: Tensors,
  e: Float32Array,
  sizes: ModelManifest['sizes'],
  dq: Float32Array,
  gradient: Tensors,
): Promise<void> {
  const D = sizes.item;
  const out = tidy(() => {
    const tape = new Tape();
    const made = record(tape, weights, e, sizes);
    tape.give(made.q, tensor2d(dq, [dq.length / D, D]));
    tape.backward();
    const { weight, bias, residual } = made as Record<string, Node<Tensor2D | Tensor1D>>;
    return { 'item.weight': weight!.grad!, 'item.bias': bias!.grad!, [RESIDUAL]: residual!.grad! };
  });
  for (const [name, tensor] of Object.entries(out)) {
    const values = (await tensor.data()) as Float32Array;
    const target = gradient.get(name);
    for (let i = 0; i < values.length; i += 1) target[i]! += values[i]!;
    tensor.dispose();
  }
}
