/** Where a shopper's data is kept on the device: event log, fact table, checkpoints, embeddings and settings, in IndexedDB or in memory. */

export { MemoryStore } from './memory';
export { eraseStore, openStore, type StoreOptions } from './open';
export { databaseName, SCHEMA_VERSION } from './schema';
export type {
  Change,
  CheckpointRow,
  EmbeddingRow,
  FrozenVector,
  ItemRow,
  Position,
  Snapshot,
  Store,
  StoreLoss,
} from './types';
