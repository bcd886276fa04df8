import type { EventInput, HomebodyCode, HomebodyError, ObserveResult } from '../domain';

/** Events that wait for the engine at most; formats.md's bound while consent is pending. */
const MAX_WAITING = 200;
/** Events posted together at most. */
const BATCH = 50;
/** Milliseconds after which a batch that a slow engine did not answer is sent again. */
const RETRY = 2_000;
/** Errors that mean that the engine never answered. */
const UNDELIVERED: HomebodyCode[] = ['timeout', 'worker-died', 'worker-unavailable', 'disposed'];

interface Waiting {
  event: EventInput & { id: string };
  answered: Promise<unknown>;
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
    if (this.#waiting.length >= MAX_WAITING) return Promise.resolve({ status: 'ignored', eventId: event.id });
    let resolve!: Waiting['resolve'];
    const answered = new Promise<ObserveResult>((settle) => {
      const timer = setTimeout(() => settle({ status: 'held', eventId: event.id }), patience);
      resolve = (result) => {
        clearTimeout(timer);
        settle(result);
      };
    });
    this.#waiting.push({ event, answered, resolve });
    void this.flush();
    return answered;
  }

  /** Sends what waits, unless a batch is in flight. Never rejects. */
  async flush(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    let size = BATCH;
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting.slice(0, size);
        const results = await this.#sendBatch(batch);
        if (results === 'later') return;
        // The engine took offence at something in the batch: one by one, so that only that event is lost.
        if (results === 'refused' && batch.length > 1) size = 1;
        else this.#answer(batch, results === 'refused' ? [] : results);
      }
    } finally {
      this.#sending = false;
    }
  }

  async #sendBatch(batch: Waiting[]): Promise<ObserveResult[] | 'later' | 'refused'> {
    try {
      return await this.#send(batch.map(({ event }) => event));
    } catch (error) {
      const code = (error as Partial<HomebodyError>).code;
      // Not handed over: the events stay. The connection flushes when a worker is ready; a slow one is tried again.
      if (code === 'timeout') setTimeout(() => void this.flush(), RETRY);
      return code !== undefined && UNDELIVERED.includes(code) ? 'later' : 'refused';
    }
  }

  #answer(batch: Waiting[], results: ObserveResult[]): void {
    for (const [i, entry] of batch.entries()) {
      const at = this.#waiting.indexOf(entry);
      if (at >= 0) this.#waiting.splice(at, 1);
      entry.resolve(results[i] ?? { status: 'ignored', eventId: entry.event.id });
    }
  }

  /** Resolves when the engine answered for all that waits now, after `patience` ms at the latest: calls keep their order. */
  async settled(patience: number): Promise<void> {
    if (this.#waiting.length === 0) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, patience);
    });
    await Promise.race([late, Promise.all(this.#waiting.map(({ answered }) => answered))]);
    clearTimeout(timer);
  }

  /** Answers everything that waits with `held` but keeps it for a later worker. */
  release(): void {
    for (const { event, resolve } of this.#waiting) resolve({ status: 'held', eventId: event.id });
  }

  /** Forgets everything that waits. */
  drop(): void {
    for (const { event, resolve } of this.#waiting.splice(0)) resolve({ status: 'ignored', eventId: event.id });
  }

  /** What waits, in order. */
  get events(): (EventInput & { id: string })[] {
    return this.#waiting.map(({ event }) => event);
  }
}
