import { HomebodyError } from '../domain';
import type { Embedder } from './embedder';
import { type FolderReader, httpReader, readConfig } from './folder';

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
  signal?: AbortSignal;
}

/**
 * Loads the embedder of a folder in transformers.js's layout: Model2Vec folders run in plain TypeScript.
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
  const config = await readConfig(read, signal);
  const { loadLiteEmbedder } = await import('./lite');
  return loadLiteEmbedder(id, config, read, signal);
}
