import type { ItemFacts, LoggedEvent, Vector } from '../domain';

/** The vector accepted for an item and a model: as the shop shipped it, or the raw text embedding made on the device. */
export type FrozenVector = { model: string; shipped: Vector } | { model: string; embedder: string; text: Float32Array };

/** A row of the fact table. The state is a pure function of (model, log, these rows). */
export interface ItemRow {
  id: string;
  facts: ItemFacts;
  vector?: FrozenVector;
}

/** A serialised interest state: what replaying the log up to and with (`time`, `seq`) gave. Only ever a cache. */
export interface CheckpointRow {
  time: number;
  seq: number;
  /** Events of the log up to and with this one; a cheap check that the log below is still the same. */
  count: number;
  model: string;
  /** Executor, its build and device: bits are promised within one only. */
  fingerprint: string;
  state: Uint8Array;
}

/** A position in the log's order. */
export type Position = readonly [time: number, seq: number];

export interface EmbeddingRow {
  model: string;
  text: string;
  vector: Float32Array;
  /** Unix ms of the last write; the oldest are dropped first. */
  at: number;
}

export interface Snapshot {
  /** In (time, seq) order. */
  events: LoggedEvent[];
  items: ItemRow[];
  /** In (time, seq) order. */
  checkpoints: CheckpointRow[];
}

/** One atomic, durable change. What is absent stays as it is. */
export interface Change {
  /** First of all everything but settings goes. */
  clear?: boolean;
  addEvents?: readonly LoggedEvent[];
  deleteEvents?: readonly number[];
  putItems?: readonly ItemRow[];
  deleteItems?: readonly string[];
  /** Checkpoints at or after this position go. */
  dropCheckpointsFrom?: Position;
  putCheckpoints?: readonly CheckpointRow[];
  /** Checkpoints at exactly these positions go, after the ones above were put. */
  deleteCheckpoints?: readonly Position[];
  /** Cached embeddings of these texts go, for every model. */
  deleteTexts?: readonly string[];
}

/**
 * Where a shopper's data is kept. Every write resolves when it is durable and rejects with a `HomebodyError`
 * (`storage-write-failed`, `storage-unavailable`, `storage-blocked`), having changed nothing.
 */
export interface Store {
  readonly kind: 'indexeddb' | 'memory';
  readonly name: string;
  load(): Promise<Snapshot>;
  /** Atomic, in the order of the calls. Changes that arrive while another is being written share the next transaction. */
  commit(change: Change): Promise<void>;
  setting<T>(key: string): Promise<T | undefined>;
  putSetting(key: string, value: unknown): Promise<void>;
  /** Cached raw embeddings, one entry per text. */
  embeddings(model: string, texts: readonly string[]): Promise<(Float32Array | undefined)[]>;
  putEmbeddings(rows: readonly EmbeddingRow[]): Promise<void>;
  /** Deletes the whole database; the store is closed afterwards. */
  erase(): Promise<void>;
  /** Waits for what is being written, then closes. */
  close(): Promise<void>;
}

/** Told when the connection is lost under us: by a newer tab's upgrade, by a deletion, or by the browser. */
export type StoreLoss = 'upgraded' | 'erased' | 'terminated';
