import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { historySteps, logged, START, untrained, vectorFor } from '../../test/support/model';
import type { EventName } from '../domain';
import {
  advance,
  candidateFeatures,
  createPlainExecutor,
  createState,
  type InterestModel,
  type InterestState,
  kindWeight,
  type LoadedLstm,
  prepareCandidates,
} from './index';

const DAY = 86_400_000;
const HALF = 7 * 86_400;

const model = untrained({
  features: [
    { kind: 'familiarity', entity: 'item', group: 'any', halfLife: HALF },
    { kind: 'familiarity', entity: 'item', group: 'purchase' },
    { kind: 'familiarity', entity: 'item', group: 'any', stepDecay: 0.5 },
    { kind: 'familiarity', entity: 'category', group: 'any', halfLife: HALF },
    { kind: 'familiarity', entity: 'brand', group: 'any' },
    { kind: 'met' },
    { kind: 'familiarity', entity: 'item', group: 'seen' },
    { kind: 'text', power: 3, stepDecay: 0.5 },
    { kind: 'text', words: true, power: 2, stepDecay: 0.5 },
    { kind: 'text', power: 1, halfLife: HALF },
    { kind: 'met', weighted: true },
  ],
});

let lstm: LoadedLstm;
beforeAll(async () => {
  lstm = await createPlainExecutor().load(model.lstm);
});

async function stateAfter(events: ReturnType<typeof logged>[], of: InterestModel = model): Promise<InterestState> {
  const state = createState(of);
  await advance(of, lstm, state, historySteps(of, events));
  return state;
}

/** The features of one item of the history's making, by column. */
function featuresOf(state: InterestState, id: string, now: number): number[] {
  const batch = prepareCandidates(model, [
    { id, categories: ['all', `category ${id[0]}`], brand: `brand ${id[0]}`, vector: vectorFor(model, id) },
  ]);
  const out = new Float32Array(model.manifest.features.length);
  candidateFeatures(model, state, batch, now, out);
  return [...out];
}

describe('familiarity', () => {
  test('is the closed form Σ w 2^(−age/τ), whatever the gaps', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            gap: fc.nat(40 * DAY),
            name: fc.constantFrom<EventName>('view_item', 'add_to_cart', 'purchase'),
          }),
          { minLength: 1, maxLength: 10 },
        ),
        fc.nat(100 * DAY),
        async (history, later) => {
          let time = START;
          const events = history.map(({ gap, name }) => {
            time += gap;
            return logged(name, ['a1'], time);
          });
          const now = time + later;
          const [any, bought, stepped] = featuresOf(await stateAfter(events), 'a1', now);
          const weights = events.map((event) => kindWeight(model.manifest, event));
          const decayed = events.reduce(
            (sum, event, i) => sum + weights[i]! * 2 ** (-(now - event.time) / 1000 / HALF),
            0,
          );
          const byStep = weights.reduce((sum, weight, i) => sum + weight * 0.5 ** (events.length - 1 - i), 0);
          expect(any).toBeCloseTo(Math.log1p(decayed), 5);
          expect(bought).toBeCloseTo(Math.log1p(events.filter(({ name }) => name === 'purchase').length), 5);
          expect(stepped).toBeCloseTo(Math.log1p(byStep), 5);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('of a category is the mean over the candidate’s categories, of a brand its own', async () => {
    const state = await stateAfter([logged('purchase', ['a1'], START), logged('purchase', ['a2', 'b1'], START)]);
    const [, , , category, brand] = featuresOf(state, 'a3', START);
    // 'all' was met three times, 'category a' twice.
    expect(category).toBeCloseTo((Math.log1p(3) + Math.log1p(2)) / 2, 5);
    expect(brand).toBeCloseTo(Math.log1p(2), 5);
  });

  test('fades by step alone where the times are unknown', async () => {
    const state = await stateAfter([logged('purchase', ['a1'], Number.NaN), logged('purchase', ['b1'], Number.NaN)]);
    const [any, , stepped] = featuresOf(state, 'a1', Number.NaN);
    expect(any).toBeCloseTo(Math.log1p(1), 5);
    expect(stepped).toBeCloseTo(Math.log1p(0.5), 5);
  });

  test('ranks long look, cart and wishlist above a glance, and a purchase above them', async () => {
    const weight = (name: EventName, dwell?: number) => kindWeight(model.manifest, { name, dwell });
    const glance = weight('view_item', 1);
    for (const more of [weight('view_item', 60), weight('add_to_wishlist'), weight('add_to_cart')]) {
      expect(more).toBeGreaterThan(glance);
    }
    expect(weight('view_item', 600)).toBeLessThan(weight('add_to_wishlist'));
    expect(weight('add_to_wishlist')).toBeLessThan(weight('add_to_cart'));
    expect(weight('add_to_cart')).toBeLessThan(weight('purchase'));
    const score = async (name: EventName, dwell?: number) =>
      featuresOf(
        await stateAfter([logged(name, ['a1'], START, dwell === undefined ? {} : { dwell })]),
        'a1',
        START,
      )[0]!;
    expect(await score('view_item', 60)).toBeGreaterThan(await score('view_item', 1));
    expect(await score('add_to_cart')).toBeGreaterThan(await score('view_item', 60));
  });

  test('met is met after a glance, but a weighted one only by what the glance weighs, and never more than 1', async () => {
    const met = async (...events: ReturnType<typeof logged>[]) => {
      const features = featuresOf(await stateAfter(events), 'a1', START);
      return [features[5], features[10]];
    };
    const glance = kindWeight(model.manifest, { name: 'view_item', dwell: 1 });
    expect(await met(logged('view_item', ['a1'], START, { dwell: 1 }))).toEqual([1, expect.closeTo(glance, 6)]);
    expect(await met(logged('view_item_list', ['a1'], START))).toEqual([0, 0]);
    expect(await met(logged('purchase', ['a1'], START), logged('purchase', ['a1'], START))).toEqual([1, 1]);
    expect(await met(logged('purchase', ['b1'], START))).toEqual([0, 0]);
  });

  test('takes a low rating for less than a high one, and reading to the end for more than opening', () => {
    const weight = (more: object) => kindWeight(model.manifest, { name: 'rate', ...more });
    expect([weight({}), weight({ rating: 1 }), weight({ rating: 0.2 })]).toEqual([0.4, 0.4, expect.closeTo(0.08, 9)]);
    const read = (progress: number) => kindWeight(model.manifest, { name: 'view_item', progress });
    expect(read(1)).toBeCloseTo(0.36, 9);
    expect(read(0)).toBeCloseTo(0.05, 9);
  });

  test('an impression is seen, not met, and no step; a removal from the cart takes nothing out', async () => {
    const state = await stateAfter([logged('view_item_list', ['a1'], START)]);
    expect(featuresOf(state, 'a1', START)).toMatchObject({ 0: 0, 5: 0, 6: expect.closeTo(Math.log1p(1), 5) });
    expect([state.events, state.steps, state.distinct, state.recent.length]).toEqual([0, 0, 0, 0]);
    const carted = await stateAfter([logged('add_to_cart', ['a1'], START)]);
    const removed = await stateAfter([logged('add_to_cart', ['a1'], START), logged('remove_from_cart', ['a1'], START)]);
    expect(featuresOf(removed, 'a1', START)[0]).toBe(featuresOf(carted, 'a1', START)[0]);
    expect(removed.steps).toBe(2);
    expect(removed.memories).toEqual(carted.memories);
  });
});

describe('refund', () => {
  test('takes the latest purchase out of item, category and brand, and the rest stays', async () => {
    const first = logged('purchase', ['a1'], START);
    const view = logged('view_item', ['a1'], START + DAY);
    const second = logged('purchase', ['a1'], START + 2 * DAY);
    const back = logged('refund', ['a1'], START + 5 * DAY);
    const now = START + 9 * DAY;
    const kept = featuresOf(await stateAfter([first, view]), 'a1', now);
    const refunded = featuresOf(await stateAfter([first, view, second, back]), 'a1', now);
    for (const column of [0, 1, 3, 4, 5]) expect(refunded[column]).toBeCloseTo(kept[column]!, 6);
    const none = await stateAfter([first, back]);
    expect(none.items.get('a1')!.bought).toEqual([]);
    expect(featuresOf(none, 'a1', now)[1]).toBe(0);
  });

  test('of a part leaves the purchase until all of it came back', async () => {
    const bought = logged('purchase', ['a1'], START);
    bought.items[0]!.quantity = 3;
    const back = (quantity: number) => {
      const event = logged('refund', ['a1'], START + DAY);
      event.items[0]!.quantity = quantity;
      return event;
    };
    expect(featuresOf(await stateAfter([bought, back(2)]), 'a1', START)[1]).toBeCloseTo(Math.log1p(1), 5);
    expect(featuresOf(await stateAfter([bought, back(2), back(1)]), 'a1', START)[1]).toBe(0);
    expect(featuresOf(await stateAfter([back(1)]), 'a1', START)[1]).toBe(0);
  });
});

describe('text similarity', () => {
  test('is the sum over the look-back, written out', async () => {
    const events = ['a1', 'b1', 'a1', 'c1'].map((id, i) => logged('add_to_cart', [id], START + i * DAY));
    const state = await stateAfter(events);
    const now = START + 10 * DAY;
    const values = featuresOf(state, 'b7', now);
    const candidate = vectorFor(model, 'b7').e!;
    const cosines = state.recent.map(({ e }) =>
      Math.max(
        0,
        e.reduce((sum, value, i) => sum + value * candidate[i]!, 0),
      ),
    );
    const cubed = cosines.reduce((sum, cosine, i) => sum + 0.6 * 0.5 ** (3 - i) * cosine ** 3, 0);
    const faded = cosines.reduce((sum, cosine, i) => {
      return sum + 0.6 * cosine * 2 ** (-((10 - i) * 86_400) / HALF);
    }, 0);
    expect(values[7]).toBeCloseTo(cubed, 5);
    expect(values[9]).toBeCloseTo(faded, 5);
  });

  test('of an item with itself is 1, and the look-back is bounded', async () => {
    const own = featuresOf(await stateAfter([logged('purchase', ['a1'], START)]), 'a1', START);
    expect(own[9]).toBeCloseTo(1, 1);
    const many = await stateAfter(Array.from({ length: 70 }, (_, i) => logged('view_item', [`a${i}`], START + i)));
    expect(many.recent.map(({ id }) => id)).toEqual(Array.from({ length: 50 }, (_, i) => `a${i + 20}`));
  });

  test('an item without a vector counts at once and waits outside the rest', async () => {
    const state = await stateAfter([logged('purchase', ['?1'], START)]);
    expect(state.items.get('?1')!.met).toBe(true);
    expect([state.steps, state.recent.length, state.events]).toEqual([0, 0, 1]);
  });
});
