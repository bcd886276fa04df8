import { type CandidateBatch, standardisePrior } from './batch';
import { type ItemCount, readCount, type Slot, sameSlot, slotOf } from './counts';
import { dot } from './linear';
import type { FeatureSpec } from './manifest';
import type { InterestModel } from './model';
import type { Near } from './near';
import { neighbourFeatures } from './neighbours';
import { purchaseFeatures } from './purchases';
import type { Reading } from './read';
import { textFeatures } from './recent';
import type { InterestState } from './state';

type Familiarity = Extract<FeatureSpec, { kind: 'familiarity' }>;

/** The columns of `manifest.features` of one kind. */
function columnsOf<K extends FeatureSpec['kind']>(model: InterestModel, kind: K) {
  const columns: number[] = [];
  const specs: Extract<FeatureSpec, { kind: K }>[] = [];
  model.manifest.features.forEach((spec, j) => {
    if (spec.kind !== kind) return;
    columns.push(j);
    specs.push(spec as Extract<FeatureSpec, { kind: K }>);
  });
  return { columns, specs };
}

/** Where a familiarity feature reads its count: column in the output, slot in the entity's counts. */
function reads(model: InterestModel, entity: Familiarity['entity']): { column: number; slot: number }[] {
  const { columns, specs } = columnsOf(model, 'familiarity');
  return specs.flatMap((spec, i) => {
    if (spec.entity !== entity) return [];
    return [{ column: columns[i]!, slot: model.slots[entity].findIndex((slot) => sameSlot(slot, slotOf(spec))) }];
  });
}

/** The candidates that the shopper's log knows, found from whichever side has fewer of them. */
function* knownItems(state: InterestState, batch: CandidateBatch): Iterable<[row: number, count: ItemCount]> {
  const { ids, rows, size } = batch;
  // Only the first of candidates with one id is found by it.
  if (state.items.size < size && rows.size === size) {
    for (const [id, count] of state.items) {
      const row = rows.get(id);
      if (row !== undefined) yield [row, count];
    }
    return;
  }
  for (let row = 0; row < size; row += 1) {
    const count = state.items.get(ids[row]!);
    if (count) yield [row, count];
  }
}

/** 1 for each candidate that was considered, carted or bought. */
export function metFlags(state: InterestState, batch: CandidateBatch): Uint8Array {
  const met = new Uint8Array(batch.size);
  for (const [row, count] of knownItems(state, batch)) met[row] = count.met ? 1 : 0;
  return met;
}

function itemFamiliarity(
  model: InterestModel,
  state: InterestState,
  batch: CandidateBatch,
  now: number,
  out: Float32Array,
) {
  const list = reads(model, 'item');
  const J = model.manifest.features.length;
  const values = new Float64Array(model.slots.item.length);
  const { columns, specs } = columnsOf(model, 'met');
  const total = model.slots.item.findIndex((slot) => sameSlot(slot, { group: 'any' }));
  for (const [row, count] of knownItems(state, batch)) {
    readCount(model.slots.item, count, now, state.events, values);
    for (const { column, slot } of list) out[row * J + column] = Math.log1p(values[slot]!);
    specs.forEach(({ weighted }, i) => {
      out[row * J + columns[i]!] = weighted ? Math.min(1, values[total]!) : Number(count.met);
    });
  }
  const purchases = columnsOf(model, 'purchases');
  const facts = purchases.specs.map(({ of }) => of);
  purchaseFeatures(state, batch, facts, purchases.columns, now, out, J);
}

/** `log1p` of the decayed counts of some names, [names, slots]. */
function logCounts(
  slots: readonly Slot[],
  counts: InterestState['brands'],
  names: readonly string[],
  state: InterestState,
  now: number,
): Float64Array {
  const out = new Float64Array(names.length * slots.length);
  const values = new Float64Array(slots.length);
  names.forEach((name, i) => {
    const count = counts.get(name);
    if (!count) return;
    readCount(slots, count, now, state.events, values);
    for (let s = 0; s < slots.length; s += 1) out[i * slots.length + s] = Math.log1p(values[s]!);
  });
  return out;
}

function groupFamiliarity(
  model: InterestModel,
  state: InterestState,
  batch: CandidateBatch,
  now: number,
  out: Float32Array,
) {
  const J = model.manifest.features.length;
  const brands = reads(model, 'brand');
  if (brands.length > 0 && state.brands.size > 0) {
    const logs = logCounts(model.slots.brand, state.brands, batch.brandNames, state, now);
    const width = model.slots.brand.length;
    for (let i = 0; i < batch.size; i += 1) {
      const brand = batch.brandIndex[i]!;
      if (brand >= 0) for (const { column, slot } of brands) out[i * J + column] = logs[brand * width + slot]!;
    }
  }
  const categories = reads(model, 'category');
  if (categories.length === 0 || state.categories.size === 0) return;
  const logs = logCounts(model.slots.category, state.categories, batch.categoryNames, state, now);
  const width = model.slots.category.length;
  for (let i = 0; i < batch.size; i += 1) {
    const from = batch.categoryStart[i]!;
    const to = batch.categoryStart[i + 1]!;
    for (const { column, slot } of categories) {
      let sum = 0;
      for (let at = from; at < to; at += 1) sum += logs[batch.categoryIndex[at]! * width + slot]!;
      if (sum > 0) out[i * J + column] = sum / (to - from);
    }
  }
}

function vectorFeatures(model: InterestModel, batch: CandidateBatch, reading: Reading | undefined, out: Float32Array) {
  const D = model.manifest.sizes.item;
  const J = model.manifest.features.length;
  model.manifest.features.forEach((spec, j) => {
    if (spec.kind === 'bias' || spec.kind === 'repeat') {
      for (let i = 0; i < batch.size; i += 1) out[i * J + j] = batch[spec.kind][i]!;
    }
    if (!reading || (spec.kind !== 'interest' && spec.kind !== 'memory')) return;
    const vector = spec.kind === 'interest' ? reading.interest : reading.memories;
    const at = spec.kind === 'memory' ? spec.index * D : 0;
    for (let i = 0; i < batch.size; i += 1) out[i * J + j] = dot(batch.q, i * D, vector, at, D);
  });
}

function priorFeatures(model: InterestModel, batch: CandidateBatch, out: Float32Array) {
  const J = model.manifest.features.length;
  const scales = new Map<string, Float64Array>();
  model.manifest.features.forEach((spec, j) => {
    if (spec.kind !== 'prior') return;
    const scale = spec.scale ?? 'z';
    const values = scales.get(scale) ?? standardisePrior(batch.prior, scale);
    scales.set(scale, values);
    for (let i = 0; i < batch.size; i += 1) out[i * J + j] = values[i]!;
  });
}

/** Applies `only`. */
function restrict(model: InterestModel, met: Uint8Array, out: Float32Array) {
  const J = model.manifest.features.length;
  model.manifest.features.forEach((spec, j) => {
    if (!('only' in spec) || !spec.only) return;
    const dropped = spec.only === 'met' ? 0 : 1;
    for (let i = 0; i < met.length; i += 1) if (met[i] === dropped) out[i * J + j] = 0;
  });
}

/** Products come last: they read finished columns, products before them included. */
function multiply(model: InterestModel, size: number, out: Float32Array) {
  const J = model.manifest.features.length;
  model.manifest.features.forEach((spec, j) => {
    if (spec.kind !== 'product') return;
    const [a, b] = spec.of;
    for (let i = 0; i < size; i += 1) out[i * J + j] = out[i * J + a]! * out[i * J + b]!;
  });
}

/**
 * x [n, J] of every candidate, J = `manifest.features` in order, into `out` (overwritten; [n · J]). The trainer calls
 * this very function for its inputs. `now` Unix ms, NaN when unknown. `reading` ({@link readState}) is what the
 * `interest` and `memory` columns need; without it they are 0. Returns what the text columns were made of,
 * for explanations; undefined when there is nothing to make them of.
 */
export function candidateFeatures(
  model: InterestModel,
  state: InterestState,
  batch: CandidateBatch,
  now: number,
  out: Float32Array,
  reading?: Reading,
): Near | undefined {
  out.fill(0, 0, batch.size * model.manifest.features.length);
  itemFamiliarity(model, state, batch, now, out);
  groupFamiliarity(model, state, batch, now, out);
  const met = metFlags(state, batch);
  const texts = textFeatures(model, state, batch, now, out);
  const neighbours = columnsOf(model, 'neighbours');
  neighbourFeatures(model, state, batch, now, neighbours.specs, neighbours.columns, out);
  vectorFeatures(model, batch, reading, out);
  priorFeatures(model, batch, out);
  restrict(model, met, out);
  multiply(model, batch.size, out);
  return texts;
}
