import '@tensorflow/tfjs-backend-wasm';
import { env, matMul, ready, setBackend, tensor2d } from '@tensorflow/tfjs-core';
import { HomebodyError } from '../domain';
import type { MatrixProduct } from './math';

/**
 * tfjs-wasm's matrix product. The trainer's gradients are written by hand, with transposes of its own before the product:
 * tfjs' gradient of matMul asks for transposed arguments, which its wasm kernel multiplies ten times slower.
 */
export async function tfjsProduct(): Promise<MatrixProduct> {
  // Threads gain nothing on products of this size, and lose much where cores are shared.
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  if (!(await setBackend('wasm'))) {
    throw new HomebodyError('backend-unavailable', 'tfjs-wasm did not start.', { remedy: 'Use Node 20.19 or later.' });
  }
  await ready();
  // Without tidy: it would walk every element of the returned array in search of tensors.
  return (a, b, m, k, n) => {
    const [left, right] = [tensor2d(a, [m, k]), tensor2d(b, [k, n])];
    const result = matMul(left, right);
    const out = result.dataSync() as Float32Array;
    for (const tensor of [left, right, result]) tensor.dispose();
    return out;
  };
}
