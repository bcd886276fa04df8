import { createEmbedder } from '../src/embedder';

/** What embedders.mjs asks one worker to do: load one embedder, embed the titles one by one, then all at once. */
export interface Task {
  url: string;
  kind?: 'lite' | 'transformer';
  backend: 'wasm' | 'webgpu';
  titles: string[];
}

addEventListener('message', async ({ data }: MessageEvent<Task>) => {
  const { titles, ...options } = data;
  const started = performance.now();
  const embedder = await createEmbedder(options);
  const loaded = performance.now();
  await embedder.embed([titles[0]!]);
  const first = performance.now();
  // Means: the browser's clock is too coarse for one title of the lite embedder.
  const alone = await mean(titles.slice(1), async (rest) => {
    for (const title of rest) await embedder.embed([title]);
  });
  const together = await mean(titles, (all) => embedder.embed(all.map((title) => `${title} again`)));
  postMessage({
    runtime: embedder.info().runtime,
    load: loaded - started,
    first: first - loaded,
    alone,
    together,
  });
});

/** Milliseconds a title. */
async function mean(titles: string[], work: (titles: string[]) => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work(titles);
  return (performance.now() - from) / titles.length;
}
