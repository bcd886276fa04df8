import { HomebodyError } from '../domain';
import type { Embedder, EmbedderDtype, EmbedderInfo } from './embedder';
import { aborted } from './folder';

/** What a model's manifest says of its embedder. */
export interface EmbedderPromise {
  id: string;
  dtype: EmbedderDtype;
  dimension: number;
}

/**
 * An embedder that loads when the first text comes. Concurrent calls share one load; a load that failed is
 * forgotten, so
 * that the next call tries again. A caller that aborts stops waiting; the load goes on for the others.
 * Rejects with `embedder-unavailable` when what loads is not what was promised.
 */
export function lazyEmbedder(promised: EmbedderPromise, load: () => Promise<Embedder>): Embedder {
  return new LazyEmbedder(promised, load);
}

class LazyEmbedder implements Embedder {
  readonly id: string;
  readonly dtype: EmbedderDtype;
  readonly dimension: number;
  private loading: Promise<Embedder> | undefined;
  private embedder: Embedder | undefined;
  private disposed = false;

  constructor(
    promised: EmbedderPromise,
    private readonly load: () => Promise<Embedder>,
  ) {
    this.id = promised.id;
    this.dtype = promised.dtype;
    this.dimension = promised.dimension;
  }

  async embed(texts: readonly string[], options: { signal?: AbortSignal } = {}): Promise<Float32Array[]> {
    if (this.disposed) throw new HomebodyError('disposed', 'The embedder was disposed.');
    if (options.signal?.aborted) throw aborted(options.signal);
    if (texts.length === 0) return [];
    const embedder = await untilAborted(this.loaded(), options.signal);
    return embedder.embed(texts, options);
  }

  info(): EmbedderInfo {
    const { id, dtype, dimension } = this;
    return this.embedder?.info() ?? { id, dtype, dimension, loaded: false, embedded: 0 };
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    const embedder = await this.loading?.catch(() => undefined);
    await embedder?.dispose();
  }

  private loaded(): Promise<Embedder> {
    this.loading ??= this.start().catch((error: unknown) => {
      this.loading = undefined;
      throw error;
    });
    return this.loading;
  }

  private async start(): Promise<Embedder> {
    const embedder = await this.load();
    const same = embedder.id === this.id && embedder.dtype === this.dtype && embedder.dimension === this.dimension;
    if (!same) {
      await embedder.dispose();
      throw new HomebodyError(
        'embedder-unavailable',
        `The embedder is ${label(embedder)}, but the model was trained with ${label(this)}.`,
        { remedy: 'Serve the embedder folder that the model names.' },
      );
    }
    this.embedder = embedder;
    return embedder;
  }
}

function label({ id, dtype, dimension }: EmbedderPromise): string {
  return `${id} (${dtype}, ${dimension})`;
}

/** `promise`, or a rejection with `aborted` as soon as `signal` aborts. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  if (signal.aborted) throw aborted(signal);
  let onAbort: (() => void) | undefined;
  const cancelled = new Promise<never>((_, reject) => {
    onAbort = () => reject(aborted(signal));
    signal.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([promise, cancelled]);
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}
