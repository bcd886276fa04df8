import type {
  CandidateList,
  Consent,
  Diagnostic,
  Diagnostics,
  EventInput,
  ForgetTarget,
  ObserveResult,
  Profile,
  RankedItem,
  Ranking,
  RecommenderOptions,
  RerankOptions,
} from '../domain';

/**
 * The whole protocol between the page and the engine's worker, over birpc frames on the dedicated worker's `postMessage`:
 * request `{ t: 'q', i, m, a }`, answer `{ t: 's', i, r }` or `{ t: 's', i, e: ErrorFrame }`, event `{ t: 'q', m, a }`.
 * A rejection always crosses as domain's `ErrorFrame`; the page turns it back with `reviveError`.
 */

/** What `init` needs. All addresses are absolute: a worker's own base is not the page's. */
export interface EngineOptions extends Pick<RecommenderOptions, 'backend' | 'consent' | 'retention' | 'scope'> {
  /** Absolute URL of the model folder. */
  model: string;
  /** Absolute URL of the embedder folder; `false`: only shipped vectors; absent: `../<embedder id>` beside the model folder. */
  embedder?: string | false;
}

export interface EngineReady {
  version: string;
  role: Diagnostics['role'];
  storage: Diagnostics['storage'];
}

/** `Ranking` without the candidates: the page has them, at `list.items[originalPosition]`, and keeps their identity. */
export type WireRanking = Omit<Ranking, 'items'> & { items: Omit<RankedItem, 'candidate'>[] };

export type WireRerankOptions = Omit<RerankOptions, 'signal'>;

/** Hashes (hex SHA-256) of the live interest state and of a fresh replay of (model, retained log, fact table). */
export interface Verification {
  live: string;
  replay: string;
  /** Events in the retained log. */
  events: number;
  /** Ids of the retained log in (time, seq) order, when asked. */
  ids?: string[];
}

/** What the worker answers. Every method may reject with an `ErrorFrame`. */
export interface EngineApi {
  /** First call, once. Resolves as soon as events can be taken; the model loads behind it and `rerank` waits for it. */
  init(options: EngineOptions): Promise<EngineReady>;
  setConsent(consent: Consent): Promise<void>;
  /**
   * One result per event, in order, when all are durable. The page sets `id` before it posts, so that a retry after a
   * worker's death changes nothing twice, and `timestamp` when the event had to wait before it was posted.
   */
  observe(events: EventInput[]): Promise<ObserveResult[]>;
  /** `callId`: any string, unique among the page's calls in flight. */
  rerank(callId: string, list: CandidateList, options: WireRerankOptions): Promise<WireRanking>;
  /** The call rejects with `aborted`; unknown ids are ignored. */
  cancel(callId: string): void;
  profile(): Promise<Profile>;
  forget(target: ForgetTarget): Promise<{ removed: number }>;
  exportData(): Promise<string>;
  importData(document: string): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  diagnostics(): Promise<Diagnostics>;
  /** Loads another model beside the one that serves and swaps when its state is built; rejects and keeps the old one on failure. */
  useModel(url: string): Promise<void>;
  /** For tests and support: is the live state the replay of the log, bit for bit? */
  verify(options?: { ids?: boolean }): Promise<Verification>;
  /** Finishes what is being written, closes the database, gives the lock back. The page then ends the worker. */
  dispose(): Promise<void>;
}

/** What the worker tells the page unasked, as birpc events. */
export interface EngineEvents {
  /** A diagnostic appeared or happened again. */
  diagnostic(diagnostic: Diagnostic): void;
  /** What `profile()` and `rerank()` would answer has changed for another reason than this page's own call. */
  changed(reason: 'model' | 'vectors' | 'role' | 'tab' | 'consent'): void;
}
