import { Worker } from 'node:worker_threads';
import { HomebodyError, reviveError } from '../../domain';
import { Tensors } from '../parameters';
import type { FromWorker, ToWorker, WorkerSetup } from './protocol';
import { type ShardContext, type ShardInput, type ShardResult, shardGradient } from './shard';
import { sendShard } from './wire';

/** Makes gradients of shards, somewhere; results come in the order of the shards. */
export interface GradientPool {
  /** Threads beside this one. */
  workers: number;
  run(weights: Tensors, q: Float32Array, shards: readonly ShardInput[]): Promise<ShardResult[]>;
  dispose(): Promise<void>;
}

/** In this thread. */
export function ownThread(context: ShardContext): GradientPool {
  return {
    workers: 0,
    async run(weights, q, shards) {
      const results: ShardResult[] = [];
      for (const shard of shards) results.push(await shardGradient(context, weights, q, shard));
      return results;
    },
    async dispose() {},
  };
}

/** The bundled worker, or, from source, the TypeScript one, which tsx reads. */
function startThread(workerData: WorkerSetup): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./train-worker.js', import.meta.url), { workerData });
  const script = JSON.stringify(new URL('./worker.ts', import.meta.url).href);
  const start = `import('tsx/esm/api').then(({ register }) => { register(); return import(${script}); })`;
  return new Worker(start, { eval: true, workerData });
}

interface Member {
  thread: Worker;
  /** The shard that it works on. */
  pending?: { resolve: (result: ShardResult) => void; reject: (error: unknown) => void };
}

/**
 * Worker threads, each with a wasm backend of its own. Weights, item table and histories lie in shared memory; who takes
 * which shard depends on who is free, what comes out does not: a shard's result depends on nothing but the shard, and the
 * caller adds results up in the order of the shards.
 * @throws HomebodyError `worker-died`
 */
export async function workerPool(count: number, setup: WorkerSetup): Promise<GradientPool> {
  const members: Member[] = [];
  let failure: HomebodyError | undefined;
  const fail = (error: HomebodyError) => {
    failure ??= error;
    for (const member of members) {
      member.pending?.reject(failure);
      delete member.pending;
    }
  };
  const open = (): Promise<Member> =>
    new Promise((resolve, reject) => {
      const thread = startThread(setup);
      const member: Member = { thread };
      members.push(member);
      thread.on('message', (message: FromWorker) => {
        const { pending } = member;
        if (message.type === 'ready') return resolve(member);
        delete member.pending;
        if (message.type === 'failed') pending?.reject(reviveError(message.error));
        else pending?.resolve({ ...message.result, gradient: new Tensors(message.result.gradient) });
      });
      const died = (cause: unknown) => {
        const error = new HomebodyError('worker-died', 'A training worker ended.', {
          cause,
          remedy: 'Go on with --resume, with fewer --workers if memory ran out.',
        });
        fail(error);
        reject(error);
      };
      thread.on('error', died);
      thread.on('exit', (code) => died(`exit code ${code}`));
    });
  await Promise.all(Array.from({ length: count }, open));

  const placeOf = new Map(Array.from(setup.sequences.users, (user, place) => [user, place]));
  const shared = new Tensors(setup.weights);
  const shareWeights = (weights: Tensors, q: Float32Array) => {
    setup.q.set(q);
    for (const [name, values] of shared.entries()) values.set(weights.get(name));
  };
  return {
    workers: count,
    async run(weights, q, shards) {
      if (failure) throw failure;
      shareWeights(weights, q);
      const results = new Array<ShardResult>(shards.length);
      let next = 0;
      const take = async (member: Member): Promise<void> => {
        while (next < shards.length) {
          const index = next++;
          results[index] = await new Promise<ShardResult>((resolve, reject) => {
            member.pending = { resolve, reject };
            const message: ToWorker = { type: 'shard', shard: sendShard(shards[index]!, placeOf) };
            member.thread.postMessage(message);
          });
        }
      };
      await Promise.all(members.map(take));
      return results;
    },
    async dispose() {
      for (const { thread } of members) {
        thread.removeAllListeners('exit');
        await thread.terminate();
      }
    },
  };
}
