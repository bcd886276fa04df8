import { HomebodyError } from '../domain';
import type { EmbedderDtype } from './embedder';

/** Reads one file of an embedder folder by its path inside the folder, for example `onnx/model_quantized.onnx`. */
export type FolderReader = (path: string, signal?: AbortSignal) => Promise<Uint8Array>;

/** `lite`: a static table that plain TypeScript can run. `transformer`: needs transformers.js. */
export type EmbedderKind = 'lite' | 'transformer';

/** The parts of transformers.js's folder layout that we read. */
export interface FolderConfig {
  kind: EmbedderKind;
  dtype: EmbedderDtype;
  dimension: number;
}

/** A reader over HTTP. Rejects with `embedder-unavailable` on a network failure or a status other than 2xx. */
export function httpReader(url: string, fetchFile: typeof fetch): FolderReader {
  const base = url.endsWith('/') ? url : `${url}/`;
  return async (path, signal) => {
    const address = base + path;
    try {
      const response = await fetchFile(address, signal ? { signal } : undefined);
      if (!response.ok) throw new Error(`HTTP status ${response.status}`);
      return new Uint8Array(await response.arrayBuffer());
    } catch (cause) {
      if (signal?.aborted) throw aborted(signal);
      throw new HomebodyError('embedder-unavailable', `The embedder's file ${address} could not be read.`, {
        remedy: 'Serve the embedder folder as static files from the address given as `embedder`.',
        cause,
      });
    }
  };
}

/** A JSON file of the folder. Rejects with `embedder-unavailable` when it is not JSON. */
export async function readJson(read: FolderReader, path: string, signal?: AbortSignal): Promise<object> {
  const bytes = await read(path, signal);
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof value !== 'object' || value === null) throw new Error('not an object');
    return value;
  } catch (cause) {
    throw new HomebodyError('embedder-unavailable', `The embedder's ${path} is not a JSON object.`, {
      remedy: 'Copy the embedder folder again; a server that answers HTML for missing files has this effect too.',
      cause,
    });
  }
}

/** What `config.json` says: Model2Vec folders (`_static_embedding: "model2vec"`) are lite, all others transformers. */
export async function readConfig(read: FolderReader, signal?: AbortSignal): Promise<FolderConfig> {
  const config = (await readJson(read, 'config.json', signal)) as Record<string, unknown>;
  const dimension = config.hidden_size;
  if (typeof dimension !== 'number' || !Number.isInteger(dimension) || dimension < 1) {
    throw new HomebodyError('embedder-unavailable', "The embedder's config.json has no `hidden_size`.", {
      remedy: 'Use a folder in the layout of transformers.js.',
    });
  }
  return config._static_embedding === 'model2vec'
    ? { kind: 'lite', dtype: 'q8', dimension }
    : { kind: 'transformer', dtype: 'int8', dimension };
}

/** The error for an aborted `signal`. */
export function aborted(signal: AbortSignal): HomebodyError {
  return new HomebodyError('aborted', 'Embedding was cancelled.', { cause: signal.reason });
}
