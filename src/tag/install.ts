import { type Applied, type ApplyOptions, applyRanking } from '../apply';
import { serverOrder } from '../client';
import { type CandidateList, type EventInput, HomebodyError, type Ranking, type Recommender } from '../domain';

/** `window.homebody`: the recommender, and what a page without a bundler needs beside it. */
export interface HomebodyTag extends Recommender {
  /** Reorders the children of an element; see `applyRanking`. */
  apply(container: Element, ranking: Pick<Ranking, 'items'>, options?: ApplyOptions): Applied;
}

/** A call made before the script was there: `[method, arguments, resolve, reject]`. */
type Queued = [string, unknown[], ((value: unknown) => void)?, ((reason: unknown) => void)?];

/** Milliseconds that `rerank` waits in all while the rest still loads; then the server's order is the answer. */
const PATIENCE = 5_000;

/**
 * Makes `window.homebody` an object that has every method of the recommender from the start; calls wait for `loading`
 * and keep their order. It is the very object that the snippet put there, so that a reference taken earlier goes on
 * working; the calls that were made on the snippet's are made again here. When the rest cannot be loaded, `rerank` gives
 * the server's order, `observe` answers `held`, and the other methods reject with `worker-unavailable`.
 */
export function install(target: { homebody?: unknown }, loading: Promise<Recommender>): HomebodyTag {
  const failed = (error: unknown): never => {
    const remedy = 'Check that client.js lies beside homebody.js, and the CSP.';
    throw new HomebodyError('worker-unavailable', 'Homebody did not load.', { remedy, cause: error });
  };
  const loaded = loading.catch(failed);
  const call = <K extends keyof Recommender>(method: K) => {
    return (...args: unknown[]) => {
      const answer = loaded.then((recommender) => (recommender[method] as (...a: unknown[]) => unknown)(...args));
      // A page that ignores the answer gets no `unhandledrejection`.
      answer.catch(() => {});
      return answer as never;
    };
  };
  const later = call('rerank') as Recommender['rerank'];
  let ready = false;
  loaded.then(
    () => {
      ready = true;
    },
    (error) => console.warn(error),
  );

  const api: HomebodyTag = Object.assign((typeof target.homebody === 'object' && target.homebody) || {}, {
    observe(event: EventInput) {
      // The time of the call, if the event has to wait here.
      const timed = event?.timestamp !== undefined || event?.timestamp_micros !== undefined;
      const stamped = ready || timed ? event : { ...event, timestamp: Date.now() };
      return loaded.then(
        (recommender) => recommender.observe(stamped),
        () => ({ status: 'held' as const, eventId: String(event?.id ?? '') }),
      );
    },
    async rerank(list: CandidateList, options: Parameters<Recommender['rerank']>[1] = {}) {
      if (ready) return later(list, options);
      const from = performance.now();
      const unable = () => {
        const items: readonly unknown[] = Array.isArray(list?.items) ? list.items : [];
        return serverOrder(list, items, performance.now() - from, options.limit ?? Number.POSITIVE_INFINITY);
      };
      const late = new Promise<Ranking>((resolve) => setTimeout(() => resolve(unable()), PATIENCE));
      return Promise.race([loaded.then(() => later(list, options), unable), late]);
    },
    setConsent: call('setConsent'),
    profile: call('profile'),
    forget: call('forget'),
    export: call('export'),
    import: call('import'),
    pause: call('pause'),
    resume: call('resume'),
    diagnostics: call('diagnostics'),
    useModel: call('useModel'),
    verify: call('verify'),
    dispose: call('dispose'),
    apply: applyRanking,
  });
  const { q: queued } = api as { q?: unknown };
  delete (api as { q?: unknown }).q;
  target.homebody = api;
  if (Array.isArray(queued)) for (const entry of queued as Queued[]) replay(api, entry);
  return api;
}

function replay(api: HomebodyTag, entry: Queued): void {
  if (!Array.isArray(entry)) return;
  const [method, args, resolve, reject] = entry;
  const run = Object.hasOwn(api, method) ? (api as unknown as Record<string, unknown>)[method] : undefined;
  if (typeof run !== 'function') return;
  Promise.resolve((run as (...a: unknown[]) => unknown)(...args)).then(resolve, reject ?? (() => {}));
}
