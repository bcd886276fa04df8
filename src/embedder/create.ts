import { type Backend, HomebodyError } from '../domain';
import type { Embedder } from './embedder';
import { aborted, type EmbedderKind, type FolderReader, httpReader, readConfig } from './folder';

/** Where an embedder comes from and how it may run. */
export interface EmbedderOptions {
  /** Address of the folder; its last part is the id. Either this or `read` and `id`. */
  url?: string;
  /** Reads the folder's files from elsewhere (the file system in Node, memory in tests). */
  read?: FolderReader;
  /** Name of the embedder; default: the last part of `url`. */
  id?: string;
  /** Default: the global `fetch`. */
  fetch?: typeof fetch;
  /** Default: what the folder's config.json says. A lite folder runs as `transformer` too, with the same vectors. */
  kind?: EmbedderKind;
  /**
   * For transformers; default `auto`: WebGPU where a hardware adapter is present, else wasm. `webgpu` takes a software
   * adapter too, and falls back to wasm, which `info().fellBack` then tells. `cpu` means wasm: there is no plain
   * executor.
   */
  backend?: Backend | 'auto';
  /** A monotonic clock in ms; default `performance.now`. */
  now?: () => number;
  signal?: AbortSignal;
}

/**
 * Loads the embedder of a folder in transformers.js's layout: Model2Vec folders run in plain TypeScript, all others
 * through transformers.js, which is loaded only then.
 * Rejects with `embedder-unavailable` (missing, truncated, not understood), `aborted`, or `invalid-input`.
 */
export async function createEmbedder(options: EmbedderOptions): Promise<Embedder> {
  const { url, signal } = options;
  const id = options.id ?? url?.split(/[?#]/, 1).join().split('/').filter(Boolean).at(-1);
  const read = options.read ?? (url ? httpReader(url, options.fetch ?? fetch) : undefined);
  if (!read || !id) {
    throw new HomebodyError('invalid-input', 'An embedder needs a `url`, or `read` and `id`.', {
      remedy: 'Pass the address of the embedder folder.',
    });
  }
  try {
    return await load({ ...options, id, read });
  } catch (cause) {
    if (signal?.aborted) throw aborted(signal);
    if (cause instanceof HomebodyError) throw cause;
    throw new HomebodyError('embedder-unavailable', `The embedder ${id} could not be loaded.`, {
      remedy: 'Check that the folder is whole and in the layout of transformers.js.',
      cause,
    });
  }
}

async function load(options: EmbedderOptions & { id: string; read: FolderReader }): Promise<Embedder> {
  const { id, read, signal } = options;
  const config = await readConfig(read, signal);
  const now = options.now ?? (() => performance.now());
  const shared = { id, config, read, now, signal };
  // Each tier is a chunk of its own: a shop that ships vectors loads neither, the lite one never loads an ONNX runtime.
  if ((options.kind ?? config.kind) === 'lite') {
    const { loadLiteEmbedder } = await import('./lite');
    return loadLiteEmbedder(shared);
  }
  const { loadTransformerEmbedder } = await import('./transformer');
  const backend = options.backend === 'cpu' ? 'wasm' : (options.backend ?? 'auto');
  return loadTransformerEmbedder({ ...shared, backend });
}
