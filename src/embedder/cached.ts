import { HomebodyError } from '../domain';
import type { Embedder, EmbedderDtype, EmbedderInfo } from './embedder';
import { aborted } from './folder';
import { untilAborted } from './lazy';

/** Where vectors are kept between visits. Keyed by the embedder ({@link embeddingKey}) and the exact text. */
export interface EmbeddingCache {
  /** One entry per text, undefined where nothing is kept. */
  get(model: string, texts: readonly string[]): Promise<(Float32Array | undefined)[]>;
  put(rows: readonly { model: string; text: string; vector: Float32Array }[]): Promise<void>;
}

export interface CachedOptions {
  /** Texts handed to the embedder at once; between two batches an abort takes effect. Default 16. */
  batch?: number;
  /** Told when the cache fails; embedding goes on without it. */
  onCacheError?: (error: unknown) => void;
}

/**
 * The key under which an embedder's vectors are cached: other weights, or the same ones stored otherwise, have
 * another.
 */
export function embeddingKey(embedder: { id: string; dtype: EmbedderDtype }): string {
  return `${embedder.id}@${embedder.dtype}`;
}

/**
 * `embedder` with `cache` in front: a text is embedded once, however many callers ask for it at the same time, and a
 * text that nobody waits for any more is not embedded. Callers must not write into the vectors. A cache that fails
 * costs
 * time, never a result.
 */
export function cached(embedder: Embedder, cache: EmbeddingCache, options: CachedOptions = {}): Embedder {
  return new CachedEmbedder(embedder, cache, options);
}

/** A text on its way through the embedder. */
interface Job {
  text: string;
  waiting: number;
  done: Promise<Float32Array>;
  resolve(vector: Float32Array): void;
  reject(error: unknown): void;
}

class CachedEmbedder implements Embedder {
  readonly id: string;
  readonly dtype: EmbedderDtype;
  readonly dimension: number;
  /** Queued and running, by text. */
  private readonly jobs = new Map<string, Job>();
  private queue: Job[] = [];
  private running = false;
  private disposed = false;

  constructor(
    private readonly embedder: Embedder,
    private readonly cache: EmbeddingCache,
    private readonly options: CachedOptions,
  ) {
    this.id = embedder.id;
    this.dtype = embedder.dtype;
    this.dimension = embedder.dimension;
  }

  async embed(texts: readonly string[], { signal }: { signal?: AbortSignal } = {}): Promise<Float32Array[]> {
    if (this.disposed) throw new HomebodyError('disposed', 'The embedder was disposed.');
    if (signal?.aborted) throw aborted(signal);
    const distinct = [...new Set(texts)];
    const vectors = await untilAborted(this.lookUp(distinct), signal);
    const jobs = distinct.filter((text) => !vectors.has(text)).map((text) => this.job(text));
    try {
      void this.drain();
      const made = await untilAborted(Promise.all(jobs.map((job) => job.done)), signal);
      jobs.forEach((job, i) => {
        vectors.set(job.text, made[i]!);
      });
    } finally {
      this.release(jobs);
    }
    return texts.map((text) => vectors.get(text)!);
  }

  info(): EmbedderInfo {
    return this.embedder.info();
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    const error = new HomebodyError('disposed', 'The embedder was disposed.');
    for (const job of this.queue.splice(0)) {
      this.jobs.delete(job.text);
      job.reject(error);
    }
    await this.embedder.dispose();
  }

  private async lookUp(texts: string[]): Promise<Map<string, Float32Array>> {
    const found = new Map<string, Float32Array>();
    try {
      const vectors = await this.cache.get(embeddingKey(this), texts);
      texts.forEach((text, i) => {
        const vector = vectors[i];
        // What lies in storage may be of an older build or damaged: it is then made again.
        if (vector?.length === this.dimension && vector.every(Number.isFinite)) found.set(text, vector);
      });
    } catch (error) {
      this.options.onCacheError?.(error);
    }
    return found;
  }

  private job(text: string): Job {
    let job = this.jobs.get(text);
    if (!job) {
      let settle: Pick<Job, 'resolve' | 'reject'> | undefined;
      const done = new Promise<Float32Array>((resolve, reject) => {
        settle = { resolve, reject };
      });
      // Whoever waits handles the rejection; a job that lost its last caller must not count as unhandled.
      done.catch(() => undefined);
      job = { text, waiting: 0, done, ...settle! };
      this.jobs.set(text, job);
      this.queue.push(job);
    }
    job.waiting++;
    return job;
  }

  private release(jobs: Job[]): void {
    for (const job of jobs) job.waiting--;
    const isDead = (job: Job) => job.waiting === 0;
    for (const job of this.queue.filter(isDead)) this.jobs.delete(job.text);
    this.queue = this.queue.filter((job) => !isDead(job));
  }

  private async drain(): Promise<void> {
    if (this.running) return;
    this.running = true;
    while (this.queue.length > 0) {
      const batch = this.queue.splice(0, this.options.batch ?? 16);
      try {
        const vectors = await this.embedder.embed(batch.map((job) => job.text));
        batch.forEach((job, i) => {
          job.resolve(vectors[i]!);
        });
        this.keep(batch, vectors);
      } catch (error) {
        for (const job of batch) job.reject(error);
      }
      for (const job of batch) this.jobs.delete(job.text);
    }
    this.running = false;
  }

  private keep(batch: Job[], vectors: Float32Array[]): void {
    const model = embeddingKey(this);
    const rows = batch.map(({ text }, i) => ({ model, text, vector: vectors[i]! }));
    this.cache.put(rows).catch((error: unknown) => this.options.onCacheError?.(error));
  }
}
