// Measures the built package as a shop would use it: homebody.mjs in the page, its engine in the worker.

import type { ClientOptions } from '../../src/client';
import type { CandidateList, EventInput, Recommender } from '../../src/domain';
import { type Message, median, type Report, type Row } from '../protocol';

const BACKENDS = ['wasm', 'cpu', 'webgpu'] as const;
const EVENTS = 200;
const RERANKS = 30;
const LISTS = [100, 500, 1000];
const KINDS = ['view_item', 'view_item', 'select_item', 'add_to_cart', 'view_item', 'purchase'] as const;

const post = (message: Message): void => window.benchMessage?.(message);

type Item = { id: string; title: string; category: string; brand: string; price: number; vector: never };

function event(items: Item[], index: number, start: number): EventInput {
  const { id, title, category, brand, price, vector } = items[(index * 37) % items.length]!;
  return {
    event: KINDS[index % KINDS.length]!,
    timestamp: start + index * 20_000,
    items: [{ item_id: id, item_name: title, item_category: category, item_brand: brand, price, vector }],
  };
}

/** Waits until lists are ranked by the model. */
async function ready(recommender: Recommender, list: CandidateList): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if ((await recommender.rerank(list)).by === 'model') return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the engine never ranked: ${JSON.stringify((await recommender.diagnostics()).diagnostics)}`);
}

async function measure(recommender: Recommender, items: Item[], backend: string, rows: Row[]): Promise<void> {
  const list = (size: number): CandidateList => ({ slot: 'home', items: items.slice(0, size) });
  const add = (name: string, size: number, times: number[]): void => {
    rows.push({ name, size, median: median(times), least: Math.min(...times), rounds: times.length });
  };
  await ready(recommender, list(10));
  const acknowledged: number[] = [];
  const start = Date.now() - EVENTS * 20_000;
  for (let index = 0; index < EVENTS; index += 1) {
    const begin = performance.now();
    const { status } = await recommender.observe(event(items, index, start));
    if (status !== 'stored') throw new Error(`an event was ${status}`);
    acknowledged.push(performance.now() - begin);
    // A list waits for the state: events come one at a time, as shoppers make them, and none queues behind another.
    await recommender.rerank(list(1));
  }
  await ready(recommender, list(10));
  for (const size of LISTS) {
    const inside: number[] = [];
    const outside: number[] = [];
    for (let k = -5; k < RERANKS; k += 1) {
      const begin = performance.now();
      const ranking = await recommender.rerank(list(size));
      const end = performance.now();
      if (ranking.by !== 'model' || ranking.backend !== backend)
        throw new Error(`ranked by ${ranking.by}, ${ranking.backend}`);
      if (k < 0) continue;
      inside.push(ranking.took);
      outside.push(end - begin);
    }
    add(`rerank in the engine, ${backend}`, size, inside);
    add(`rerank seen from the page, ${backend}`, size, outside);
  }
  const { timings } = await recommender.diagnostics();
  const { state } = timings;
  if (!state) throw new Error('the engine reported no time from event to state');
  rows.push({
    name: `event → state in the engine, ${backend}`,
    size: 1,
    median: state.median,
    least: Number.NaN,
    rounds: state.count,
  });
  add(`event → durable, seen from the page, ${backend}`, 1, acknowledged);
}

async function main(): Promise<Report> {
  const url = new URL('../homebody/homebody.mjs', location.href).href;
  const { createRecommender } = (await import(/* @vite-ignore */ url)) as {
    createRecommender(options: ClientOptions): Recommender;
  };
  const { model, items } = (await (await fetch('../bench-data.json')).json()) as { model: string; items: Item[] };
  const rows: Row[] = [];
  const missing: Report['missing'] = {};
  let gpu: Report['gpu'];
  for (const [index, backend] of BACKENDS.entries()) {
    post({ type: 'progress', done: index, total: BACKENDS.length, label: backend });
    const recommender = createRecommender({
      model: new URL(`../${model}`, location.href).href,
      embedder: false,
      backend,
      consent: 'granted',
      scope: `bench-${backend}`,
    });
    const own: Row[] = [];
    try {
      await measure(recommender, items, backend, own);
      rows.push(...own);
      gpu = (await recommender.diagnostics()).gpu ?? gpu;
    } catch (error) {
      missing[backend] = error instanceof Error ? error.message : String(error);
    }
    await recommender.dispose();
  }
  post({ type: 'progress', done: BACKENDS.length, total: BACKENDS.length, label: 'done' });
  return { title: 'The built engine: one event, and one list', unit: 'item', rows, missing, ...(gpu ? { gpu } : {}) };
}

main().then(
  (report) => post({ type: 'done', report }),
  (error: unknown) =>
    post({ type: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
);
