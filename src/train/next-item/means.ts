import { availableParallelism } from 'node:os';
import type { Tensors } from '../parameters';
import { type BackendChoice, openBackend } from './backend';
import { addShards, type LoopContext } from './loop';
import { RESIDUAL } from './plan';
import { ownThread, workerPool } from './pool';
import type { WorkerSetup } from './protocol';
import type { NextItemSettings } from './settings';
import type { Setup } from './setup';
import type { ShardContext } from './shard';
import { itemTable, tableBackward } from './table';
import { ranksOf, validate } from './validate';
import { sharedArray, shareSequences } from './wire';

/** What a training computes with: a backend, and threads that share gradients. */
export interface Means {
  backend: ShardContext['backend']['name'];
  /** What the loop is told of them and of the setup. */
  loop: Pick<LoopContext, 'settings' | 'items' | 'maskSeen' | 'targetShares' | 'gradients' | 'validate'>;
  /** Place of every validation user's item, by user. */
  ranks(weights: Tensors): Promise<Map<number, number>>;
  dispose(): Promise<void>;
}

/** Starts what computes. `workers` 0: this thread alone; absent: one less than the machine has cores. */
export async function openMeans(
  setup: Setup,
  settings: NextItemSettings,
  options: { backend: BackendChoice; workers?: number },
): Promise<Means> {
  const { manifest, content } = setup;
  const context: ShardContext = {
    backend: await openBackend(options.backend),
    manifest,
    dropout: { share: settings.dropout, items: settings.itemDropout },
    columns: setup.columns,
  };
  // A GPU is one: threads would wait for one another.
  const workers = context.backend.name === 'webgpu' ? 0 : (options.workers ?? Math.max(1, availableParallelism() - 1));
  const pool = workers === 0 ? ownThread(context) : await workerPool(workers, shareSetup(context, setup));
  const ranks = async (weights: Tensors) => {
    const q = await itemTable(weights, content, manifest.sizes);
    return ranksOf(setup.ranksSeen, context, weights, q, setup.validation, settings.history);
  };
  return {
    backend: context.backend.name,
    loop: {
      settings,
      items: setup.rows.length,
      maskSeen: settings.maskSeen ?? !setup.ranksSeen,
      targetShares: sharesOf(setup.counts),
      gradients: async (weights, shards) => {
        const q = await itemTable(weights, content, manifest.sizes);
        const results = await pool.run(weights, q, shards);
        const { loss, gradient, dq } = addShards(results);
        const full = weights.zeros();
        for (const [name, values] of gradient.entries()) full.get(name).set(values);
        await tableBackward(weights, content, manifest.sizes, dq, full);
        if (settings.itemVector === 'text') full.get(RESIDUAL).fill(0);
        return { loss, gradient: full, after: results.map((one) => one.after) };
      },
      validate: async (weights: Tensors) => validate(await ranks(weights)),
    },
    ranks,
    dispose: () => pool.dispose(),
  };
}

/** What workers are given, in memory that threads share. */
function shareSetup({ manifest, dropout, columns }: ShardContext, setup: Setup): WorkerSetup {
  const shareAll = <T>(value: T): T => {
    if (ArrayBuffer.isView(value)) return sharedArray(value as never) as T;
    if (Array.isArray(value)) return value.map(shareAll) as T;
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shareAll(one)])) as T;
  };
  return {
    manifest,
    dropout,
    columns: shareAll(columns),
    sequences: shareSequences(setup.sequences),
    weights: setup.weights.entries().map(([name, values]) => [name, sharedArray(values)]),
    q: sharedArray(new Float32Array(setup.rows.length * manifest.sizes.item)),
  };
}

function sharesOf(counts: Int32Array): Float64Array {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return Float64Array.from(counts, (count) => count / total);
}
