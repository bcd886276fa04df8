import type { BirpcReturn } from 'birpc';
import {
  type CandidateList,
  type Consent,
  type Diagnostics,
  type EventInput,
  type ForgetTarget,
  HomebodyError,
  LIMITS,
  type ObserveResult,
  type Ranking,
  type Recommender,
  type RerankOptions,
} from '../domain';
import type { EngineApi, EngineEvents } from '../engine';
import { carryOver } from './carry';
import { Connection } from './connection';
import { PageDiagnostics } from './diagnostics';
import { serverOrder } from './fallback';
import { whenIdle } from './idle';
import { type ClientOptions, resolveOptions } from './options';
import { Outbox } from './outbox';
import { spawnWorker } from './spawn';
import { uuid } from './uuid';
import { restore, wireEvent, wireList, wireOptions } from './wire';

/** What {@link createRecommender} takes from its surroundings; tests give their own. */
export interface Surroundings {
  spawn(url: string): Worker;
  /** Resolves when loading the engine no longer competes with the page. */
  idle(): Promise<void>;
  /** Address of the script that holds this code. */
  script: string;
  /** Where events that are not yet answered for wait for the tab's next page; absent: nowhere. */
  storage?: Storage;
  /** Milliseconds before each new start of a worker that died; after the last it is given up. */
  restarts: readonly number[];
  /** Milliseconds that a silent worker has to answer anything at all before it counts as dead. */
  patience: number;
}

/** Milliseconds that a call waits for earlier events to be durable, at most. */
const SETTLE = 500;
/** Long work: a big log is read, replayed or erased. */
const LONG = 6;

type Rpc = BirpcReturn<EngineApi, EngineEvents>;

/** {@link createRecommender} with its surroundings given. */
export function connectRecommender(input: ClientOptions, around: Surroundings): Recommender {
  const options = resolveOptions(input, around.script);
  const diagnostics = new PageDiagnostics(options.onDiagnostic);
  let consent: Consent = options.consent;

  const connection = new Connection({
    spawn: () => around.spawn(options.engine),
    idle: around.idle,
    restarts: around.restarts,
    patience: around.patience,
    init: (rpc) => {
      const { model, embedder, backend, retention, scope } = options;
      return rpc.init({ model, embedder, backend, retention, scope, consent });
    },
    events: {
      diagnostic: (diagnostic) => diagnostics.tell(diagnostic),
      changed: (reason) => quietly(() => options.onChange?.(reason)),
    },
    onFailure: (error, final) => {
      diagnostics.add(final ? 'worker-unavailable' : error.code, error.message, error.remedy);
      if (final) outbox.release();
    },
    onReady: () => void outbox.flush(),
  });
  const outbox = new Outbox((events) => {
    const answer = connection.call((rpc) => rpc.observe(events), options.timeout);
    answer.catch((error: HomebodyError) => diagnostics.add(error.code ?? 'internal', error.message, error.remedy));
    return answer;
  });

  /** What was observed before a call is known to it: a list, a profile or an erasure never overtakes an event. */
  const afterEvents = async <T>(use: () => Promise<T>): Promise<T> => {
    await outbox.settled(SETTLE);
    return use();
  };

  /** A call whose rejection a page may ignore without an `unhandledrejection` event. */
  function ask<T>(use: (rpc: Rpc) => Promise<T>, times = 1): Promise<T> {
    const answer = connection.call((rpc) => afterEvents(() => use(rpc)), options.timeout * times);
    answer.catch((error: HomebodyError) => diagnostics.add(error.code ?? 'internal', error.message, error.remedy));
    return answer;
  }

  const carry = carryOver(outbox, options.scope ?? 'default', around.storage, () => consent);

  async function observe(input: EventInput): Promise<ObserveResult> {
    const event = wireEvent(input);
    if (!event) {
      diagnostics.add('invalid-event', 'observe() was given something that is not an object.');
      return { status: 'ignored', eventId: '' };
    }
    const id = event.id === undefined ? uuid() : String(event.id);
    if (consent === 'denied') return { status: 'ignored', eventId: id };
    // The time of arrival, in case the event has to wait here.
    const timed = event.timestamp ?? event.timestamp_micros ?? Date.now();
    const stamp = event.timestamp === undefined && event.timestamp_micros === undefined ? { timestamp: timed } : {};
    return outbox.add({ ...event, ...stamp, id }, connection.over ? 0 : options.timeout);
  }

  async function rerank(list: CandidateList, asked: RerankOptions = {}): Promise<Ranking> {
    const from = performance.now();
    const limit = typeof asked?.limit === 'number' && asked.limit >= 0 ? asked.limit : Number.POSITIVE_INFINITY;
    const given: unknown = list?.items;
    const isList = Array.isArray(given);
    // A copy: the page may change its array while the engine works.
    const items: readonly unknown[] = isList ? [...given] : [];
    if (!isList) diagnostics.add('invalid-input', 'rerank() was given a list whose items are not an array.');
    if (items.length > LIMITS.candidates) {
      diagnostics.add('too-many', `${items.length} candidates: the first ${LIMITS.candidates} are ranked.`);
    }
    const signal = asked?.signal;
    const callId = uuid();
    let rpcInUse: Rpc | undefined;
    try {
      if (items.length > 0) {
        const wire = await connection.call(
          (rpc) => {
            rpcInUse = rpc;
            return afterEvents(() => rpc.rerank(callId, wireList(list, items), wireOptions(asked)));
          },
          options.rerankTimeout,
          signal,
        );
        const ranking = restore(wire, items, limit);
        if (ranking) return ranking;
        diagnostics.add('internal', 'The engine answered with something that is not a ranking of these items.');
      }
    } catch (error) {
      const { code, message, remedy } = error as HomebodyError;
      if (code === 'aborted' || code === 'timeout') rpcInUse?.cancel.asEvent(callId).catch(() => {});
      if (signal?.aborted) throw error;
      diagnostics.add(code ?? 'internal', message, remedy);
    }
    return serverOrder(list, items, performance.now() - from, limit);
  }

  return {
    observe,
    rerank,
    setConsent(next: Consent) {
      consent = next;
      if (next === 'denied') outbox.drop();
      carry.resume();
      return ask((rpc) => rpc.setConsent(next), LONG);
    },
    profile: () => ask((rpc) => rpc.profile()),
    forget: (target: ForgetTarget) => ask((rpc) => rpc.forget(target), LONG),
    export: () => ask((rpc) => rpc.exportData(), LONG),
    import: (document: string) => ask((rpc) => rpc.importData(document), LONG),
    pause: () => ask((rpc) => rpc.pause()),
    resume: () => ask((rpc) => rpc.resume()),
    useModel: (url: string) => ask((rpc) => rpc.useModel(new URL(url, document.baseURI).href), LONG),
    verify: (what) => ask((rpc) => rpc.verify(what), LONG),
    async diagnostics() {
      const own = diagnostics.list();
      try {
        const engine = await connection.call((rpc) => rpc.diagnostics(), options.rerankTimeout);
        return { ...engine, diagnostics: [...own, ...engine.diagnostics] };
      } catch {
        return withoutEngine(own);
      }
    },
    async dispose() {
      const gone = new HomebodyError('disposed', 'This recommender was disposed.');
      // A worker that never ran has nothing to finish, and is not started for it.
      if (connection.running) await connection.call((rpc) => rpc.dispose(), options.timeout).catch(() => {});
      connection.close(gone);
      outbox.drop();
      carry.stop();
    },
  };
}

function tabStorage(): Storage | undefined {
  try {
    return sessionStorage;
  } catch {
    return undefined; // Blocked by the browser's settings.
  }
}

function withoutEngine(diagnostics: Diagnostics['diagnostics']): Diagnostics {
  return { diagnostics, role: 'none', storage: 'none', timings: {}, waiting: 0, version: '' };
}

function quietly(use: () => void): void {
  try {
    use();
  } catch (error) {
    console.error(error);
  }
}

/**
 * Makes a recommender. Nothing loads until its first use; then the engine's worker starts at the page's next idle moment.
 * `script`: address of the script that holds this code; the engine is looked for beside it.
 *
 * `observe` and `rerank` never reject (but for an aborted `signal`). The other methods reject with a {@link HomebodyError}
 * when the engine cannot do what was asked, so that a page never believes in an erasure that did not happen; a page
 * that ignores the promise gets no `unhandledrejection`.
 */
export function createRecommender(options: ClientOptions, script: string = document.baseURI): Recommender {
  return connectRecommender(options, {
    spawn: spawnWorker,
    idle: whenIdle,
    script,
    storage: tabStorage(),
    restarts: [200, 1_000, 5_000],
    patience: 5_000,
  });
}
