import { parentPort, workerData } from 'node:worker_threads';
import { errorFrame } from '../../domain';
import { Tensors } from '../parameters';
import { openBackend } from './backend';
import type { FromWorker, ToWorker, WorkerSetup } from './protocol';
import { shardGradient } from './shard';
import { receiveShard, viewSequences } from './wire';

// One training worker: makes gradients of the shards that it is sent.
const setup = workerData as WorkerSetup;
const port = parentPort!;
const send = (message: FromWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
const sequences = viewSequences(setup.sequences);
const weights = new Tensors(setup.weights);
const { manifest, dropout, columns } = setup;
const context = { backend: await openBackend('wasm'), manifest, dropout, columns };

port.on('message', async ({ shard }: ToWorker) => {
  try {
    const { gradient, ...rest } = await shardGradient(context, weights, setup.q, receiveShard(shard, sequences));
    const entries = gradient.entries();
    const buffers = [rest.dq, ...entries.map(([, values]) => values)].map((values) => values.buffer as ArrayBuffer);
    send({ type: 'result', result: { ...rest, gradient: entries } }, [...new Set(buffers)]);
  } catch (error) {
    send({ type: 'failed', error: errorFrame(error) });
  }
});
send({ type: 'ready' });
