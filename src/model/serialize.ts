import { HomebodyError } from '../domain';
import { ByteReader, ByteWriter } from './bytes';
import type { Count, ItemCount } from './counts';
import type { InterestModel } from './model';
import { createState, type InterestState } from './state';

const MAGIC = 0x48425333; // 'HBS3': the layout's version is part of it

function sorted<T>(map: Map<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function writeCount(out: ByteWriter, count: Count): void {
  out.doubles(count.values);
  out.double(count.time);
  out.uint(count.step);
}

function readCountOf(from: ByteReader, slots: number): Count {
  return { values: from.doubles(slots), time: from.double(), step: from.uint() };
}

/** Canonical bytes: equal states have equal bytes and different states different ones, however they came about. */
export function serializeState(state: InterestState): Uint8Array {
  const out = new ByteWriter();
  out.uint(MAGIC);
  out.text(state.modelId);
  for (const values of [state.lstm.h, state.lstm.c, state.lstm.o]) out.floats(values);
  out.doubles(state.memories);
  for (const time of [state.memoryTime, state.stepTime, state.lastTime, state.firstTime]) out.double(time);
  for (const count of [state.memoryStep, state.events, state.steps, state.distinct, state.sessions, state.itemEvents])
    out.uint(count);
  out.uint(state.items.size);
  for (const [id, count] of sorted(state.items)) {
    out.text(id);
    writeCount(out, count);
    out.uint(count.met ? 1 : 0);
    out.uint(count.bought.length);
    for (const { time, weight, left, price, step } of count.bought) {
      for (const value of [time, weight, left, price]) out.double(value);
      out.uint(step);
    }
  }
  for (const counts of [state.categories, state.brands]) {
    out.uint(counts.size);
    for (const [name, count] of sorted(counts)) {
      out.text(name);
      writeCount(out, count);
    }
  }
  out.uint(state.recent.length);
  for (const { id, e, words, time, step, weight } of state.recent) {
    out.text(id);
    out.floats(e);
    out.uint(words.length);
    for (const word of words) out.text(word);
    out.double(time);
    out.uint(step);
    out.double(weight);
  }
  return out.finish();
}

function readItem(from: ByteReader, slots: number): ItemCount {
  const count = readCountOf(from, slots);
  const met = from.uint() === 1;
  const bought = from.list(() => ({
    time: from.double(),
    weight: from.double(),
    left: from.double(),
    price: from.double(),
    step: from.uint(),
  }));
  return { ...count, met, bought };
}

/**
 * The inverse of {@link serializeState}. Throws `model-mismatch` for a state of another model (replay the log instead)
 * and `invalid-input` for bytes that are not a state.
 */
export function deserializeState(model: InterestModel, bytes: Uint8Array): InterestState {
  const from = new ByteReader(bytes);
  if (from.uint() !== MAGIC) {
    throw new HomebodyError('invalid-input', 'not a state of this version', { remedy: 'Replay the event log.' });
  }
  const modelId = from.text();
  if (modelId !== model.manifest.id) {
    throw new HomebodyError('model-mismatch', `the state is of model ${modelId}`, { remedy: 'Replay the event log.' });
  }
  const { hidden, embedding } = model.manifest.sizes;
  const { slots } = model;
  const state = createState(model);
  state.lstm = { h: from.floats(hidden), c: from.floats(hidden), o: from.floats(hidden) };
  state.memories = from.doubles(state.memories.length);
  state.memoryTime = from.double();
  state.stepTime = from.double();
  state.lastTime = from.double();
  state.firstTime = from.double();
  state.memoryStep = from.uint();
  state.events = from.uint();
  state.steps = from.uint();
  state.distinct = from.uint();
  state.sessions = from.uint();
  state.itemEvents = from.uint();
  state.items = new Map(from.list(() => [from.text(), readItem(from, slots.item.length)]));
  state.categories = new Map(from.list(() => [from.text(), readCountOf(from, slots.category.length)]));
  state.brands = new Map(from.list(() => [from.text(), readCountOf(from, slots.brand.length)]));
  state.recent = from.list(() => ({
    id: from.text(),
    e: from.floats(embedding),
    words: from.list(() => from.text()),
    time: from.double(),
    step: from.uint(),
    weight: from.double(),
  }));
  from.end();
  return state;
}
