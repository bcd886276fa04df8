/**
 * How an embedder's numbers are stored, in transformers.js's words: `q8` reads `model_quantized.onnx`, `int8`
 * reads `model_int8.onnx`.
 */
export type EmbedderDtype = 'q8' | 'int8' | 'fp32';

/** What runs the embedder: `plain` is TypeScript, the others are transformers.js on onnxruntime. */
export type EmbedderRuntime = 'plain' | 'wasm' | 'webgpu' | 'node';

/** What an embedder is and how it is doing. Plain data. */
export interface EmbedderInfo {
  id: string;
  dtype: EmbedderDtype;
  /** Length of a vector. */
  dimension: number;
  /** False while a lazy embedder has not been needed yet. */
  loaded: boolean;
  /** Absent until loaded. */
  runtime?: EmbedderRuntime;
  /** Texts embedded so far, cache hits not counted. */
  embedded: number;
  /** Milliseconds that loading took, on the clock that was passed in. */
  loadMs?: number;
  /** Why WebGPU does not serve although it was asked for. */
  fellBack?: string;
}

/** Text to vector. The vectors are raw: whitening belongs to the interest model. */
export interface Embedder {
  /**
   * Name of the folder, for example `potion-base-2M`; a model's manifest names the embedder it was trained with by
   * it.
   */
  readonly id: string;
  readonly dtype: EmbedderDtype;
  readonly dimension: number;
  /**
   * One vector of `dimension` numbers per text, in order: unit length, or all zeros for a text without any known token
   * (empty, blank, only emoji for the lite embedder). Never NaN. A text longer than the model takes is cut.
   * Rejects with `aborted` when `signal` aborts, `disposed` after `dispose()`, `embedder-unavailable` when it cannot
   * run.
   */
  embed(texts: readonly string[], options?: { signal?: AbortSignal }): Promise<Float32Array[]>;
  info(): EmbedderInfo;
  dispose(): Promise<void>;
}
