/** Every code that Homebody's errors and diagnostics carry. A code never changes its meaning. */
export type HomebodyCode =
  | 'invalid-input' // an argument that is not of the documented shape
  | 'invalid-event' // an event skipped by validation
  | 'invalid-candidate' // a candidate skipped by validation
  | 'too-many' // a list over its bound; the rest was kept aside
  | 'clock-skew' // a timestamp far ahead of the clock, clamped
  | 'model-mismatch' // a vector of another model, ignored
  | 'model-unavailable' // model folder missing or unreachable
  | 'model-invalid' // truncated, wrong hash, wrong format
  | 'embedder-unavailable' // no embedder, or it failed to load
  | 'backend-unavailable' // the asked backend is not there; another one serves
  | 'device-lost' // the GPU went away in mid-session; the state was replayed elsewhere
  | 'storage-unavailable' // no IndexedDB, or it cannot be opened: memory only
  | 'storage-damaged' // the browser threw a damaged database away; what the copy held was restored
  | 'storage-blocked' // an older tab keeps an older database open
  | 'storage-write-failed' // quota or I/O: the event is held in memory, not acknowledged as stored
  | 'worker-unavailable' // the worker script or a part of it did not load, or it died too often
  | 'worker-died'
  | 'timeout'
  | 'aborted'
  | 'consent' // dropped or held because of consent
  | 'paused'
  | 'import-invalid'
  | 'dependency-missing' // a command needs an optional package that is not installed
  | 'strategy-unavailable' // the model has no head for the asked strategy
  | 'diverged' // training met a loss that is not finite or grows without bound
  | 'disposed'
  | 'internal';

/** What went wrong, told once: `count` grows when it happens again. Plain data, safe to clone across a worker. */
export interface Diagnostic {
  code: HomebodyCode;
  message: string;
  remedy?: string;
  /** First and last time, Unix ms. */
  at: number;
  lastAt: number;
  count: number;
}

/** The one error class. `code` is stable, `remedy` says what to do, `cause` is the underlying error. */
export class HomebodyError extends Error {
  readonly code: HomebodyCode;
  readonly remedy: string | undefined;
  constructor(code: HomebodyCode, message: string, options: { remedy?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HomebodyError';
    this.code = code;
    this.remedy = options.remedy;
  }
}

/** The plain-data form of an error that crosses a worker boundary; {@link reviveError} restores it. */
export interface ErrorFrame {
  code: HomebodyCode;
  message: string;
  remedy?: string;
  cause?: string;
}

/** Turns anything thrown into plain data without losing code and remedy. */
export function errorFrame(error: unknown): ErrorFrame {
  if (error instanceof HomebodyError) {
    return {
      code: error.code,
      message: error.message,
      ...(error.remedy ? { remedy: error.remedy } : {}),
      ...(error.cause === undefined ? {} : { cause: String(error.cause) }),
    };
  }
  if (error instanceof Error)
    return { code: error.name === 'AbortError' ? 'aborted' : 'internal', message: error.message };
  return { code: 'internal', message: String(error) };
}

/** The inverse of {@link errorFrame}. */
export function reviveError(frame: ErrorFrame): HomebodyError {
  return new HomebodyError(frame.code, frame.message, { remedy: frame.remedy, cause: frame.cause });
}
