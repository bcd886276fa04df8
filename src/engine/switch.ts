import { makeReady } from './backends';
import type { Core, View } from './core';
import { ItemTable } from './items';
import { fetchModel } from './models';
import type { TimelineOptions } from './timeline';

/** Events replayed before others get a turn, while a model is built beside the one that serves. */
const SLICE = 64;

/**
 * Changes the model: loads it, builds its fact table and its state beside those that serve, in slices, then swaps in one
 * turn and stores the new vectors. Rejects and leaves everything as it was when loading, building or storing fails.
 */
export async function switchModel(
  core: Core,
  url: string,
  engine: {
    build: (ready: View['ready'], items: ItemTable, options: TimelineOptions) => View;
    serve: (upcoming: View) => void;
  },
): Promise<void> {
  await core.modelReady().catch(() => undefined);
  const model = await fetchModel(url, core.ports.fetch);
  const asked = core.options.backend ?? 'auto';
  const backend = core.view?.ready.executor.backend ?? (asked === 'auto' ? 'wasm' : asked);
  const ready = await makeReady(core, model, url, backend);
  const rows = [...core.items.all()].map(({ id, facts }) => {
    const vector = core.knownVector(id, model);
    return vector ? { id, facts, vector } : { id, facts };
  });
  const upcoming = engine.build(ready, new ItemTable(rows), { slice: SLICE, pause: core.ports.pause });
  core.upcoming = upcoming;
  try {
    await upcoming.timeline.settle();
    await core.exclusive(async () => {
      await upcoming.timeline.settle();
      // Not through `core.commit`: what was refused and rolled back must not be tried again later.
      await core.store.commit({
        putItems: [...upcoming.items.all()],
        dropCheckpointsFrom: [Number.NEGATIVE_INFINITY, 0],
      });
      engine.serve(upcoming);
    });
  } catch (error) {
    upcoming.timeline.dispose();
    ready.executor.dispose();
    throw error;
  } finally {
    core.upcoming = undefined;
  }
  await core.settle();
}
