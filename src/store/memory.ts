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
  private readonly embeddings = new Map<string, EmbeddingRow>();
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
    const texts = new Set(change.deleteTexts);
    for (const [key, row] of this.embeddings) if (texts.has(row.text)) this.embeddings.delete(key);
  }

  async replace(snapshot: Snapshot): Promise<void> {
    for (const table of [this.events, this.items, this.checkpoints, this.embeddings]) table.clear();
    await this.commit({
      addEvents: snapshot.events,
      putItems: snapshot.items,
      putCheckpoints: snapshot.checkpoints,
    });
  }

  async setting<T>(key: string): Promise<T | undefined> {
    return this.settings.get(key) as T | undefined;
  }

  async putSetting(key: string, value: unknown): Promise<void> {
    this.settings.set(key, value);
  }

  async embedding(model: string, text: string): Promise<Float32Array | undefined> {
    return this.embeddings.get(`${model}\n${text}`)?.vector;
  }

  async putEmbedding(model: string, text: string, vector: Float32Array, at: number): Promise<void> {
    this.embeddings.set(`${model}\n${text}`, { model, text, vector, at });
    // A Map keeps the order of insertion: the first key is the oldest.
    if (this.embeddings.size > this.maxEmbeddings) this.embeddings.delete(this.embeddings.keys().next().value!);
  }

  async erase(): Promise<void> {
    for (const table of [this.events, this.items, this.checkpoints, this.embeddings, this.settings]) table.clear();
  }

  async close(): Promise<void> {}
}
