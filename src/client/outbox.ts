import type { EventInput, ObserveResult } from '../domain';

/** Events that wait for the engine at most; formats.md's bound while consent is pending. */
const MAX_WAITING = 200;
/** Events posted together at most. */
const BATCH = 50;

interface Waiting {
  event: EventInput & { id: string };
  resolve(result: ObserveResult): void;
}

/**
 * Events on their way to the engine, in order, one batch in flight. An event leaves only when the engine answered for
 * it; when a worker dies, what was not answered is sent again to the next one (its id makes that harmless).
 */
export class Outbox {
  readonly #send: (events: EventInput[]) => Promise<ObserveResult[]>;
  readonly #waiting: Waiting[] = [];
  #sending = false;

  /** `send` rejects when the events could not be handed over; they then wait for the next {@link flush}. */
  constructor(send: (events: EventInput[]) => Promise<ObserveResult[]>) {
    this.#send = send;
  }

  /** Resolves when the engine answered for the event; `held` after `patience` ms, while it goes on waiting here. */
  add(event: EventInput & { id: string }, patience: number): Promise<ObserveResult> {
    return new Promise((resolve) => {
      if (this.#waiting.length >= MAX_WAITING) {
        resolve({ status: 'ignored', eventId: event.id });
        return;
      }
      const timer = setTimeout(() => resolve({ status: 'held', eventId: event.id }), patience);
      this.#waiting.push({
        event,
        resolve: (result) => {
          clearTimeout(timer);
          resolve(result);
        },
      });
      void this.flush();
    });
  }

  /** Sends what waits, unless a batch is in flight. Never rejects. */
  async flush(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting.slice(0, BATCH);
        const results = await this.#send(batch.map(({ event }) => event));
        for (const [i, entry] of batch.entries()) {
          const at = this.#waiting.indexOf(entry);
          if (at >= 0) this.#waiting.splice(at, 1);
          entry.resolve(results[i] ?? { status: 'held', eventId: entry.event.id });
        }
      }
    } catch {
      // Not handed over: the events stay. The connection has told its diagnostics, and flushes when a worker is ready.
    } finally {
      this.#sending = false;
    }
  }

  /** Answers everything that waits with `held` but keeps it for a later worker. */
  release(): void {
    for (const { event, resolve } of this.#waiting) resolve({ status: 'held', eventId: event.id });
  }

  /** Forgets everything that waits. */
  drop(): void {
    for (const { event, resolve } of this.#waiting.splice(0)) resolve({ status: 'ignored', eventId: event.id });
  }

  get size(): number {
    return this.#waiting.length;
  }
}
