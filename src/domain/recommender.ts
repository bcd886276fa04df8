import type { CandidateList } from './candidate';
import type { Diagnostic } from './errors';
import type { EventInput, LoggedEvent } from './event';
import type { Backend, Ranking, RerankOptions } from './ranking';

export type Consent = 'granted' | 'denied' | 'pending';

/** `days` and `events` bound the log; `false` keeps everything. Default `{ days: 400, events: 10_000 }`. */
export type Retention = { days?: number; events?: number } | false;

export interface RecommenderOptions {
  /** URL of the model folder (formats.md). */
  model: string;
  /** URL of the embedder folder; `false`: only shipped vectors; absent: the model's own embedder, beside the model folder. */
  embedder?: string | false;
  /** Default `auto`: measured once on this device and remembered. */
  backend?: 'auto' | Backend;
  consent: Consent;
  retention?: Retention;
  /** Separates shops on one origin: part of the database's and the lock's name. Default `default`. */
  scope?: string;
  /** Where the engine's files are; absent: beside the script that was loaded. */
  base?: string;
  /** Milliseconds after which a call gives up; default 10,000 (`rerank`: 2,000, then the server's order). */
  timeout?: number;
  onDiagnostic?: (diagnostic: Diagnostic) => void;
  /** What `profile()` and `rerank()` answer has changed for another reason than this page's own call: rerank again. */
  onChange?: (reason: ChangeReason) => void;
}

/** A model or an item's vector is ready, another tab wrote, this tab became the writer, or consent changed elsewhere. */
export type ChangeReason = 'model' | 'vectors' | 'role' | 'tab' | 'consent';

export interface ObserveResult {
  /**
   * `stored`: durable; a repeated id has the status of its first event. `held`: in memory only (consent pending, storage
   * failing). `ignored`: denied, paused, invalid, or more than can wait.
   */
  status: 'stored' | 'held' | 'ignored';
  eventId: string;
}

export type ForgetTarget =
  | 'all'
  | { item: string }
  | { category: string }
  | { event: string }
  | { before: number }
  | { between: [number, number] };

/** What is stored and inferred, in words for people and numbers for plots. Plain data. */
export interface Profile {
  consent: Consent;
  paused: boolean;
  /** One sentence a shopper understands. */
  summary: string;
  events: { total: number; first?: number; last?: number; byName: Record<string, number>; latest: LoggedEvent[] };
  /** What the shopper seems interested in now, strongest first; `share` sums to 1 at most. */
  interests: { kind: 'category' | 'brand'; name: string; share: number }[];
  /** Items met most, with what was done. */
  items: {
    id: string;
    title: string;
    categories: string[];
    views: number;
    carts: number;
    purchases: number;
    lastTime: number;
  }[];
  /** Interest by category over time, for a plot: each point is a time (ms) and the share of each category then. */
  timeline: { time: number; shares: Record<string, number> }[];
  model?: string;
  storage: { bytes?: number; database?: string };
}

/** How the engine is doing: for the shop's engineer. Plain data. */
export interface Diagnostics {
  diagnostics: Diagnostic[];
  backend?: Backend;
  /** Milliseconds per step measured at calibration, by backend. */
  calibration?: Partial<Record<Backend, number>>;
  gpu?: { vendor: string; architecture: string; description: string; dispatches: number };
  model?: { id: string; url: string };
  embedder?: { id: string; loaded: boolean; embedded: number };
  role: 'writer' | 'reader' | 'none';
  storage: 'indexeddb' | 'memory' | 'none';
  /** Medians and maxima, in ms. */
  timings: Record<string, { count: number; median: number; max: number }>;
  /** Events waiting for their item's vector. */
  waiting: number;
  version: string;
}

/**
 * What `createRecommender()` gives. `observe` and `rerank` never reject; the others reject with a `HomebodyError` when the
 * engine cannot do what was asked.
 */
export interface Recommender {
  setConsent(consent: Consent): Promise<void>;
  /** Resolves when the event is durable. Never rejects: what goes wrong is in `status` and in `diagnostics()`. */
  observe(event: EventInput): Promise<ObserveResult>;
  /** Never rejects but with an aborted `signal`; when the engine cannot serve, the server's order comes back (`by: 'server'`). */
  rerank(list: CandidateList, options?: RerankOptions): Promise<Ranking>;
  profile(): Promise<Profile>;
  /** Resolves to the number of events removed; afterwards the state is what it would be had they never happened. */
  forget(target: ForgetTarget): Promise<{ removed: number }>;
  /** One JSON document that `import` reads back into an identical state. */
  export(): Promise<string>;
  /** Replaces everything; rejects with `import-invalid` and changes nothing when the document is not ours. */
  import(document: string): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  diagnostics(): Promise<Diagnostics>;
  /** Loads another model beside the one that serves and swaps when its state is built; rejects and keeps the old one. */
  useModel(url: string): Promise<void>;
  /** For tests and support: is the live state the replay of the log, bit for bit? */
  verify(options?: { ids?: boolean }): Promise<Verification>;
  dispose(): Promise<void>;
}

/** Hashes (hex SHA-256) of the live interest state and of a fresh replay of (model, retained log, fact table). */
export interface Verification {
  live: string;
  replay: string;
  /** Events in the retained log. */
  events: number;
  /** Ids of the retained log in (time, seq) order, when asked. */
  ids?: string[];
}
