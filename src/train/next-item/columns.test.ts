import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type DataFolder,
  eventsOf,
  factsOf,
  folderVectors,
  openModelFolder,
  packNeighbours,
  readFolder,
} from '../../data';
import { advance, createPlainExecutor, createState, prepareCandidates, scoreCandidates, stepsOf } from '../../model';
import { openBackend } from './backend';
import { longestFirst } from './batch';
import { denseColumns } from './columns';
import { invert } from './neighbours';
import { servedWeights } from './plan';
import { parseSettings } from './settings';
import { type Setup, setUp } from './setup';
import { itemTable } from './table';
import { scoreNext } from './validate';
import { writeModel } from './write';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const sample = join(repository, 'test/fixtures/online-retail');
const embedder = join(repository, 'public/models/potion-base-2M');
const DAY = 86_400;

const settings = parseSettings({
  hidden: 8,
  item: 12,
  type: 2,
  timeDecay: true,
  memories: { halfLives: [7 * DAY, 90 * DAY], stepDecays: [0.8] },
  recent: 20,
  gate: ['hidden', 'fused', 'items', 'distinct', 'days', 'age', 'sessions', 'gap', 'clock'],
  biasStart: 'popularity',
  kinds: { purchase: 0.9 },
  features: [
    { kind: 'interest', start: 3 },
    { kind: 'bias', start: 0.2 },
    { kind: 'memory', index: 1, start: 1 },
    { kind: 'text', power: 3, stepDecay: 0.9, start: 1 },
    { kind: 'text', power: 1, stepDecay: 0.8, halfLife: 20 * DAY, log: true, start: 1 },
    { kind: 'text', power: 3, stepDecay: 0.9, mean: true, start: 1 },
    { kind: 'text', power: 2, halfLife: 30 * DAY, only: 'met', start: 1 },
    { kind: 'neighbours', stepDecay: 0.9, start: 1 },
    { kind: 'neighbours', halfLife: 10 * DAY, log: true, only: 'unmet', start: 1 },
    { kind: 'familiarity', entity: 'item', group: 'any', halfLife: 30 * DAY, start: 1 },
    { kind: 'familiarity', entity: 'item', group: 'purchase', stepDecay: 0.95, start: 1 },
    { kind: 'familiarity', entity: 'category', group: 'any', halfLife: 30 * DAY, start: 1 },
    { kind: 'familiarity', entity: 'brand', group: 'any', stepDecay: 0.9, start: 1 },
    { kind: 'met', start: 0.5 },
  ],
});

let work: string;
let setup: Setup;
let data: DataFolder;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'homebody-columns-'));
  data = await readFolder(sample);
  // The log has neither brands nor telling categories: some are made up, so that their columns have something to read.
  data.items.ids.forEach((_, row) => {
    data.items.brands[row] = row % 3 ? `brand ${row % 7}` : '';
    data.items.categories[row] = [`category ${row % 5}`, ...(row % 2 ? [`category ${row % 11} b`] : [])];
  });
  setup = await setUp(data, settings, {
    protocol: 'leave-one-out',
    embedder,
    embedderId: 'potion-base-2M',
    seed: 2,
    sampleUsers: 40,
  });
}, 60_000);
afterAll(() => rm(work, { recursive: true }));

test('scores in training are those of the serving code, on the folder that was written', {
  timeout: 60_000,
}, async () => {
  const { manifest, weights, e, rows, whitening, columns } = setup;
  const backend = await openBackend('wasm');
  const q = await itemTable(weights, e, manifest.sizes);
  await writeModel(work, {
    manifest: { ...manifest, id: 'test' },
    weights: servedWeights(manifest, weights),
    whitening,
    items: setup.data.items,
    rows,
    q,
    e,
    neighbours: packNeighbours(setup.neighbours!),
  });
  const opened = await openModelFolder(work);
  const vectors = await folderVectors(opened, setup.data.items, { embedder });
  const { model } = opened;
  const lstm = await createPlainExecutor().load(model.lstm);
  const lookup = (id: string) => {
    const row = setup.data.items.rowOf.get(id)!;
    return { facts: factsOf(setup.data.items, row), vector: vectors[row]! };
  };
  const batch = prepareCandidates(
    model,
    Array.from(rows, (row) => ({ ...factsOf(setup.data.items, row), vector: vectors[row]! })),
  );
  // Vectors and neighbours are rounded to int8 when served: the training code is given the rounded ones.
  const served = Float32Array.from(Array.from(rows, (row) => [...vectors[row]!.q]).flat());
  const placeOf = new Map(Array.from(rows, (row, place) => [setup.data.items.ids[row]!, place]));
  const lists = Array.from(rows, (row) =>
    vectors[row]!.neighbours!.map(([id, weight]): [number, number] => [placeOf.get(id)!, weight]),
  );
  const rounded = { ...columns, neighbours: [invert(lists)] };
  const context = { backend, manifest, dropout: { share: 0, items: 0 }, columns: rounded };
  const judged = setup.sequences.filter(({ items, steps }) => items[steps]! >= 0).slice(0, 4);
  expect(judged.length).toBe(4);
  let largest = 0;
  for await (const { sequence, scores } of scoreNext(context, weights, served, judged, 1000)) {
    const { events } = setup.data;
    const end = events.offsets[sequence.user + 1]! - 2;
    const state = createState(model);
    for (const event of eventsOf(setup.data, sequence.user, events.offsets[sequence.user]!, end)) {
      await advance(model, lstm, state, stepsOf(event, lookup));
    }
    const { scores: exact } = scoreCandidates(model, state, batch, { now: events.time[end]! * 1000, utcOffset: 0 });
    exact.forEach((score, i) => {
      largest = Math.max(largest, Math.abs(score - scores[i]!));
    });
  }
  expect(largest).toBeGreaterThan(0);
  expect(largest).toBeLessThan(1e-3);
});

test('columns by recursion are those made anew, of all items and of a sample', { timeout: 60_000 }, async () => {
  const { manifest, columns, sequences } = setup;
  const kernel = (await openBackend('wasm')).columns;
  const windows = longestFirst(
    sequences.slice(0, 3).map((sequence) => ({ sequence, from: 2, to: Math.min(8, sequence.steps - 1) })),
  );
  const readings = windows.reduce((sum, { from, to }) => sum + to - from, 0);
  const n = setup.rows.length;
  const walked = denseColumns(kernel, manifest, columns, windows, { isTraining: true })!.values(0, readings);
  const some = Int32Array.from({ length: 50 }, (_, i) => i * 7);
  const sampled = denseColumns(kernel, manifest, columns, windows, { sample: some, isTraining: true })!.values(
    0,
    readings,
  );
  const J = manifest.features.length - 3;
  let r = 0;
  let largest = 0;
  for (const { sequence, from, to } of windows) {
    for (let step = from; step < to; step += 1, r += 1) {
      const alone = [{ sequence, from: step, to: step + 1 }];
      const one = denseColumns(kernel, manifest, columns, alone, { isTraining: true })!.values(0, 1);
      for (let k = 0; k < J; k += 1) {
        for (let i = 0; i < n; i += 1) {
          const difference = Math.abs(one.x[k * n + i]! - walked.x[(k * readings + r) * n + i]!);
          largest = Math.max(largest, difference);
        }
        some.forEach((row, i) => {
          expect(sampled.x[(k * readings + r) * some.length + i]).toBeCloseTo(
            walked.x[(k * readings + r) * n + row]!,
            5,
          );
        });
        expect(sampled.own[r * J + k]).toBeCloseTo(walked.own[r * J + k]!, 5);
      }
    }
  }
  expect(largest).toBeLessThan(1e-4);
});
