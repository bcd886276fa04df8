import type { DBSchema, IDBPDatabase, IDBPTransaction, StoreNames } from 'idb';
import type { LoggedEvent } from '../domain';
import type { CheckpointRow, EmbeddingRow, ItemRow } from './types';

/** The database `homebody-<scope>`, at the newest version. */
export interface HomebodySchema extends DBSchema {
  events: { key: number; value: LoggedEvent; indexes: { id: string; order: [number, number] } };
  items: { key: string; value: ItemRow };
  embeddings: { key: [string, string]; value: EmbeddingRow; indexes: { text: string; at: number } };
  checkpoints: { key: [number, number]; value: CheckpointRow };
  settings: { key: string; value: unknown };
}

export type Database = IDBPDatabase<HomebodySchema>;
export type Upgrade = IDBPTransaction<HomebodySchema, StoreNames<HomebodySchema>[], 'versionchange'>;

/**
 * `MIGRATIONS[n]` takes a database from version n to n + 1. Never edit one that was published: add another.
 * A fresh database runs them all, so there is one way to reach the newest schema.
 */
const MIGRATIONS: ((db: Database, tx: Upgrade) => void)[] = [
  // 1: the log, the fact table, settings
  (db) => {
    const events = db.createObjectStore('events', { keyPath: 'seq' });
    events.createIndex('id', 'id', { unique: true });
    db.createObjectStore('items', { keyPath: 'id' });
    db.createObjectStore('settings');
  },
  // 2: the log in its own order, checkpoints of the state, the cache of text embeddings
  (db, tx) => {
    tx.objectStore('events').createIndex('order', ['time', 'seq'], { unique: true });
    db.createObjectStore('checkpoints', { keyPath: ['time', 'seq'] });
    const embeddings = db.createObjectStore('embeddings', { keyPath: ['model', 'text'] });
    embeddings.createIndex('text', 'text');
    embeddings.createIndex('at', 'at');
  },
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/** Brings a database of any older version (0: new) to the newest. Runs inside the `versionchange` transaction: all or nothing. */
export function migrate(db: Database, from: number, tx: Upgrade): void {
  for (const step of MIGRATIONS.slice(from)) step(db, tx);
}

/** Name of the database of a scope. */
export function databaseName(scope: string): string {
  return `homebody-${scope}`;
}
