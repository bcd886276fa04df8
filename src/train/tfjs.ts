import '@tensorflow/tfjs-backend-wasm';
import { env, matMul, ready, setBackend, tensor2d, tidy } from '@tensorflow/tfjs-core';
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
  return (a, b, m, k, n) => tidy(() => matMul(tensor2d(a, [m, k]), tensor2d(b, [k, n])).dataSync()) as Float32Array;
}
