import type { EventItem, ItemFacts, LoggedEvent } from '../domain';
import { addCount, type Count, groupOf, type ItemCount, MAX_PURCHASES, newCount, removePurchase } from './counts';
import { elapsedOf, encodeStep, isStep, kindWeight, SESSION_GAP } from './encode';
import type { LoadedLstm, LstmOutput } from './executor';
import { updateMemories } from './memory';
import type { InterestModel } from './model';
import type { InterestState } from './state';
import type { ItemVector } from './vector';
import { wordsOf } from './words';

/** One item of one event, in log order. */
export interface ModelStep {
  event: LoggedEvent;
  item: EventItem;
  /** True for the event's first item: items of one event share a time and a step number. */
  first: boolean;
  facts?: ItemFacts;
  /** Absent: counts in familiarity and waits outside the LSTM, the memories and the look-back. */
  vector?: ItemVector;
}

const SEARCH = 'search:';

/** Id of the pseudo-item that a search stands for; its text is the term. */
export function searchItem(term: string): string {
  return SEARCH + term.trim().toLowerCase();
}

/** The items that an event is about: its own, or the pseudo-item of a search. */
export function eventItems(event: LoggedEvent): EventItem[] {
  if (event.name === 'search' && event.search) return [{ id: searchItem(event.search) }, ...event.items];
  return event.items;
}

/** The steps of one event; `lookup` gives what the fact table knows of an item. */
export function stepsOf(
  event: LoggedEvent,
  lookup: (id: string) => { facts?: ItemFacts; vector?: ItemVector } | undefined,
): ModelStep[] {
  return eventItems(event).map((item, i) => ({ event, item, first: i === 0, ...lookup(item.id) }));
}

/** Runs the LSTM over the steps that have a vector; reads the state, changes nothing. */
async function runLstm(
  model: InterestModel,
  lstm: LoadedLstm,
  state: InterestState,
  steps: readonly ModelStep[],
): Promise<{ output: LstmOutput; time: number; count: number } | undefined> {
  const taken = steps.filter((step) => step.vector && isStep(step.event.name));
  if (taken.length === 0) return undefined;
  const { input } = model.manifest.sizes;
  const x = new Float32Array(taken.length * input);
  const elapsed = new Float32Array(taken.length);
  let time = state.stepTime;
  taken.forEach((step, t) => {
    const gap = (step.event.time - time) / 1000;
    encodeStep(model, { ...step, vector: step.vector! }, gap, x, t * input);
    elapsed[t] = elapsedOf(gap);
    if (!Number.isNaN(step.event.time)) time = step.event.time;
  });
  const output = await lstm.run({ batch: 1, steps: taken.length, x, elapsed }, state.lstm);
  return { output, time, count: taken.length };
}

function entry(
  counts: Map<string, Count>,
  key: string,
  slots: InterestModel['slots']['category'],
  state: InterestState,
) {
  let count = counts.get(key);
  if (!count) {
    count = newCount(slots, state.lastTime, state.events);
    counts.set(key, count);
  }
  return count;
}

function itemEntry(model: InterestModel, state: InterestState, id: string): ItemCount {
  let count = state.items.get(id);
  if (!count) {
    count = { ...newCount(model.slots.item, state.lastTime, state.events), met: false, bought: [] };
    state.items.set(id, count);
  }
  return count;
}

/** The entities of a step beside its item: each category once, and the brand. */
function* entities(model: InterestModel, state: InterestState, facts: ItemFacts | undefined) {
  if (!facts) return;
  if (model.slots.category.length > 0) {
    for (const name of new Set(facts.categories)) {
      yield { slots: model.slots.category, counts: state.categories, name };
    }
  }
  if (model.slots.brand.length > 0 && facts.brand) {
    yield { slots: model.slots.brand, counts: state.brands, name: facts.brand };
  }
}

function refund(model: InterestModel, state: InterestState, { item, facts }: ModelStep): void {
  const count = state.items.get(item.id);
  const purchase = count?.bought.at(-1);
  if (!count || !purchase) return;
  // A part of the purchase came back: the rest of it still counts as bought.
  if (item.quantity !== undefined && purchase.left > item.quantity) {
    purchase.left -= item.quantity;
    return;
  }
  count.bought.pop();
  removePurchase(model.slots.item, count, purchase, count.bought.length === 0);
  for (const { slots, counts, name } of entities(model, state, facts)) {
    const other = counts.get(name);
    if (other) removePurchase(slots, other, purchase, false);
  }
}

function countStep(model: InterestModel, state: InterestState, step: ModelStep): void {
  const { event, item, facts } = step;
  if (event.name === 'refund') {
    refund(model, state, step);
    return;
  }
  const group = groupOf(event.name);
  const weight = kindWeight(model.manifest, event);
  // A search's pseudo-item is never a candidate: nothing would read its counts.
  if (!group || weight === 0 || item.id.startsWith(SEARCH)) return;
  if (group === 'seen' && !model.slots.item.some((slot) => slot.group === 'seen')) return;
  const { events } = state;
  const count = itemEntry(model, state, item.id);
  addCount(model.slots.item, count, group, weight, event.time, events);
  for (const { slots, counts, name } of entities(model, state, facts)) {
    addCount(slots, entry(counts, name, slots, state), group, weight, event.time, events);
  }
  if (group === 'seen') return;
  if (!count.met) state.distinct += 1;
  count.met = true;
  if (group === 'purchase') {
    count.bought.push({
      time: event.time,
      step: events,
      weight,
      left: item.quantity ?? Number.NaN,
      price: item.price ?? facts?.price ?? Number.NaN,
    });
    if (count.bought.length > MAX_PURCHASES) count.bought.shift();
  }
}

function remember(model: InterestModel, state: InterestState, { event, item, facts, vector }: ModelStep): void {
  const weight = kindWeight(model.manifest, event);
  if (!vector || weight <= 0) return;
  updateMemories(model.manifest, state, vector.q, weight, event.time, state.events);
  const e = vector.e ?? new Float32Array(model.manifest.sizes.embedding);
  const words = facts && model.readsWords ? wordsOf(facts.title) : [];
  state.recent.push({ id: item.id, e, words, time: event.time, step: state.events, weight });
  if (state.recent.length > model.manifest.recent) state.recent.shift();
}

/** Counts the event and the item, and moves the clock. */
function arrive(state: InterestState, { event, first }: ModelStep): void {
  state.itemEvents += 1;
  if (first) {
    state.events += 1;
    if (state.sessions === 0 || event.time - state.lastTime > SESSION_GAP * 1000) state.sessions += 1;
  }
  if (Number.isNaN(event.time)) return;
  if (Number.isNaN(state.firstTime)) state.firstTime = event.time;
  state.lastTime = event.time;
}

/**
 * Takes steps, in log order, into `state` (in place). The same bits result however the steps are split into calls.
 * When the executor rejects, the state is as it was. Calls on one state must not overlap.
 */
export async function advance(
  model: InterestModel,
  lstm: LoadedLstm,
  state: InterestState,
  steps: readonly ModelStep[],
): Promise<void> {
  const run = await runLstm(model, lstm, state, steps);
  for (const step of steps) {
    const taken = isStep(step.event.name);
    if (taken) arrive(state, step);
    countStep(model, state, step);
    if (taken) remember(model, state, step);
  }
  if (!run) return;
  state.lstm = { h: run.output.h, c: run.output.c, o: run.output.o };
  state.stepTime = run.time;
  state.steps += run.count;
}
