/**
 * Turns text into vectors: the lite embedder in plain TypeScript, transformers through transformers.js, and a
 * cache in front.
 */
export { type CachedOptions, cached, type EmbeddingCache, embeddingKey } from './cached';
export { createEmbedder, type EmbedderOptions } from './create';
export type { Embedder, EmbedderDtype, EmbedderInfo, EmbedderRuntime } from './embedder';
export type { EmbedderKind, FolderReader } from './folder';
export { type EmbedderPromise, lazyEmbedder } from './lazy';
