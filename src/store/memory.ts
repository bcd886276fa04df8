import type { LoggedEvent } from '../domain';
import { writeError } from './errors';
import type { Change, CheckpointRow, EmbeddingRow, ItemRow, Snapshot, Store } from './types';

/** The same interface without a disk: while consent is pending, and where IndexedDB cannot be used. Gone with the worker. */
export class MemoryStore implements Store {
  readonly kind = 'memory';
  readonly name = 'memory';
  private readonly events = new Map<number, LoggedEvent>();
  private readonly items = new Map<string, ItemRow>();
  private readonly checkpoints = new Map<string, CheckpointRow>();
  private readonly cache = new Map<string, EmbeddingRow>();
  private readonly settings = new Map<string, unknown>();

  constructor(private readonly maxEmbeddings = 1_000) {}

  async load(): Promise<Snapshot> {
    const order = <T extends { time: number; seq: number }>(rows: Iterable<T>): T[] =>
      [...rows].sort((a, b) => a.time - b.time || a.seq - b.seq);
    return {
      events: order(this.events.values()),
      items: [...this.items.values()],
      checkpoints: order(this.checkpoints.values()),
    };
  }

  async commit(change: Change): Promise<void> {
    if (change.clear) for (const table of [this.events, this.items, this.checkpoints, this.cache]) table.clear();
    const ids = new Set([...this.events.values()].map((event) => event.id));
    const clash = change.addEvents?.find((event) => ids.has(event.id) || this.events.has(event.seq));
    if (clash) throw writeError(new DOMException(`event ${clash.id} is there already`, 'ConstraintError'));
    for (const seq of change.deleteEvents ?? []) this.events.delete(seq);
    for (const event of change.addEvents ?? []) this.events.set(event.seq, event);
    for (const id of change.deleteItems ?? []) this.items.delete(id);
    for (const row of change.putItems ?? []) this.items.set(row.id, row);
    const from = change.dropCheckpointsFrom;
    if (from) {
      for (const [key, row] of this.checkpoints) {
        if (row.time > from[0] || (row.time === from[0] && row.seq >= from[1])) this.checkpoints.delete(key);
      }
    }
    for (const row of change.putCheckpoints ?? []) this.checkpoints.set(`${row.time}/${row.seq}`, row);
    for (const [time, seq] of change.deleteCheckpoints ?? []) this.checkpoints.delete(`${time}/${seq}`);
    const texts = new Set(change.deleteTexts);
    for (const [key, row] of this.cache) if (texts.has(row.text)) this.cache.delete(key);
  }

  async setting<T>(key: string): Promise<T | undefined> {
    return this.settings.get(key) as T | undefined;
  }

  async putSetting(key: string, value: unknown): Promise<void> {
    this.settings.set(key, value);
  }

  async embeddings(model: string, texts: readonly string[]): Promise<(Float32Array | undefined)[]> {
    return texts.map((text) => this.cache.get(`${model}\n${text}`)?.vector);
  }

  async putEmbeddings(rows: readonly EmbeddingRow[]): Promise<void> {
    for (const row of rows) this.cache.set(`${row.model}\n${row.text}`, row);
    // A Map keeps the order of insertion: the first key is the oldest.
    for (const key of this.cache.keys()) {
      if (this.cache.size <= this.maxEmbeddings) break;
      this.cache.delete(key);
    }
  }

  async erase(): Promise<void> {
    for (const table of [this.events, this.items, this.checkpoints, this.cache, this.settings]) table.clear();
  }

  async close(): Promise<void> {}
}
