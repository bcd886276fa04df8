import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { candidateVectors, type DataFolder, embedItems, eventsOf, factsOf, itemVectors, readFolder } from '../data';
import { parseCandidates, type Vector } from '../domain';
import { createEmbedder } from '../embedder';
import {
  advance,
  createPlainExecutor,
  createSimdExecutor,
  createState,
  type InterestModel,
  type ItemVector,
  loadModel,
  readVector,
  stepsOf,
  untrainedManifest,
  untrainedWeights,
} from '../model';
import { rank } from '../rank';
import { evaluateNextBasket, modelRanker, orderOf, RecentPurchases, seededRandom } from './index';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const USERS = [3, 17];

let data: DataFolder;
let model: InterestModel;
let vectors: ItemVector[];
let shipped: Vector[];

beforeAll(async () => {
  data = await readFolder(at('test/fixtures/online-retail'));
  const manifest = untrainedManifest();
  model = loadModel({ manifest, weights: untrainedWeights(manifest, seededRandom(2)) });
  const embedder = await createEmbedder({
    id: 'potion-base-2M',
    read: async (path) => new Uint8Array(await readFile(join(at('public/models/potion-base-2M'), path))),
  });
  const raw = await embedItems(data.items, embedder);
  vectors = itemVectors(model, raw);
  shipped = candidateVectors(model, raw);
}, 60_000);

test('the evaluator orders a catalogue as the ranking stage does for a page, prior included', {
  timeout: 60_000,
}, async () => {
  const lstm = await createPlainExecutor().load(model.lstm);
  const recent = new RecentPurchases(data);
  const ranker = modelRanker(data, {
    model,
    lstm,
    vectors,
    prior: ({ time, user }) => recent.before(time, user),
  });
  const found: { user: number; to: number; time: number; order: string[] }[] = [];
  await evaluateNextBasket(data, [ranker], {
    users: USERS,
    onRanked: (_name, { user, to, time, candidates }, scores) => {
      const order = [
        ...orderOf(
          candidates.map((_, place) => place),
          scores,
        ),
      ];
      found.push({ user, to, time, order: order.map((place) => data.items.ids[candidates[place]!]!) });
    },
  });
  expect(found.length).toBeGreaterThan(2);
  for (const { user, to, time, order } of found) {
    const state = createState(model);
    const lookup = (id: string) => {
      const row = data.items.rowOf.get(id)!;
      return { facts: factsOf(data.items, row), vector: readVector(model, shipped[row]!) };
    };
    const events = eventsOf(data, user, data.events.offsets[user]!, to);
    await advance(
      model,
      lstm,
      state,
      events.flatMap((event) => stepsOf(event, lookup)),
    );
    const prior = recent.before(time, user);
    const items = [...data.items.ids.keys()]
      .filter((row) => data.items.isProduct[row])
      .map((row) => ({ id: data.items.ids[row]!, title: data.items.titles[row]!, prior: prior[row]! }));
    const { ranking } = rank({
      model,
      state,
      list: parseCandidates({ slot: 'test', items }),
      vectorOf: ({ id }) => readVector(model, shipped[data.items.rowOf.get(id)!]!),
      options: { bought: 'keep' },
      now: time * 1000,
      utcOffset: 0,
      rankId: 'r',
    });
    expect(ranking.items.map((item) => item.id)).toEqual(order);
  }
});

test('both executors and any order of customers give the same figures', { timeout: 60_000 }, async () => {
  const rows = [];
  for (const [executor, users] of [
    [createPlainExecutor(), USERS],
    [await createSimdExecutor(), USERS.toReversed()],
  ] as const) {
    const lstm = await executor.load(model.lstm);
    rows.push(await evaluateNextBasket(data, [modelRanker(data, { model, lstm, vectors })], { users }));
  }
  expect(rows[1]![0]!['ndcg@10']).toBeCloseTo(rows[0]![0]!['ndcg@10'], 6);
});
