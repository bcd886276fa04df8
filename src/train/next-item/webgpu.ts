import { env, ready, setBackend } from '@tensorflow/tfjs-core';
import { HomebodyError } from '../../domain';

/** What the `webgpu` package (Dawn for Node) exports. */
interface Dawn {
  create(options: string[]): GPU;
  globals: Record<string, unknown>;
}

/**
 * Starts tfjs on WebGPU in Node. The package `webgpu` is optional: it holds a native library of each platform.
 * @param options whether an adapter that runs on the processor will do
 * @returns why there is none: the package is not installed, or it finds no adapter
 */
export async function startWebGpu(options: { isSoftwareFine: boolean }): Promise<HomebodyError | undefined> {
  const unavailable = (what: string, remedy: string, cause?: unknown) =>
    new HomebodyError('backend-unavailable', what, { remedy, cause });
  // A name in a variable: nothing that reads imports must find the optional package.
  const name = 'webgpu';
  let dawn: Dawn;
  try {
    dawn = (await import(/* @vite-ignore */ name)) as Dawn;
  } catch (cause) {
    return unavailable(
      'The package "webgpu" (Dawn) is not installed.',
      'Install it with npm install webgpu, or use --backend wasm.',
      cause,
    );
  }
  const gpu = dawn.create([]);
  const adapter = await gpu.requestAdapter().catch(() => null);
  if (!adapter) {
    return unavailable(
      'Dawn finds no GPU on this machine.',
      'Install the driver of the GPU (Vulkan, Metal or Direct3D 12), or use --backend wasm.',
    );
  }
  if (adapter.info.isFallbackAdapter && !options.isSoftwareFine) {
    return unavailable('Dawn finds a software GPU only, which is slower than wasm.', 'Use --backend wasm.');
  }
  // tfjs looks for what a browser has.
  Object.assign(globalThis, dawn.globals);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  await import('@tensorflow/tfjs-backend-webgpu');
  env().set('WEBGPU_CPU_FORWARD', false);
  const started = await setBackend('webgpu').catch(() => false);
  if (!started) return unavailable('tfjs did not start on the GPU.', 'Use --backend wasm.');
  await ready();
  return undefined;
}
