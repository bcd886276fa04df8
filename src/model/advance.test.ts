import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rawOf, untrained } from '../../test/support/model';
import type { EventName, LoggedEvent } from '../domain';
import {
  advance,
  createPlainExecutor,
  createState,
  deserializeState,
  embedItem,
  type InterestModel,
  type ModelStep,
  serializeState,
  stepsOf,
} from './index';

const eventArbitrary = fc.record({
  name: fc.constantFrom<EventName>('view_item', 'add_to_cart', 'purchase', 'refund', 'view_item_list', 'search'),
  gap: fc.constantFrom(0, 1000, 3_600_000, 86_400_000 * 30, Number.NaN),
  items: fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 3 }),
});

function makeSteps(
  model: InterestModel,
  list: readonly { name: EventName; gap: number; items: string[] }[],
): ModelStep[] {
  let time = 1_700_000_000_000;
  return list.flatMap(({ name, gap, items }, seq) => {
    if (!Number.isNaN(gap)) time += gap;
    const event: LoggedEvent = {
      id: `e${seq}`,
      seq,
      name,
      time: Number.isNaN(gap) ? Number.NaN : time,
      utcOffset: 60,
      items: items.map((id) => ({ id, quantity: 2 })),
      ...(name === 'search' ? { search: 'lamp' } : {}),
    };
    return stepsOf(event, (id) => ({
      facts: { id, title: id, brand: `brand ${id}`, categories: ['all', id < 'c' ? 'first' : 'second'] },
      ...(id === 'd' ? {} : { vector: embedItem(model, rawOf(id)) }),
    }));
  });
}

describe('advance', () => {
  const model = untrained({ sizes: { embedding: 64, item: 16, hidden: 8, type: 4, input: 0 } });

  test('gives the same bits however the steps are split', { timeout: 30_000 }, async () => {
    const lstm = await createPlainExecutor().load(model.lstm);
    await fc.assert(
      fc.asyncProperty(
        fc.array(eventArbitrary, { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat(5), { maxLength: 20 }),
        async (events, cuts) => {
          const steps = makeSteps(model, events);
          const whole = createState(model);
          await advance(model, lstm, whole, steps);
          let parts = createState(model);
          let at = 0;
          for (const cut of [...cuts, steps.length]) {
            await advance(model, lstm, parts, steps.slice(at, at + cut));
            // A restart in between changes nothing either.
            parts = deserializeState(model, serializeState(parts));
            at += cut;
          }
          expect(serializeState(parts)).toEqual(serializeState(whole));
        },
      ),
      { numRuns: 40 },
    );
  });

  test('leaves the state alone when the executor fails', async () => {
    const state = createState(model);
    const before = serializeState(state);
    const broken = { run: () => Promise.reject(new Error('lost')), dispose() {} };
    const steps = makeSteps(model, [{ name: 'view_item', gap: 0, items: ['a'] }]);
    await expect(advance(model, broken, state, steps)).rejects.toThrow('lost');
    expect(serializeState(state)).toEqual(before);
  });
});
