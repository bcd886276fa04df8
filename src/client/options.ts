import type { RecommenderOptions } from '../domain';

/** What the page side adds to domain's options. */
export interface ClientOptions extends RecommenderOptions {
  /** URL of the engine's worker script; absent: `engine.js` in `base`. */
  engine?: string | URL;
}

/** Options with every default filled in and every address absolute: a worker's own base is not the page's. */
export interface ResolvedOptions extends ClientOptions {
  engine: string;
  timeout: number;
  rerankTimeout: number;
}

const TIMEOUT = 10_000;
/** A list is wanted now or not at all: the server's order is always at hand. */
const RERANK_TIMEOUT = 2_000;

/** `script` is the address of the file that holds this code: the engine lies beside it unless told otherwise. */
export function resolveOptions(options: ClientOptions, script: string): ResolvedOptions {
  const page = document.baseURI;
  const base = new URL(options.base ?? new URL('.', script), page);
  const folder = base.href.endsWith('/') ? base : new URL(`${base.href}/`);
  const absolute = (url: string) => new URL(url, page).href;
  return {
    ...options,
    model: absolute(options.model),
    embedder: typeof options.embedder === 'string' ? absolute(options.embedder) : options.embedder,
    engine: options.engine ? absolute(String(options.engine)) : new URL('engine.js', folder).href,
    timeout: options.timeout ?? TIMEOUT,
    rerankTimeout: options.timeout ?? RERANK_TIMEOUT,
  };
}
