import type { ItemFacts } from '../domain';
import {
  advance,
  createState,
  deserializeState,
  type InterestModel,
  type InterestState,
  type ItemVector,
  type LoadedLstm,
  serializeState,
  stepsOf,
} from '../model';
import type { CheckpointRow } from '../store';
import type { EventLog } from './log';

/** A model made ready on an executor. */
export interface ReadyModel {
  model: InterestModel;
  lstm: LoadedLstm;
  /** Executor, its build and device, and our own build: bits are promised within one. */
  fingerprint: string;
}

export type Lookup = (id: string) => { facts?: ItemFacts; vector?: ItemVector } | undefined;

export interface TimelineOptions {
  /** Events between checkpoints. Default 256. */
  spacing?: number;
  /** Checkpoints kept in memory, the newest. Default 8. */
  keep?: number;
  /** Events taken before others get a turn. Default: up to the next checkpoint. */
  slice?: number;
  /** Awaited between slices. */
  pause?: () => Promise<void>;
  onCheckpoint?: (row: CheckpointRow, dropped: CheckpointRow[]) => void;
}

/**
 * The interest state, kept equal to a replay of the log. Whoever changes the log or the fact table calls {@link touch}
 * with the index of the first event that reads differently now; {@link settle} goes back to the newest checkpoint before
 * it and takes the rest again. New events at the end need no touch.
 */
export class Timeline {
  private live: InterestState;
  private applied = 0;
  private dirty = Number.POSITIVE_INFINITY;
  private running: Promise<void> | undefined;
  private checkpoints: CheckpointRow[] = [];
  private disposed = false;

  constructor(
    readonly ready: ReadyModel,
    private readonly log: EventLog,
    private readonly lookup: Lookup,
    private options: TimelineOptions = {},
  ) {
    this.live = createState(ready.model);
  }

  /** The settled state. Read it in the turn in which {@link settle} resolved; never write into it. */
  get state(): InterestState {
    return this.live;
  }

  get isSettled(): boolean {
    return this.dirty === Number.POSITIVE_INFINITY && this.applied === this.log.length;
  }

  touch(index: number): void {
    this.dirty = Math.min(this.dirty, index);
  }

  /** Starts from stored checkpoints: those of this model and executor whose place in the log is still the same. */
  restore(rows: readonly CheckpointRow[]): void {
    const { model, fingerprint } = this.ready;
    this.checkpoints = rows
      .filter((row) => row.model === model.manifest.id && row.fingerprint === fingerprint)
      .filter((row) => {
        const event = this.log.events[row.count - 1];
        return event?.time === row.time && event.seq === row.seq;
      })
      .slice(-(this.options.keep ?? 8));
    this.touch(this.log.length);
    this.rewind();
  }

  /** Resolves when the state is that of the whole log. Rejects when the executor does; the next call tries again. */
  async settle(): Promise<void> {
    while (!this.isSettled) {
      if (this.disposed) return;
      this.running ??= this.run().finally(() => {
        this.running = undefined;
      });
      await this.running;
    }
  }

  private async run(): Promise<void> {
    const spacing = this.options.spacing ?? 256;
    while (!this.isSettled && !this.disposed) {
      if (this.dirty < Number.POSITIVE_INFINITY) this.rewind();
      const boundary = (Math.floor(this.applied / spacing) + 1) * spacing;
      const end = Math.min(this.log.length, boundary, this.applied + (this.options.slice ?? spacing));
      const steps = this.log.events.slice(this.applied, end).flatMap((event) => stepsOf(event, this.lookup));
      await advance(this.ready.model, this.ready.lstm, this.live, steps);
      this.applied = end;
      // What changed below us meanwhile is seen at the next turn; a checkpoint of it would be wrong.
      if (this.applied === boundary && this.dirty >= this.applied) this.checkpoint();
      if (this.options.pause && !this.isSettled) await this.options.pause();
    }
  }

  /** Back to the newest checkpoint that no change reaches. */
  private rewind(): void {
    const dirty = this.dirty;
    this.dirty = Number.POSITIVE_INFINITY;
    this.checkpoints = this.checkpoints.filter((row) => row.count <= dirty);
    if (dirty >= this.applied && this.applied > 0) return;
    this.applied = 0;
    this.live = createState(this.ready.model);
    while (this.checkpoints.length > 0) {
      const newest = this.checkpoints.at(-1)!;
      try {
        this.live = deserializeState(this.ready.model, newest.state);
        this.applied = newest.count;
        return;
      } catch {
        this.checkpoints.pop(); // of another version, or damaged: an older one, or the log itself, has it all
      }
    }
  }

  /** From now on someone waits: no pauses between slices. */
  hurry(): void {
    this.options = { ...this.options, slice: undefined, pause: undefined };
  }

  /** The settled state as a row to be stored; nothing when there is no event. */
  snapshot(): CheckpointRow | undefined {
    const last = this.log.events[this.applied - 1];
    if (!last || this.dirty < this.applied) return undefined;
    return {
      time: last.time,
      seq: last.seq,
      count: this.applied,
      model: this.ready.model.manifest.id,
      fingerprint: this.ready.fingerprint,
      state: serializeState(this.live),
    };
  }

  private checkpoint(): void {
    const row = this.snapshot();
    if (!row) return;
    this.checkpoints.push(row);
    const over = this.checkpoints.length - (this.options.keep ?? 8);
    const dropped = over > 0 ? this.checkpoints.splice(0, over) : [];
    this.options.onCheckpoint?.(row, dropped);
  }

  /** Bytes of the live state, and of a replay of the same log from nothing. */
  async verify(): Promise<{ live: Uint8Array; replay: Uint8Array }> {
    await this.settle();
    const live = serializeState(this.live);
    const steps = this.log.events.flatMap((event) => stepsOf(event, this.lookup));
    const fresh = createState(this.ready.model);
    await advance(this.ready.model, this.ready.lstm, fresh, steps);
    return { live, replay: serializeState(fresh) };
  }

  dispose(): void {
    this.disposed = true;
    this.ready.lstm.dispose();
  }
}
