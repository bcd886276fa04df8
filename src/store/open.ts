import { deleteBucket, openBucket } from './bucket';
import { deleteDatabase } from './connection';
import { IndexedDbStore, type OpenStoreOptions } from './indexeddb';
import { MirroredStore } from './mirror';
import { databaseName } from './schema';
import type { Store } from './types';

export interface StoreOptions extends OpenStoreOptions {
  /** Told after opening when the browser had thrown the database away: how many events the copy brought back. */
  onDamaged?: (why: string, restored: number) => void;
}

/**
 * Opens (and, if need be, creates or migrates) the database of a scope, and its copy where the browser has storage
 * buckets. Rejects with `storage-unavailable` or `storage-blocked`.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const main = new IndexedDbStore(options, globalThis.indexedDB);
  await main.connect();
  const copy = await openCopy(options);
  const store = new MirroredStore(main, copy, () => deleteBucket(options.scope));
  const outcome = await store.reconcile();
  if (main.damaged !== undefined) options.onDamaged?.(main.damaged, outcome?.restored ?? 0);
  return store;
}

/** Deletes a scope's database and its copy without opening them; the copy first, so that nothing can come back. */
export async function eraseStore(scope: string, blockedTimeout?: number): Promise<void> {
  await deleteBucket(scope);
  if (globalThis.indexedDB) await deleteDatabase(globalThis.indexedDB, databaseName(scope), blockedTimeout);
}

/** A browser that refuses the copy still has the database itself. */
async function openCopy({ scope }: StoreOptions): Promise<IndexedDbStore | undefined> {
  try {
    const factory = await openBucket(scope);
    if (!factory) return undefined;
    const copy = new IndexedDbStore({ scope }, factory);
    await copy.connect();
    return copy;
  } catch {
    return undefined;
  }
}
