import '@tensorflow/tfjs-backend-wasm';
import { env, ready, setBackend } from '@tensorflow/tfjs-core';
import { HomebodyError } from '../../domain';
import { TrainingKernel } from './kernel';
import { startWebGpu } from './webgpu';

/** What runs the arithmetic of a thread. tfjs has one backend at a time for a whole thread. */
export interface Backend {
  name: 'wasm' | 'webgpu';
  /** Our SIMD kernel; absent on a GPU, where everything stays in tfjs' tensors. */
  kernel?: TrainingKernel;
  /** Another one, whose memory holds what the columns are made from while the first one is laid out anew. */
  columns: TrainingKernel;
}

export type BackendChoice = 'auto' | 'wasm' | 'webgpu';

/**
 * Starts tfjs on a backend: `auto` takes a GPU where the `webgpu` package (Dawn) finds an adapter, else wasm.
 * @throws HomebodyError `backend-unavailable` where the asked one does not start
 */
export async function openBackend(choice: BackendChoice): Promise<Backend> {
  if (choice !== 'wasm') {
    const missing = await startWebGpu({ isSoftwareFine: choice === 'webgpu' });
    if (!missing) return { name: 'webgpu', columns: await TrainingKernel.create() };
    if (choice === 'webgpu') throw missing;
  }
  // Threads of tfjs' own gain nothing on products of this size; workers do (pool.ts).
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  if (!(await setBackend('wasm'))) {
    throw new HomebodyError('backend-unavailable', 'tfjs-wasm did not start.', { remedy: 'Use Node 20.19 or later.' });
  }
  await ready();
  return { name: 'wasm', kernel: await TrainingKernel.create(), columns: await TrainingKernel.create() };
}
