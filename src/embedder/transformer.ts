import { HomebodyError } from '../domain';
import type { Embedder, EmbedderInfo, EmbedderRuntime } from './embedder';
import { aborted, type FolderConfig, type FolderReader } from './folder';
import { loadSession, type Session } from './session';
import { normaliseOrZero } from './text';
import { loadTokens, type Tokens } from './tokens';

/** How many tokens of a text count: what the publisher of all-MiniLM-L6-v2 trained and set (`max_seq_length`). */
const MAX_TOKENS = 256;

/** Texts in one run on the GPU; on the CPU texts run alone, so that a text's vector never depends on its neighbours. */
const GPU_BATCH = 8;

/** What {@link loadTransformerEmbedder} needs beside the folder. */
export interface TransformerOptions {
  id: string;
  config: FolderConfig;
  read: FolderReader;
  /** `auto`: WebGPU where a hardware adapter is present, else wasm. */
  backend: 'auto' | 'webgpu' | 'wasm';
  /** A monotonic clock in ms, for `info().loadMs`. */
  now: () => number;
  signal?: AbortSignal;
}

/**
 * A sentence transformer through transformers.js: mean of the last hidden states over the text's tokens, normalised
 * (Reimers & Gurevych 2019). Nothing is fetched but through `read` and the ONNX runtime's own wasm file beside our
 * code.
 */
export async function loadTransformerEmbedder(options: TransformerOptions): Promise<Embedder> {
  const started = options.now();
  const [tokens, session] = await Promise.all([
    loadTokens(options.read, options.signal),
    loadSession({ ...options, dtype: options.config.dtype }),
  ]);
  if (options.signal?.aborted) throw aborted(options.signal);
  return new TransformerEmbedder(options, tokens, session, options.now() - started);
}

class TransformerEmbedder implements Embedder {
  readonly id: string;
  readonly dtype;
  readonly dimension: number;
  private embedded = 0;
  private disposed = false;

  constructor(
    private readonly options: TransformerOptions,
    private readonly tokens: Tokens,
    private session: Session,
    private readonly loadMs: number,
  ) {
    this.id = options.id;
    this.dtype = options.config.dtype;
    this.dimension = options.config.dimension;
  }

  async embed(texts: readonly string[], { signal }: { signal?: AbortSignal } = {}): Promise<Float32Array[]> {
    const rows = texts.map((text) => this.tokenize(text));
    // Rows of like length share a run, so that little is padding.
    const order = rows.flatMap((ids, row) => (ids.length > 0 ? [row] : []));
    order.sort((a, b) => rows[a]!.length - rows[b]!.length);
    const vectors: Float32Array[] = rows.map(() => new Float32Array(this.dimension));
    for (let at = 0; at < order.length; ) {
      if (signal?.aborted) throw aborted(signal);
      if (this.disposed) throw new HomebodyError('disposed', 'The embedder was disposed.');
      const batch = order.slice(at, at + (this.session.runtime === 'webgpu' ? GPU_BATCH : 1));
      const made = await this.run(batch.map((row) => rows[row]!));
      batch.forEach((row, b) => {
        vectors[row] = made[b]!;
      });
      at += batch.length;
    }
    if (signal?.aborted) throw aborted(signal);
    this.embedded += texts.length;
    return vectors;
  }

  info(): EmbedderInfo {
    const { id, dtype, dimension, embedded, loadMs, session } = this;
    const fellBack = session.fellBack ? { fellBack: session.fellBack } : {};
    const runtime: EmbedderRuntime = session.runtime;
    return { id, dtype, dimension, loaded: !this.disposed, runtime, embedded, loadMs, ...fellBack };
  }

  async dispose(): Promise<void> {
    if (this.disposed) return;
    this.disposed = true;
    await this.session.dispose();
  }

  /** Empty for a text without any known word: it has no meaning to embed. */
  private tokenize(text: string): number[] {
    const { maxLength } = this.tokens;
    // A static table is cut as its plain executor cuts it.
    const isTable = this.options.config.kind === 'lite';
    const ids = this.tokens.encode(text, isTable ? maxLength : Math.min(MAX_TOKENS, maxLength), !isTable);
    return this.tokens.hasWords(ids) ? ids : [];
  }

  /** One run; a GPU that fails (lost device, out of memory) is replaced by wasm for good. */
  private async run(rows: number[][]): Promise<Float32Array[]> {
    const { session } = this;
    try {
      return pool(rows, await session.run(rows), this.dimension);
    } catch (cause) {
      if (session.runtime === 'webgpu' && !this.disposed) {
        // Another run may have replaced it already.
        if (this.session === session) this.session = await this.withoutGpu(cause);
        return this.run(rows);
      }
      throw new HomebodyError('embedder-unavailable', 'The ONNX runtime could not embed a text.', { cause });
    }
  }

  private async withoutGpu(cause: unknown): Promise<Session> {
    const { signal: _, ...options } = this.options;
    const session = await loadSession({ ...options, backend: 'wasm', dtype: this.dtype });
    return { ...session, fellBack: `WebGPU failed: ${cause instanceof Error ? cause.message : String(cause)}` };
  }
}

/** Mean over each row's own tokens of `hidden` [rows, longest, D], then unit length. Padding never counts. */
function pool(rows: number[][], hidden: Float32Array, dimension: number): Float32Array[] {
  const longest = Math.max(...rows.map((ids) => ids.length));
  return rows.map((ids, row) => {
    const sum = new Float64Array(dimension);
    const base = row * longest * dimension;
    for (let i = 0; i < ids.length * dimension; i++) sum[i % dimension]! += hidden[base + i]!;
    return normaliseOrZero(sum);
  });
}
