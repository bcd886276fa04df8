import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ItemFacts, LoggedEvent } from '../domain';
import {
  advance,
  createPlainExecutor,
  createState,
  embedItem,
  loadModel,
  prepareCandidates,
  readState,
  scoreCandidates,
  stepsOf,
} from './index';

const folder = new URL('../../test/fixtures/interest/', import.meta.url);
const golden = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8'));
const file = readFileSync(new URL('weights.safetensors', folder));
const weights = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer;

function expectClose(actual: Iterable<number>, expected: readonly number[]): void {
  const list = [...actual];
  expect(list.length).toBe(expected.length);
  list.forEach((value, i) => {
    expect(Math.abs(value - expected[i]!)).toBeLessThan(2e-5);
  });
}

/** The whole way from events to scores, against an independent computation (make.py beside the fixture). */
describe.each(['weighted', 'concat', 'attention'] as const)('against NumPy and PyTorch, fusion %s', (fusion) => {
  test('state, interest, features and scores agree', async () => {
    const model = loadModel({ manifest: { ...golden.manifest, fusion }, weights });
    const lookup = (id: string) => {
      const { raw, title, categories, brand, price } = golden.items[id];
      const facts: ItemFacts = { id, title, categories, brand, price };
      return { facts, vector: embedItem(model, Float32Array.from(raw)) };
    };
    const events: LoggedEvent[] = golden.events.map((event: object, seq: number) => ({
      ...event,
      id: `e${seq}`,
      seq,
      utcOffset: golden.utcOffset,
    }));
    const state = createState(model);
    const lstm = await createPlainExecutor().load(model.lstm);
    await advance(
      model,
      lstm,
      state,
      events.flatMap((event) => stepsOf(event, lookup)),
    );
    const reading = readState(model, state, golden.now);
    expectClose(reading.hidden, golden.hidden);
    expectClose(reading.memories, golden.memories.flat());
    expectClose(reading.attention, golden.attention);
    const batch = prepareCandidates(
      model,
      golden.candidates.map((id: string, i: number) => ({
        ...lookup(id).facts,
        vector: lookup(id).vector,
        prior: golden.prior[i] ?? undefined,
      })),
    );
    const expected = golden.fusions[fusion];
    const scored = scoreCandidates(model, state, batch, { now: golden.now });
    expectClose(reading.fused, expected.fused);
    expectClose(scored.weights, expected.gate);
    expectClose(scored.features, expected.features.flat());
    expectClose(scored.scores, expected.scores);
  });
});
