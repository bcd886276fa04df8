import type { ClientOptions } from '../options';
import { connectRecommender, type Surroundings } from '../recommender';

/**
 * A worker that speaks the engine's frames, for tests of the page side. `methods` is the source of an object literal of
 * functions (`emit(name, …args)` sends an event, `raw(data)` posts anything); what it lacks is answered as the real engine would:
 * with an error.
 */
export function fakeEngine(methods: string): string {
  const source = `
    const raw = (data) => postMessage(data);
    const emit = (m, ...a) => raw({ t: 'q', m, a });
    const methods = { init: () => ({ version: 'fake', role: 'writer', storage: 'memory' }), ...(${methods}) };
    onmessage = async ({ data: { i, m, a } }) => {
      try {
        if (!methods[m]) throw { code: 'internal', message: 'no ' + m };
        const r = await methods[m](...a);
        if (i) raw({ t: 's', i, r });
      } catch (e) {
        if (i) raw({ t: 's', i, e });
      }
    };`;
  return URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
}

/** A recommender on such a worker, with short delays; `spawned` counts the workers. */
export function connect(engine: string, options: Partial<ClientOptions> = {}, around: Partial<Surroundings> = {}) {
  const workers: Worker[] = [];
  const recommender = connectRecommender(
    { model: '/model', consent: 'granted', timeout: 1_000, engine, ...options },
    {
      spawn: (url) => {
        const worker = new Worker(url, { type: 'module' });
        workers.push(worker);
        return worker;
      },
      idle: async () => {},
      script: document.baseURI,
      restarts: [10, 10],
      patience: 200,
      ...around,
    },
  );
  return { recommender, workers };
}
