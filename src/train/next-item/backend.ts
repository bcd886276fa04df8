import '@tensorflow/tfjs-backend-wasm';
import { env, ready, setBackend } from '@tensorflow/tfjs-core';
import { HomebodyError } from '../../domain';
import { TrainingKernel } from './kernel';

/** What runs the arithmetic of a thread. tfjs has one backend at a time for a whole thread. */
export interface Backend {
  name: 'wasm' | 'webgpu';
  /** Our SIMD kernel; absent on a GPU, where everything stays in tfjs' tensors. */
  kernel?: TrainingKernel;
  /** Another one, whose memory holds what the columns are made from while the first one is laid out anew. */
  columns: TrainingKernel;
}

/** @throws HomebodyError `backend-unavailable` */
export async function openBackend(name: 'wasm'): Promise<Backend> {
  // Threads of tfjs' own gain nothing on products of this size; workers do (pool.ts).
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  if (!(await setBackend(name))) {
    throw new HomebodyError('backend-unavailable', 'tfjs-wasm did not start.', { remedy: 'Use Node 20.19 or later.' });
  }
  await ready();
  return { name, kernel: await TrainingKernel.create(), columns: await TrainingKernel.create() };
}
