import { type Backend, HomebodyError } from '../../domain';
import type { LstmExecutor } from '../executor';
import { createPlainExecutor } from './plain';

/**
 * The executor that serves a backend: `cpu` plain TypeScript, `wasm` our SIMD kernel, `webgpu` the fused kernel on
 * tfjs; the code of the last two is loaded only then. Rejects with `backend-unavailable` where the device cannot, and
 * where the chunk does not load.
 */
export async function createExecutor(backend: Backend): Promise<LstmExecutor> {
  if (backend === 'cpu') return createPlainExecutor();
  if (backend === 'wasm') return (await loaded(import('./simd/executor'))).createSimdExecutor();
  const { createTfjsWebgpuExecutor } = await loaded(import('./tfjs/webgpu'));
  return createTfjsWebgpuExecutor();
}

/** tfjs' functional ops on tfjs-wasm, for comparison and training; no backend option is served by it. */
export async function createTfjsWasmExecutor(options?: {
  /** Addresses of tfjs' wasm files by file name, on the page's own host; needed in a browser only. */
  wasmPaths?: Record<string, string>;
}): Promise<LstmExecutor> {
  return (await loaded(import('./tfjs/wasm'))).createTfjsWasmExecutor(options);
}

async function loaded<T>(chunk: Promise<T>): Promise<T> {
  try {
    return await chunk;
  } catch (cause) {
    throw new HomebodyError('backend-unavailable', "the executor's code did not load", {
      cause,
      remedy: 'serve all files of the build, or use another backend',
    });
  }
}
