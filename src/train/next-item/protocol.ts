import type { ErrorFrame } from '../../domain';
import type { ModelManifest } from '../../model';
import type { ColumnData } from './columns';
import type { ShardContext, ShardResult } from './shard';
import type { SharedSequences, WireShard } from './wire';

/** What a worker is given once. Typed arrays lie in shared memory. */
export interface WorkerSetup {
  manifest: ModelManifest;
  dropout: ShardContext['dropout'];
  columns: ColumnData;
  sequences: SharedSequences;
  /** Written before every update. */
  weights: [string, Float32Array][];
  q: Float32Array;
}

export type ToWorker = { type: 'shard'; shard: WireShard };

/** A result whose gradient crosses as entries. */
export interface WireResult extends Omit<ShardResult, 'gradient'> {
  gradient: [string, Float32Array][];
}

export type FromWorker =
  | { type: 'ready' }
  | { type: 'result'; result: WireResult }
  | { type: 'failed'; error: ErrorFrame };
