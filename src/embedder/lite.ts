import { HomebodyError } from '../domain';
import type { Embedder, EmbedderInfo } from './embedder';
import { aborted, type FolderConfig, type FolderReader } from './folder';
import { ONNX_FLOAT, ONNX_INT8, readOnnxInitialisers } from './onnx';
import { normaliseOrZero } from './text';
import { loadTokens, type Tokens } from './tokens';

/** A static token table: row t is `rows[t·D .. t·D + D] × scales[t]`. */
interface TokenTable {
  /** [V, D] */
  rows: Int8Array;
  /** [V]; 0 for the special tokens. */
  scales: Float32Array;
}

/** What {@link loadLiteEmbedder} needs beside the folder. */
export interface LiteOptions {
  id: string;
  config: FolderConfig;
  read: FolderReader;
  /** A monotonic clock in ms, for `info().loadMs`. */
  now: () => number;
  signal?: AbortSignal;
}

/** So many texts between two looks at the signal. */
const TEXTS_PER_TURN = 256;

/**
 * The lite embedder in plain TypeScript: tokenize, gather int8 rows, mean, normalise (Model2Vec). The tokenizer is the
 * library that transformers.js itself uses, so the folder gives the same vectors through either.
 */
export async function loadLiteEmbedder(options: LiteOptions): Promise<Embedder> {
  const { read, signal } = options;
  const started = options.now();
  const [tokens, onnx] = await Promise.all([loadTokens(read, signal), read('onnx/model_quantized.onnx', signal)]);
  const table = readTable(onnx, options.config.dimension);
  return new LiteEmbedder(options, tokens, table, options.now() - started);
}

class LiteEmbedder implements Embedder {
  readonly id: string;
  readonly dtype;
  readonly dimension: number;
  private embedded = 0;
  private disposed = false;

  constructor(
    { id, config }: LiteOptions,
    private readonly tokens: Tokens,
    private table: TokenTable,
    private readonly loadMs: number,
  ) {
    this.id = id;
    this.dtype = config.dtype;
    this.dimension = config.dimension;
  }

  async embed(texts: readonly string[], options: { signal?: AbortSignal } = {}): Promise<Float32Array[]> {
    const { signal } = options;
    const vectors: Float32Array[] = [];
    for (const text of texts) {
      // A turn of the event loop lets an abort arrive in the middle of a long list.
      if (vectors.length > 0 && vectors.length % TEXTS_PER_TURN === 0) await new Promise((next) => setTimeout(next));
      if (signal?.aborted) throw aborted(signal);
      if (this.disposed) throw new HomebodyError('disposed', 'The embedder was disposed.');
      vectors.push(this.embedOne(text));
      this.embedded++;
    }
    return vectors;
  }

  info(): EmbedderInfo {
    const { id, dtype, dimension, embedded, loadMs } = this;
    return { id, dtype, dimension, loaded: !this.disposed, runtime: 'plain', embedded, loadMs };
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    this.table = { rows: new Int8Array(), scales: new Float32Array() };
  }

  private embedOne(text: string): Float32Array {
    const { rows, scales } = this.table;
    const size = this.dimension;
    // [CLS] counts towards the limit although its row is zero: transformers.js cuts after adding it.
    const ids = this.tokens.encode(text, this.tokens.maxLength);
    const sum = new Float64Array(size);
    for (const id of ids) {
      const scale = scales[id] ?? 0;
      if (scale === 0) continue;
      const row = id * size;
      for (let d = 0; d < size; d++) sum[d]! += rows[row + d]! * scale;
    }
    return normaliseOrZero(sum);
  }
}

function readTable(onnx: Uint8Array, dimension: number): TokenTable {
  const tensors = readOnnxInitialisers(onnx);
  const rows = tensors.get('embedding_q');
  const scales = tensors.get('embedding_scale');
  const tokens = rows?.dims[0] ?? 0;
  const fits =
    rows?.type === ONNX_INT8 &&
    scales?.type === ONNX_FLOAT &&
    rows.dims[1] === dimension &&
    rows.data.length === tokens * dimension &&
    scales.data.length === tokens * 4;
  if (!fits) {
    throw new HomebodyError('embedder-unavailable', 'The lite embedder has no int8 token table of the stated size.', {
      remedy: 'Use an embedder folder whose onnx/model_quantized.onnx has `embedding_q` and `embedding_scale`.',
    });
  }
  return {
    rows: new Int8Array(rows.data.buffer, rows.data.byteOffset, rows.data.length),
    // Copied: a Float32Array cannot start at an odd offset of the file.
    scales: new Float32Array(scales.data.slice().buffer),
  };
}
