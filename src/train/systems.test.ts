import { expect, test } from 'vitest';
import { seededRandom } from '../evaluate';
import {
  advance,
  createPlainExecutor,
  createState,
  embedItem,
  loadModel,
  prepareCandidates,
  scoreCandidates,
} from '../model';
import { planManifest, startWeights } from './next-item/plan';
import { parseSettings } from './next-item/settings';
import { weightBytes } from './next-item/write';
import { SYSTEMS } from './systems';

const EMBEDDER = { id: 'potion-base-2M', dtype: 'q8', dimension: 4 };
const identity = Float32Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0));
const ITEMS = ['A', 'B', 'C'];

test.each(Object.entries(SYSTEMS))('%s is a model that the serving code runs', async (name, { settings }) => {
  const parsed = parseSettings({ ...settings, hidden: 8, item: 4 });
  const manifest = planManifest(EMBEDDER, parsed);
  const random = seededRandom(3);
  const weights = startWeights(manifest, Int32Array.of(1, 2, 3), parsed, random);
  const bytes = weightBytes(manifest, weights, { mean: new Float32Array(4), matrix: identity });
  const model = loadModel({ manifest: structuredClone(manifest), weights: bytes });
  expect(model.manifest).toMatchObject({ timeDecay: settings.timeDecay, fusion: settings.fusion });
  const lstm = await createPlainExecutor().load(model.lstm);
  const items = ITEMS.map((id) => ({
    id,
    title: id,
    categories: ['x'],
    vector: embedItem(
      model,
      Float32Array.from({ length: 4 }, () => random() - 0.5),
    ),
  }));
  const state = createState(model);
  const event = { id: '1', seq: 0, name: 'view_item', time: 0, utcOffset: 0, items: [{ id: 'A' }] } as const;
  const step = { event: { ...event, items: [{ id: 'A' }] }, item: { id: 'A' }, first: true };
  await advance(model, lstm, state, [{ ...step, facts: items[0]!, vector: items[0]!.vector }]);
  const { scores, weights: gate } = scoreCandidates(model, state, prepareCandidates(model, items), { now: 1000 });
  expect(scores.every(Number.isFinite)).toBe(true);
  expect(new Set(scores).size, name).toBe(3);
  expect(gate).toHaveLength(settings.features.length);
});

test('the systems differ in what they are said to differ in', () => {
  const { s1, s3, s4, s5, whole } = SYSTEMS;
  expect(s1.settings.memories.stepDecays).toEqual([]);
  expect(new Set([s1, s3, s5].map(({ settings }) => settings.fusion)).size).toBe(3);
  expect([s4.settings.timeDecay, whole.settings.timeDecay, s5.settings.timeDecay]).toEqual([true, true, false]);
});
