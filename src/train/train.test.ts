import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { embedItems, eventsOf, factsOf, itemVectors, openEmbedder, readFolder, readModelFolder } from '../data';
import { basketsOf, evaluateNextBasket, modelRanker, RecentPurchases, seededRandom } from '../evaluate';
import {
  advance,
  createPlainExecutor,
  createState,
  loadModel,
  prepareCandidates,
  scoreCandidates,
  stepsOf,
} from '../model';
import { scoreCustomer, shapeOf, startPass } from './customer';
import { exampleMaker } from './examples';
import { train } from './index';
import { setUp, weightBytes } from './setup';
import { tfjsProduct } from './tfjs';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const sample = join(repository, 'test/fixtures/online-retail');
const embedder = join(repository, 'public/models/potion-base-2M');
let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'homebody-train-'));
});
afterAll(() => rm(work, { recursive: true }));

// The sample is of fold 4 alone; training on it proves the path, its figures prove nothing.
const folds = { trainFolds: [4], validationFolds: [4] };

test('training on the sample: the loss falls, the folder loads, the evaluator ranks with it', {
  timeout: 400_000,
}, async () => {
  const out = join(work, 'model');
  // Without noise, so that three epochs on six customers show it.
  const settings = { batch: 2, dropout: 0, priorless: 0, relabel: 0, rate: 0.01 };
  const options = { data: sample, out, embedder, hidden: 8, seed: 3, sampleUsers: 6, ...folds, settings };

  const first = await train({ ...options, epochs: 3 });
  expect(first.history[2]!.loss).toBeLessThan(first.history[0]!.loss);
  const model = await readModelFolder(out);
  expect(model.manifest.id).toBe(first.id);
  expect(first.bytes).toBe((await readFile(join(out, 'weights.safetensors'))).length);

  const data = await readFolder(sample);
  const raw = await embedItems(
    data.items,
    await openEmbedder({ path: out, embedderId: 'potion-base-2M' }, { embedder }),
  );
  const lstm = await createPlainExecutor().load(model.lstm);
  const ranker = modelRanker(data, { model, lstm, vectors: itemVectors(model, raw) });
  const rows = await evaluateNextBasket(data, [ranker], { users: [0, 1] });
  expect(rows.find((row) => row.slice === 'all')!['ndcg@10']).toBeGreaterThan(0);

  // A resumed run goes on where the first one ended, and gives what an unbroken one gives.
  const resumed = await train({ ...options, epochs: 3, resume: true });
  expect(resumed.id).toBe(first.id);
});

test('a refit trains for the epochs that were chosen, on the customers who chose them as well', {
  timeout: 400_000,
}, async () => {
  const out = join(work, 'refit');
  const options = { data: sample, out, embedder, hidden: 8, seed: 3, sampleUsers: 3, ...folds, epochs: 2 };
  const first = await train(options);
  const phases: string[] = [];
  const second = await train({
    ...options,
    refit: true,
    resume: true,
    onProgress: ({ phase, note }) => phase === 'epoch' && phases.push(note!),
  });
  expect(second).toMatchObject({ epoch: first.epoch, validation: first.validation });
  expect(second.id).not.toBe(first.id);
  expect(phases.filter((note) => note.includes('nothing left'))).toHaveLength(first.epoch);
  const { manifest } = await readModelFolder(out);
  expect(manifest.id).toBe(second.id);
  expect(manifest.training.folds).toContain('chosen on 4 before');
});

// Served vectors are rounded to int8, which is not what is asked here: they are given as training has them.
test('scores in training are those of the serving code', { timeout: 300_000 }, async () => {
  const data = await readFolder(sample);
  const setup = await setUp(data, { embedder, embedderId: 'potion-base-2M', seed: 2, hidden: 8 });
  const { manifest, weights, whitening, source, e } = setup;
  const random = seededRandom(4);
  for (const [name, values] of weights.entries()) {
    // The projection is learned before the lists are made, and stays.
    if (name.startsWith('item.')) continue;
    for (let i = 0; i < values.length; i += 1) values[i]! += 0.1 * (random() - 0.5);
  }
  const model = loadModel({ manifest: structuredClone(manifest), weights: weightBytes(manifest, weights, whitening) });
  const user = [...data.events.users.keys()].find((one) => basketsOf(data, one).length >= 4)!;
  const customer = (await exampleMaker(source)(user))!;
  const shape = shapeOf(manifest);
  const pass = startPass(weights, shape, e, await tfjsProduct());
  const trained = scoreCustomer(pass, customer, true);

  const raw = await embedItems(
    data.items,
    await openEmbedder({ path: sample, embedderId: 'potion-base-2M' }, { embedder }),
  );
  const D = manifest.sizes.item;
  const vectors = itemVectors(model, raw).map((vector, row) => ({
    ...vector,
    q: pass.table.q.slice(row * D, (row + 1) * D),
  }));
  const items = data.items.ids.map((_, row) => ({ facts: factsOf(data.items, row), vector: vectors[row]! }));
  const lstm = await createPlainExecutor().load(model.lstm);
  const prior = new RecentPurchases(data);
  for (const [index, basket] of basketsOf(data, user).slice(1).entries()) {
    const state = createState(model);
    const events = eventsOf(data, user, data.events.offsets[user]!, basket.firstRow);
    await advance(
      model,
      lstm,
      state,
      events.flatMap((event) => stepsOf(event, (id) => items[data.items.rowOf.get(id)!])),
    );
    const rows = customer.baskets[index]!.rows;
    const counts = prior.before(basket.time, user);
    const batch = prepareCandidates(
      model,
      Array.from(rows, (row) => ({ ...items[row]!.facts, vector: items[row]!.vector, prior: counts[row]! })),
    );
    const { scores } = scoreCandidates(model, state, batch, { now: basket.time * 1000, utcOffset: 0 });
    scores.forEach((score, i) => {
      expect(Math.abs(score - trained[index]![i]!)).toBeLessThan(1e-3);
    });
  }
});
