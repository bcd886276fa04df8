import type { Backend, Diagnostic } from '../domain';
import type { Embedder } from '../embedder';
import type { LstmExecutor } from '../model';
import type { Store, StoreOptions } from '../store';
import type { EngineEvents } from './protocol';
import type { Channel } from './tabs';

/** Everything the engine takes from the world around it; tests pass their own. */
export interface Ports {
  /** Unix ms. */
  now(): number;
  /** A monotonic clock in ms, for timings. */
  clock(): number;
  newId(): string;
  /** Minutes that local time is ahead of UTC at `time` (Unix ms). */
  utcOffset(time: number): number;
  /** Name and version of the browser: other versions may compute other bits. */
  browser: string;
  fetch: typeof fetch;
  openStore(options: Pick<StoreOptions, 'scope' | 'onLost' | 'onDamaged'>): Promise<Store>;
  eraseStore(scope: string): Promise<void>;
  /** Rejects with `backend-unavailable`. */
  createExecutor(backend: Backend): Promise<LstmExecutor>;
  /** Loads an embedder folder; called only when a text has no vector. */
  createEmbedder(url: string, backend: Backend | 'auto'): Promise<Embedder>;
  /** Runs `job` (it never rejects) when the engine has had nothing to do for a while; returns how to call it off. */
  whenIdle(job: () => Promise<void>): () => void;
  /** Lets other messages in. */
  pause(): Promise<void>;
  /** Events between checkpoints; default 256. Tests take fewer. */
  checkpointEvery?: number;
  /** Absent where the browser has none: this tab then works alone. */
  locks?: Pick<LockManager, 'request'>;
  openChannel?: (name: string) => Channel;
  tell: {
    diagnostic(diagnostic: Diagnostic): void;
    changed(reason: Parameters<EngineEvents['changed']>[0]): void;
  };
}

/** Set at build time; part of checkpoints' fingerprints, since another build may compute other bits. */
export const VERSION = '0.1.0';
