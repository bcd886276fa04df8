import type { LoggedEvent } from '../domain';
import { eventItems, isStep } from '../model';
import type { Position } from '../store';

function before(a: LoggedEvent, b: Pick<LoggedEvent, 'time' | 'seq'>): boolean {
  return a.time !== b.time ? a.time < b.time : a.seq < b.seq;
}

/** The retained event log in memory, in (time, seq) order. */
export class EventLog {
  readonly events: LoggedEvent[];
  private readonly ids = new Map<string, LoggedEvent>();
  /** Every item that an event is about: most questions about others end here. */
  private readonly about = new Set<string>();
  private next: number;

  constructor(events: LoggedEvent[] = []) {
    this.events = events;
    for (const event of events) this.note(event);
    this.next = events.reduce((top, event) => Math.max(top, event.seq), 0) + 1;
  }

  private note(event: LoggedEvent): void {
    this.ids.set(event.id, event);
    for (const { id } of eventItems(event)) this.about.add(id);
  }

  get length(): number {
    return this.events.length;
  }

  /** The next arrival number. */
  takeSeq(): number {
    return this.next++;
  }

  get(id: string): LoggedEvent | undefined {
    return this.ids.get(id);
  }

  /** Index of the first event at or after a position. */
  indexOf(at: Pick<LoggedEvent, 'time' | 'seq'>): number {
    let low = 0;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (before(this.events[middle]!, at)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Inserts at its place and returns the index; the end, unless it is a backfill. */
  insert(event: LoggedEvent): number {
    const index = this.indexOf(event);
    if (index === this.events.length) this.events.push(event);
    else this.events.splice(index, 0, event);
    this.note(event);
    return index;
  }

  /**
   * Maps every event: itself (kept), another with the same id, time and seq (rewritten) or nothing (removed).
   * Returns what changed and the index of the first change in the new order.
   */
  rewrite(map: (event: LoggedEvent) => LoggedEvent | undefined): {
    removed: LoggedEvent[];
    rewritten: LoggedEvent[];
    first: number;
  } {
    const [removed, rewritten, kept]: LoggedEvent[][] = [[], [], []];
    let first = Number.POSITIVE_INFINITY;
    for (const event of this.events) {
      const mapped = map(event);
      if (mapped !== event) first = Math.min(first, kept!.length);
      if (!mapped) removed!.push(event);
      else {
        if (mapped !== event) rewritten!.push(mapped);
        kept!.push(mapped);
      }
    }
    this.events.length = 0;
    this.ids.clear();
    this.about.clear();
    for (const event of kept!) {
      this.events.push(event);
      this.note(event);
    }
    return { removed: removed!, rewritten: rewritten!, first };
  }

  replace(events: readonly LoggedEvent[]): void {
    this.rewrite(() => undefined);
    for (const event of events) this.insert(event);
    this.next = events.reduce((top, event) => Math.max(top, event.seq), 0) + 1;
  }

  /** Index of the first event about an item (`steps`: that is a step of the LSTM); -1 when there is none. */
  firstAbout(itemId: string, which: 'steps' | 'all'): number {
    if (!this.about.has(itemId)) return -1;
    return this.events.findIndex(
      (event) => (which === 'all' || isStep(event.name)) && eventItems(event).some((item) => item.id === itemId),
    );
  }

  /** Is an event about this item? */
  isAbout(itemId: string): boolean {
    return this.about.has(itemId);
  }

  position(index: number): Position {
    const { time, seq } = this.events[index]!;
    return [time, seq];
  }
}
