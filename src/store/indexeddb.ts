import { deleteDB, type IDBPTransaction, openDB, type StoreNames } from 'idb';
import { blockedError, openError, writeError } from './errors';
import { GroupCommit } from './group';
import { type Database, databaseName, type HomebodySchema, migrate, SCHEMA_VERSION } from './schema';
import type { Change, EmbeddingRow, Snapshot, Store, StoreLoss } from './types';

export interface OpenStoreOptions {
  scope: string;
  /** Called when the connection is lost; later writes try once to open it again, but never after `erased`. */
  onLost?: (why: StoreLoss) => void;
  /** Milliseconds to wait for an older tab to let go. Default 2,000. */
  blockedTimeout?: number;
  /** Cached embeddings kept. Default 4,000. */
  maxEmbeddings?: number;
}

type Write = IDBPTransaction<HomebodySchema, StoreNames<HomebodySchema>[], 'readwrite'>;
const OPEN_TIMEOUT = 10_000;
const DATA = ['events', 'items', 'checkpoints', 'embeddings'] as const;

/** Opens (and, if need be, creates or migrates) the database of a scope. Rejects with `storage-unavailable` or `storage-blocked`. */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const store = new IndexedDbStore(options);
  await store.connect();
  return store;
}

/** Deletes a scope's database without opening it. */
export async function eraseStore(scope: string, blockedTimeout = 2_000): Promise<void> {
  const name = databaseName(scope);
  if (globalThis.indexedDB === undefined) return;
  await settle(deleteDB(name), blockedTimeout, () => blockedError(name)).catch((error) => {
    throw openError(error);
  });
}

class IndexedDbStore implements Store {
  readonly kind = 'indexeddb';
  readonly name: string;
  private db: Promise<Database> | undefined;
  private readonly group = new GroupCommit<Change>((changes) => this.writeAll(changes));
  private embeddingCount: number | undefined;
  private ended: 'closed' | 'erased' | undefined;

  constructor(private readonly options: OpenStoreOptions) {
    this.name = databaseName(options.scope);
  }

  connect(): Promise<Database> {
    if (this.ended) return Promise.reject(openError(new Error(`the database was ${this.ended}`)));
    this.db ??= this.open().catch((error) => {
      this.db = undefined; // a refusal must not stay cached
      throw openError(error);
    });
    return this.db;
  }

  private async open(): Promise<Database> {
    if (globalThis.indexedDB === undefined) throw new Error('no indexedDB in this context');
    let tellBlocked: (error: Error) => void = () => undefined;
    const blocked = new Promise<never>((_, reject) => {
      tellBlocked = reject;
    });
    const opening = openDB<HomebodySchema>(this.name, SCHEMA_VERSION, {
      upgrade: (db, from, _to, tx) => {
        tx.done.catch(() => undefined); // the opening itself rejects with it
        migrate(db, from, tx);
      },
      blocked: () => {
        setTimeout(() => tellBlocked(blockedError(this.name)), this.options.blockedTimeout ?? 2_000);
      },
      blocking: (_current, newVersion, event) => {
        (event.target as IDBDatabase).close();
        this.lost(newVersion === null ? 'erased' : 'upgraded');
      },
      terminated: () => this.lost('terminated'),
    });
    // A slow disk gets more time than an older tab.
    return settle(Promise.race([opening, blocked]), OPEN_TIMEOUT, () => new Error('opening took too long')).catch(
      (error) => {
        // Whoever comes too late must not keep a connection that nobody holds.
        opening.then(
          (db) => db.close(),
          () => undefined,
        );
        throw error;
      },
    );
  }

  private lost(why: StoreLoss): void {
    this.db = undefined;
    if (why === 'erased') this.ended = 'erased';
    this.options.onLost?.(why);
  }

  async load(): Promise<Snapshot> {
    try {
      const tx = (await this.connect()).transaction(['events', 'items', 'checkpoints']);
      const [events, items, checkpoints] = await Promise.all([
        tx.objectStore('events').index('order').getAll(),
        tx.objectStore('items').getAll(),
        tx.objectStore('checkpoints').getAll(),
        tx.done,
      ]);
      return { events, items, checkpoints };
    } catch (error) {
      throw openError(error);
    }
  }

  commit(change: Change): Promise<void> {
    if (change.clear) this.embeddingCount = undefined;
    return this.group.add(change);
  }

  private writeAll(changes: Change[]): Promise<void> {
    return this.write([...DATA], (tx) => changes.flatMap((change) => apply(tx, change)));
  }

  /** One transaction, durable when it resolves, aborted as a whole when any request fails. */
  private async write(
    stores: StoreNames<HomebodySchema>[],
    body: (tx: Write) => Promise<unknown>[],
    durability: 'strict' | 'relaxed' = 'strict',
  ): Promise<void> {
    try {
      const tx = (await this.connect()).transaction(stores, 'readwrite', { durability });
      try {
        await Promise.all([...body(tx), tx.done]);
      } catch (error) {
        tx.done.catch(() => undefined);
        try {
          tx.abort();
        } catch {
          // It has ended already.
        }
        throw error;
      }
    } catch (error) {
      throw writeError(error);
    }
  }

  async setting<T>(key: string): Promise<T | undefined> {
    try {
      return (await (await this.connect()).get('settings', key)) as T | undefined;
    } catch (error) {
      throw openError(error);
    }
  }

  putSetting(key: string, value: unknown): Promise<void> {
    return this.write(['settings'], (tx) => [tx.objectStore('settings').put(value, key)]);
  }

  async embeddings(model: string, texts: readonly string[]): Promise<(Float32Array | undefined)[]> {
    try {
      const tx = (await this.connect()).transaction('embeddings');
      const rows = await Promise.all(texts.map((text) => tx.store.get([model, text])));
      return rows.map((row) => row?.vector);
    } catch (error) {
      throw openError(error);
    }
  }

  async putEmbeddings(rows: readonly EmbeddingRow[]): Promise<void> {
    await this.write(['embeddings'], (tx) => rows.map((row) => tx.objectStore('embeddings').put(row)), 'relaxed');
    this.embeddingCount ??= await (await this.connect()).count('embeddings');
    this.embeddingCount += rows.length;
    const max = this.options.maxEmbeddings ?? 4_000;
    if (this.embeddingCount > max) await this.trimEmbeddings(max);
  }

  /** Down to nine tenths, oldest first, so that it is not done at every write. */
  private async trimEmbeddings(max: number): Promise<void> {
    const db = await this.connect();
    let over = (await db.count('embeddings')) - Math.floor(max * 0.9);
    const tx = db.transaction('embeddings', 'readwrite', { durability: 'relaxed' });
    for (let cursor = await tx.store.index('at').openCursor(); cursor && over > 0; over -= 1) {
      await cursor.delete();
      cursor = await cursor.continue();
    }
    await tx.done;
    this.embeddingCount = undefined;
  }

  async erase(): Promise<void> {
    await this.close();
    this.ended = 'erased';
    await eraseStore(this.options.scope, this.options.blockedTimeout);
  }

  async close(): Promise<void> {
    await this.group.idle();
    const db = await this.db?.catch(() => undefined);
    this.ended ??= 'closed';
    this.db = undefined;
    db?.close();
  }
}

function apply(tx: Write, change: Change): Promise<unknown>[] {
  const [events, items, checkpoints] = [
    tx.objectStore('events'),
    tx.objectStore('items'),
    tx.objectStore('checkpoints'),
  ];
  const embeddings = change.deleteTexts?.length ? tx.objectStore('embeddings') : undefined;
  return [
    ...(change.clear ? DATA.map((name) => tx.objectStore(name).clear()) : []),
    ...(change.deleteEvents ?? []).map((seq) => events.delete(seq)),
    ...(change.addEvents ?? []).map((event) => events.add(event)),
    ...(change.deleteItems ?? []).map((id) => items.delete(id)),
    ...(change.putItems ?? []).map((row) => items.put(row)),
    ...(change.dropCheckpointsFrom
      ? [checkpoints.delete(IDBKeyRange.lowerBound([...change.dropCheckpointsFrom]))]
      : []),
    ...(change.putCheckpoints ?? []).map((row) => checkpoints.put(row)),
    ...(change.deleteCheckpoints ?? []).map((at) => checkpoints.delete([...at])),
    ...(embeddings
      ? change.deleteTexts!.map(async (text) => {
          const keys = await embeddings.index('text').getAllKeys(text);
          await Promise.all(keys.map((key) => embeddings.delete(key)));
        })
      : []),
  ];
}

/** `promise`, or what `late` makes after `ms`. */
function settle<T>(promise: Promise<T>, ms: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
