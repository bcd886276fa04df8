import { type BirpcReturn, createBirpc } from 'birpc';
import { HomebodyError, reviveError } from '../domain';
import type { EngineApi, EngineEvents } from '../engine';

type Rpc = BirpcReturn<EngineApi, EngineEvents>;

/** Milliseconds after which a worker that did not die counts as healthy: earlier deaths are forgotten. */
const HEALTHY_AFTER = 60_000;

export interface ConnectionParts {
  /** Makes the worker; may throw. */
  spawn(): Worker;
  /** First call on every new worker. */
  init(rpc: Rpc): Promise<unknown>;
  events: EngineEvents;
  /** Milliseconds before each new start of a worker that died; after the last it is given up. */
  restarts: readonly number[];
  /** Milliseconds that a silent worker has to answer anything at all before it counts as dead. */
  patience: number;
  /** Resolves when the page is idle enough to load the engine. */
  idle(): Promise<void>;
  /** A worker died or did not start. `final`: it will not be started again. */
  onFailure(error: HomebodyError, final: boolean): void;
  /** A worker is ready: what waited can be sent. */
  onReady(): void;
}

interface Attempt {
  worker?: Worker;
  rpc?: Rpc;
  ready: Promise<Rpc>;
  fail(error: HomebodyError): void;
  /** When the last frame came, ms. */
  heard: number;
  pinging: boolean;
  over: boolean;
}

/** One worker at a time: started when first needed, started again when it dies, given up after the last restart. */
export class Connection {
  readonly #parts: ConnectionParts;
  #attempt: Attempt | undefined;
  #failures = 0;
  #closed: HomebodyError | undefined;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  /** Whether a worker runs or is being started. */
  get running(): boolean {
    return this.#attempt !== undefined && !this.#closed;
  }

  /** Whether the worker was given up or the connection closed. */
  get over(): boolean {
    return this.#closed !== undefined;
  }

  /** Starts the worker unless one runs; never rejects. */
  start(): void {
    if (!this.#attempt && !this.#closed) this.#begin(this.#parts.idle());
  }

  /**
   * Runs `use` on a ready worker. Rejects with `timeout`, `aborted`, `worker-died`, `worker-unavailable`, `disposed`
   * or with what the engine answered.
   */
  async call<T>(use: (rpc: Rpc) => Promise<T>, timeout: number, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) throw aborted(signal);
    if (this.#closed) throw this.#closed;
    this.start();
    const attempt = this.#attempt!;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let onAbort: (() => void) | undefined;
    const stopped = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new HomebodyError('timeout', `The engine gave no answer in ${timeout} ms.`));
        void this.#ping(attempt);
      }, timeout);
      onAbort = () => reject(aborted(signal!));
      signal?.addEventListener('abort', onAbort);
    });
    try {
      return await Promise.race([attempt.ready.then(use), stopped]);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort!);
    }
  }

  /** Ends the worker; every call in flight and every later one rejects with `error`. */
  close(error: HomebodyError): void {
    this.#closed = error;
    const attempt = this.#attempt;
    if (attempt) this.#end(attempt, error);
  }

  #begin(when: Promise<void>): void {
    let fail!: (error: HomebodyError) => void;
    const failed = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const attempt: Attempt = { heard: 0, pinging: false, over: false, fail, ready: failed };
    attempt.ready = Promise.race([failed, when.then(() => this.#connect(attempt))]);
    // Callers race on `ready`; without one, its rejection must not reach the page as unhandled.
    attempt.ready.then(
      () => this.#parts.onReady(),
      (error) => this.#died(attempt, asUnavailable(error)),
    );
    this.#attempt = attempt;
  }

  async #connect(attempt: Attempt): Promise<Rpc> {
    if (attempt.over) return new Promise(() => {});
    const worker = this.#parts.spawn();
    attempt.worker = worker;
    let initialised = false;
    // Before `init` an error means that the script did not load; later, that something in the engine was not caught:
    // its state can no longer be trusted, and the log on disk can, so the worker is started again.
    const onError = (event: Event) => {
      event.preventDefault();
      const text = (event as ErrorEvent).message || 'the script could not be loaded';
      this.#died(attempt, new HomebodyError(initialised ? 'worker-died' : 'worker-unavailable', text, { remedy }));
    };
    worker.addEventListener('error', onError);
    const rpc = createBirpc<EngineApi, EngineEvents>(this.#parts.events, {
      post: (frame) => worker.postMessage(frame),
      on: (receive) => {
        worker.addEventListener('message', (event: MessageEvent<unknown>) => {
          attempt.heard = performance.now();
          const frame = readFrame(event.data);
          if (frame && !attempt.over) receive(frame);
        });
      },
      timeout: -1,
      // Only `events` may be called from the worker.
      resolver: (name, method) => (Object.hasOwn(this.#parts.events, name) ? method : undefined),
    });
    attempt.rpc = rpc;
    await this.#parts.init(rpc);
    initialised = true;
    const mark = this.#failures;
    setTimeout(() => {
      if (!attempt.over && this.#failures === mark) this.#failures = 0;
    }, HEALTHY_AFTER);
    return rpc;
  }

  /** A call timed out: is the worker slow or dead? Any frame will do, so an unknown method is asked for. */
  async #ping(attempt: Attempt): Promise<void> {
    if (attempt.over || attempt.pinging || !attempt.rpc) return;
    attempt.pinging = true;
    const asked = performance.now();
    attempt.rpc.$callRaw({ method: 'ping', args: [] }).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, this.#parts.patience));
    attempt.pinging = false;
    if (attempt.heard < asked) {
      this.#died(
        attempt,
        new HomebodyError('worker-died', `The engine was silent for ${this.#parts.patience} ms.`, { remedy }),
      );
    }
  }

  #died(attempt: Attempt, error: HomebodyError): void {
    if (attempt.over || this.#closed) return;
    this.#end(attempt, error);
    const delay = this.#parts.restarts[this.#failures++];
    const final = delay === undefined;
    if (final) {
      this.#closed = new HomebodyError('worker-unavailable', error.message, { remedy, cause: error });
    } else {
      this.#begin(new Promise((resolve) => setTimeout(resolve, delay)));
    }
    this.#parts.onFailure(error, final);
  }

  #end(attempt: Attempt, error: HomebodyError): void {
    attempt.over = true;
    attempt.worker?.terminate();
    attempt.fail(error);
    attempt.rpc?.$close(error);
  }
}

const remedy = 'Check that the engine files lie beside homebody.js, that the CSP allows the worker, and the console.';

/** Lets through what has the shape of birpc's frames; errors become {@link HomebodyError}s. Garbage gives nothing. */
function readFrame(data: unknown): object | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const { t, i, m, a, e } = data as Record<string, unknown>;
  if (t === 'q') return typeof m === 'string' && Array.isArray(a) && i === undefined ? data : undefined;
  if (t !== 's' || typeof i !== 'string') return undefined;
  return e === undefined ? data : { t, i, e: reviveError(errorLike(e)) };
}

function errorLike(e: unknown): Parameters<typeof reviveError>[0] {
  const { code, message, remedy, cause } = (typeof e === 'object' && e ? e : {}) as Record<string, unknown>;
  return {
    code: (typeof code === 'string' ? code : 'internal') as 'internal',
    message: String(message ?? e),
    ...(typeof remedy === 'string' ? { remedy } : {}),
    ...(typeof cause === 'string' ? { cause } : {}),
  };
}

function asUnavailable(error: unknown): HomebodyError {
  if (error instanceof HomebodyError) return error;
  return new HomebodyError('worker-unavailable', String(error), { remedy, cause: error });
}

function aborted(signal: AbortSignal): HomebodyError {
  return new HomebodyError('aborted', 'The call was aborted.', { cause: signal.reason });
}
