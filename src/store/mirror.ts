import { openError } from './errors';
import type { IndexedDbStore } from './indexeddb';
import type { Change, EmbeddingRow, Snapshot, Store } from './types';

/**
 * A store kept twice: what cannot be made again (log, fact table, settings) also goes into a second database in a
 * storage bucket, that is in other files.
 *
 * Why: killed in the middle of a write, Chromium can leave half a record at the end of its LevelDB journal, append to
 * it at the next start, and then, at the start after that, find a wrong checksum and throw the whole database away:
 * about one kill in a hundred while events stream in (docs/decisions/state-and-store.md). It says so in the upgrade's
 * event, and then the copy restores it. The copy is always written first and on its own: one kill cannot hurt both,
 * and what was forgotten is never restored.
 */
export class MirroredStore implements Store {
  readonly kind = 'indexeddb';
  readonly name: string;
  /** Settles when the copy has all that was handed in; absent until the first write to it. */
  private copied: Promise<unknown> | undefined;

  constructor(
    private readonly main: IndexedDbStore,
    private copy: IndexedDbStore | undefined,
    private readonly eraseCopy: () => Promise<void>,
  ) {
    this.name = main.name;
  }

  /** After both are open: restores the one from the other, or brings the copy up to date. Resolves to what was restored. */
  async reconcile(): Promise<{ restored: number } | undefined> {
    const { main, copy } = this;
    if (!copy) return undefined;
    if (main.damaged !== undefined && copy.damaged === undefined) {
      const { events, items } = await copy.load();
      await main.commit({ clear: true, addEvents: events, putItems: items });
      for (const [key, value] of await copy.settings()) await main.putSetting(key, value);
      return { restored: events.length };
    }
    // Killed between the two writes, the copy is ahead by what was never acknowledged; made now, it is empty.
    const [ours, theirs] = await Promise.all([main.keys(), copy.keys()]);
    const change: Change = {
      deleteEvents: without(theirs.events, ours.events),
      deleteItems: without(theirs.items, ours.items),
    };
    const events = new Set(without(ours.events, theirs.events));
    const items = new Set(without(ours.items, theirs.items));
    if (events.size + items.size > 0) {
      const all = await main.load();
      change.addEvents = all.events.filter((event) => events.has(event.seq));
      change.putItems = all.items.filter((item) => items.has(item.id));
    }
    if (irreplaceable(change)) await copy.commit(change);
    const known = new Map((await copy.settings()).map(([key, value]) => [key, JSON.stringify(value)]));
    for (const [key, value] of await main.settings()) {
      if (known.get(key) !== JSON.stringify(value)) await copy.putSetting(key, value);
    }
    return undefined;
  }

  load(): Promise<Snapshot> {
    return this.main.load();
  }

  commit(change: Change): Promise<void> {
    const kept = irreplaceable(change);
    return this.both(kept && ((copy) => copy.commit(kept)), () => this.main.commit(change));
  }

  setting<T>(key: string): Promise<T | undefined> {
    return this.main.setting(key);
  }

  putSetting(key: string, value: unknown): Promise<void> {
    return this.both(
      (copy) => copy.putSetting(key, value),
      () => this.main.putSetting(key, value),
    );
  }

  embeddings(model: string, texts: readonly string[]): Promise<(Float32Array | undefined)[]> {
    return this.main.embeddings(model, texts);
  }

  putEmbeddings(rows: readonly EmbeddingRow[]): Promise<void> {
    return this.main.putEmbeddings(rows);
  }

  async erase(): Promise<void> {
    await this.copied;
    await this.dropCopy();
    await this.main.erase();
  }

  async close(): Promise<void> {
    await this.copied;
    await this.copy?.close();
    await this.main.close();
  }

  /** First the copy, then the main database; what needs no copy still keeps its turn. */
  private both(first: ((copy: IndexedDbStore) => Promise<void>) | undefined, then: () => Promise<void>): Promise<void> {
    if (!this.copy && !this.copied) return then(); // at once, so that calls made together share a transaction
    const turn: Promise<unknown> =
      this.copy && first
        ? first(this.copy).catch(() => this.dropCopy()) // a stale copy could bring back what was forgotten
        : (this.copied ?? Promise.resolve());
    this.copied = turn.catch(() => undefined);
    return turn.then(then);
  }

  private async dropCopy(): Promise<void> {
    const copy = this.copy;
    this.copy = undefined;
    try {
      await copy?.close();
      await this.eraseCopy();
    } catch (error) {
      throw openError(error);
    }
  }
}

function irreplaceable({ clear, addEvents, deleteEvents, putItems, deleteItems }: Change): Change | undefined {
  const kept: Change = { clear, addEvents, deleteEvents, putItems, deleteItems };
  return Object.values(kept).some((part) => part === true || (Array.isArray(part) && part.length > 0))
    ? kept
    : undefined;
}

function without<T>(all: readonly T[], some: readonly T[]): T[] {
  const gone = new Set(some);
  return all.filter((each) => !gone.has(each));
}
