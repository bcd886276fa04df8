import type { IDBPTransaction, StoreNames } from 'idb';
import { deleteDatabase, openDatabase } from './connection';
import { openError, writeError } from './errors';
import { GroupCommit } from './group';
import { type Database, databaseName, type HomebodySchema } from './schema';
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
const DATA = ['events', 'items', 'checkpoints', 'embeddings'] as const;

/** A store in one IndexedDB database of one factory (the origin's own, or a storage bucket's). */
export class IndexedDbStore implements Store {
  readonly kind = 'indexeddb';
  readonly name: string;
  private db: Promise<Database> | undefined;
  private readonly group = new GroupCommit<Change>((changes) => this.writeAll(changes));
  private embeddingCount: number | undefined;
  private ended: 'closed' | 'erased' | undefined;
  /** The browser said that it found the database damaged and began an empty one (Chromium alone tells). */
  damaged: string | undefined;

  constructor(
    private readonly options: OpenStoreOptions,
    private readonly factory: IDBFactory | undefined,
  ) {
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

  private open(): Promise<Database> {
    if (this.factory === undefined) return Promise.reject(new Error('no indexedDB in this context'));
    return openDatabase(this.factory, this.name, {
      blockedTimeout: this.options.blockedTimeout,
      onDamaged: (why) => {
        this.damaged = why;
      },
      onLost: (why) => this.lost(why),
    });
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

  /** Keys of the log and of the fact table, without their values. */
  async keys(): Promise<{ events: number[]; items: string[] }> {
    try {
      const tx = (await this.connect()).transaction(['events', 'items']);
      const [events, items] = await Promise.all([
        tx.objectStore('events').getAllKeys(),
        tx.objectStore('items').getAllKeys(),
        tx.done,
      ]);
      return { events, items };
    } catch (error) {
      throw openError(error);
    }
  }

  /** Every setting, by key. */
  async settings(): Promise<[string, unknown][]> {
    const tx = (await this.connect()).transaction('settings');
    const [keys, values] = await Promise.all([tx.store.getAllKeys(), tx.store.getAll(), tx.done]);
    return keys.map((key, n) => [key, values[n]]);
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
    if (this.factory) await deleteDatabase(this.factory, this.name, this.options.blockedTimeout);
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
