/// <reference lib="webworker" />
import { createBirpc } from 'birpc';
import { errorFrame, HomebodyError } from '../domain';
import { createExecutor } from '../model';
import { eraseStore, openStore } from '../store';
import { chunk } from './chunk';
import { Host } from './host';
import type { Ports } from './ports';
import type { EngineApi, EngineEvents } from './protocol';

const METHODS: readonly (keyof EngineApi)[] = [
  'init',
  'setConsent',
  'observe',
  'rerank',
  'cancel',
  'profile',
  'forget',
  'exportData',
  'importData',
  'pause',
  'resume',
  'diagnostics',
  'useModel',
  'verify',
  'dispose',
];
/** Quiet for so long counts as idle, in ms. */
const IDLE = 200;

const worker = self as unknown as DedicatedWorkerGlobalScope;

function browserPorts(tell: Ports['tell']): Ports {
  const { navigator } = worker;
  return {
    now: () => Date.now(),
    clock: () => performance.now(),
    newId: () => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`,
    utcOffset: (time) => -new Date(time).getTimezoneOffset(),
    browser: navigator.userAgent,
    fetch: (input, init) => fetch(input, init),
    openStore,
    eraseStore: (scope) => eraseStore(scope),
    createExecutor: (backend) => createExecutor(backend),
    createEmbedder: (url, backend) =>
      chunk(import('../embedder'), 'embedder-unavailable', 'of the embedder').then((embedder) =>
        embedder.createEmbedder({ url, backend }),
      ),
    whenIdle: (job) => {
      const timer = setTimeout(job, IDLE);
      return () => clearTimeout(timer);
    },
    pause: () => new Promise((resolve) => setTimeout(resolve)),
    locks: navigator.locks,
    openChannel: typeof BroadcastChannel === 'undefined' ? undefined : (name) => new BroadcastChannel(name),
    tell,
  };
}

/** Frames from the page: whatever is not one of ours is passed over. */
function isFrame(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 't' in data && (data.t === 'q' || data.t === 's');
}

const page = createBirpc<EngineEvents, object>(
  {},
  {
    post: (frame) => worker.postMessage(frame),
    on: (listen) => worker.addEventListener('message', (event) => isFrame(event.data) && listen(event.data)),
    eventNames: ['diagnostic', 'changed'],
    serialize: (frame) => ('e' in frame ? { ...frame, e: errorFrame(frame.e) } : frame),
    resolver: (name) => {
      const method = METHODS.find((each) => each === name);
      if (method) return (...args: unknown[]) => (host[method] as (...args: unknown[]) => unknown)(...args);
      return () => Promise.reject(new HomebodyError('invalid-input', `There is no method ${name}.`));
    },
  },
);

const host = new Host(
  browserPorts({
    diagnostic: (diagnostic) => void page.diagnostic(diagnostic),
    changed: (reason) => void page.changed(reason),
  }),
);
