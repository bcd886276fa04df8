import { HomebodyError } from '../domain';
import type { EmbedderDtype, EmbedderRuntime } from './embedder';
import { aborted, type FolderReader } from './folder';
import { type Host, hostOf } from './host';
import { readOnnxInitialisers } from './onnx';

/** A model on an ONNX runtime, ready to run. */
export interface Session {
  runtime: Extract<EmbedderRuntime, 'webgpu' | 'wasm' | 'node'>;
  /** Why WebGPU does not serve although it was asked for. */
  fellBack?: string;
  /** Token ids of each row, none empty → last hidden states [rows, longest, D]. */
  run(rows: number[][]): Promise<Float32Array>;
  dispose(): Promise<void>;
}

export interface SessionOptions {
  read: FolderReader;
  dtype: EmbedderDtype;
  backend: 'auto' | 'webgpu' | 'wasm';
  signal?: AbortSignal;
}

type Transformers = typeof import('@huggingface/transformers');

/**
 * Loads transformers.js and the model. Rejects with `embedder-unavailable` (with the cause), or `aborted`.
 * Loading itself cannot be stopped half way; an aborted load is thrown away.
 */
export async function loadSession(options: SessionOptions): Promise<Session> {
  const { backend, signal } = options;
  try {
    const library = await import('@huggingface/transformers');
    if (signal?.aborted) throw aborted(signal);
    const host = keepToOurFiles(library);
    if (typeof process !== 'undefined' && process.versions?.node) return await start(library, host, options, 'node');
    const missing = backend === 'wasm' ? 'not asked for' : await whyNoGpu(backend === 'webgpu');
    if (!missing) {
      try {
        return await start(library, host, options, 'webgpu');
      } catch (cause) {
        if (cause instanceof HomebodyError) throw cause;
        const session = await start(library, host, options, 'wasm');
        return { ...session, fellBack: `WebGPU failed: ${cause instanceof Error ? cause.message : String(cause)}` };
      }
    }
    const session = await start(library, host, options, 'wasm');
    return backend === 'webgpu' ? { ...session, fellBack: missing } : session;
  } catch (cause) {
    if (signal?.aborted) throw aborted(signal);
    if (cause instanceof HomebodyError) throw cause;
    throw new HomebodyError('embedder-unavailable', 'The ONNX runtime or its model did not load.', {
      remedy: 'Allow wasm in the CSP (wasm-unsafe-eval), serve the chunks folder beside the engine, or ship vectors.',
      cause,
    });
  }
}

/**
 * transformers.js keeps its settings in one object for the whole realm; these are constants of ours, so setting them
 * twice changes nothing. No hub, no CDN, no browser cache (nothing may be written before consent), one thread.
 */
function keepToOurFiles({ env }: Transformers): Host {
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  env.useBrowserCache = false;
  env.useFSCache = false;
  env.useWasmCache = false;
  const { wasm } = env.backends.onnx;
  if (wasm) {
    wasm.numThreads = 1;
    wasm.proxy = false;
    wasm.wasmPaths = { wasm: new URL('onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm', import.meta.url).href };
  }
  return hostOf(env);
}

/** Undefined when WebGPU can serve. A software adapter is slower than wasm, so it serves only when asked by name. */
async function whyNoGpu(byName: boolean): Promise<string | undefined> {
  const adapter = await (globalThis.navigator?.gpu?.requestAdapter() ?? null);
  if (!adapter) return 'This device has no WebGPU adapter.';
  return adapter.info.isFallbackAdapter && !byName ? 'Its WebGPU adapter is software.' : undefined;
}

async function start(
  { AutoModel, Tensor }: Transformers,
  host: Host,
  options: SessionOptions,
  runtime: Session['runtime'],
): Promise<Session> {
  const { signal } = options;
  const folder = host.open(await readAhead(options));
  try {
    const model = await host.inTurn(() =>
      AutoModel.from_pretrained(folder.id, { dtype: options.dtype, device: runtime === 'node' ? 'cpu' : runtime }),
    );
    if (signal?.aborted) throw aborted(signal);
    const session = model.sessions.model as OnnxSession;
    return {
      runtime,
      async run(rows) {
        const length = Math.max(...rows.map((ids) => ids.length));
        const ids = new BigInt64Array(rows.length * length);
        const mask = new BigInt64Array(rows.length * length);
        rows.forEach((row, r) => {
          row.forEach((id, i) => {
            ids[r * length + i] = BigInt(id);
            mask[r * length + i] = 1n;
          });
        });
        const tensor = (data: BigInt64Array) => new Tensor('int64', data, [rows.length, length]).ort_tensor;
        // Not through `model(…)`: after one failed run its queue rejects every later one, also on other backends.
        const { last_hidden_state: hidden } = await host.inTurn(() =>
          session.run({ input_ids: tensor(ids), attention_mask: tensor(mask) }),
        );
        return hidden!.data as Float32Array;
      },
      async dispose() {
        // Releasing a WebGPU session can take the whole device with it: that memory comes back when the worker ends.
        if (runtime !== 'webgpu') await host.inTurn(() => session.release());
      },
    };
  } catch (cause) {
    throw folder.failure() ?? cause;
  } finally {
    folder.close();
  }
}

/** The part of onnxruntime's session that we use. */
interface OnnxSession {
  run(inputs: Record<string, unknown>): Promise<Record<string, { data: unknown }>>;
  release(): Promise<void>;
}

/**
 * The two files that the library will ask for, read and looked at first: when creating a session fails, transformers.js
 * remembers that for ever, so a truncated download must not get that far.
 */
async function readAhead({ read, dtype, signal }: SessionOptions): Promise<FolderReader> {
  const weights = `onnx/model${SUFFIX[dtype]}.onnx`;
  const [config, onnx] = await Promise.all([read('config.json', signal), read(weights, signal)]);
  readOnnxInitialisers(onnx);
  const files = new Map([
    ['config.json', config],
    [weights, onnx],
  ]);
  return async (path) => {
    const file = files.get(path);
    if (!file) throw new Error(`transformers.js asked for ${path}, which is not expected of an embedder.`);
    return file;
  };
}

/** transformers.js's suffix of the weight file by dtype. */
const SUFFIX: Record<EmbedderDtype, string> = { q8: '_quantized', int8: '_int8', fp32: '' };
