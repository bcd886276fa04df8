import { type DataFolder, eventsOf, factsOf } from '../data';
import { EVENT_NAMES } from '../domain';
import { basketsOf, type RecentPurchases } from '../evaluate';
import {
  advance,
  type CandidateBatch,
  CONTEXT_SIZE,
  candidateFeatures,
  createState,
  elapsedOf,
  encodeContext,
  encodeGap,
  GAP_SIZE,
  gateInput,
  gateSize,
  type InterestModel,
  type ItemVector,
  isStep,
  keepColumns,
  kindWeight,
  type LoadedLstm,
  memoryDecay,
  metFlags,
  prepareCandidates,
  readState,
  stepsOf,
} from '../model';
import type { Labels } from './loss';

/** One basket to predict: what does not depend on the weights, made by the very code that serves. */
export interface BasketExample extends Labels {
  /** Candidates, as rows of the item table. */
  rows: Int32Array;
  /** [n, J] of candidateFeatures; the columns of the interest are 0 here. */
  features: Float32Array;
  /** Steps of the sequence before the basket. */
  step: number;
  /** The cell's `elapsed` from the last step to the basket. */
  elapsed: number;
  /** `[φ(now − last); log1p(events)/5]` */
  context: Float32Array;
  /** The gate's input, with zeros for `hidden`; `hasPrior` 1. */
  gate: Float32Array;
  /** [step, K] coefficient of every earlier step in the memories. */
  coefficients: Float32Array;
}

/** One customer: the sequence, and the baskets read along it. */
export interface CustomerExample {
  /** [T] rows of the item table and event kinds (place in EVENT_NAMES). */
  items: Int32Array;
  kinds: Uint8Array;
  /** [T, CONTEXT_SIZE] φ, ψ, m. */
  context: Float32Array;
  /** [T] */
  elapsed: Float32Array;
  /** [T] number of the event that a step belongs to. */
  event: Int32Array;
  baskets: BasketExample[];
}

export interface ExampleSource {
  data: DataFolder;
  model: InterestModel;
  lstm: LoadedLstm;
  vectors: readonly ItemVector[];
  /** The same items with bias and neighbours that other customers' logs say; absent: `vectors` has none. */
  tables?: CustomerTables;
  prior: Pick<RecentPurchases, 'before'>;
  /** Which prior that is, for caches; absent: the purchases of 30 days. */
  priorName?: string;
}

/** What a model that knows its items may tell of them while one customer's examples are made. */
export interface CustomerTables {
  /** Which tables these are, for caches. */
  key: string;
  /** By row of the items file; the same array for customers who share it. */
  vectorsFor(user: number): readonly ItemVector[];
}

interface Step {
  item: number;
  kind: number;
  time: number;
  weight: number;
  event: number;
}

/** Which candidates of a basket are kept: `undefined` keeps all. */
export interface CandidateSample {
  /** First ones by prior, and as many by the first column of texts, of words and of neighbours. */
  top: number;
  random: number;
  /** Keeps everything that was bought too. */
  keepsBought?: boolean;
  draw: () => number;
}

function sampleRows(features: Float32Array, J: number, columns: number[], keep: Uint8Array, sample: CandidateSample) {
  const n = keep.length;
  for (const column of columns) {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    order.sort((a, b) => features[b * J + column]! - features[a * J + column]! || a - b);
    for (let i = 0; i < Math.min(sample.top, n); i += 1) keep[order[i]!] = 1;
  }
  for (let i = 0; i < sample.random; i += 1) keep[Math.floor(sample.draw() * n)] = 1;
}

/** Coefficients of all steps so far in the memories as they read at (time, event). */
function memoryCoefficients(model: InterestModel, steps: readonly Step[], time: number, event: number): Float32Array {
  const { memories } = model.manifest;
  const K = memories.halfLives.length + memories.stepDecays.length;
  const out = new Float32Array(steps.length * K);
  steps.forEach((step, t) => {
    const from = { memoryTime: step.time, memoryStep: step.event };
    memoryDecay(memories, from, time, event).forEach((factor, k) => {
      out[t * K + k] = factor * step.weight;
    });
  });
  return out;
}

/** Makes customers' examples one after another. */
export function exampleMaker(source: ExampleSource) {
  const { data, model, lstm, vectors, prior } = source;
  const { manifest } = model;
  const J = manifest.features.length;
  const facts = data.items.ids.map((_, row) => factsOf(data.items, row));
  const products = Int32Array.from(data.items.ids.keys()).filter((row) => data.items.isProduct[row]);
  const place = new Map(Array.from(products, (row, i) => [row, i]));
  const batches = new Map<readonly ItemVector[], CandidateBatch>();
  const batchFor = (user: number): CandidateBatch => {
    const own = source.tables?.vectorsFor(user) ?? vectors;
    const batch =
      batches.get(own) ??
      prepareCandidates(
        model,
        Array.from(products, (row) => ({ ...facts[row]!, vector: own[row]! })),
      );
    batch.near ??= keepColumns();
    batches.set(own, batch);
    return batch;
  };
  const lookup = (id: string) => {
    const row = data.items.rowOf.get(id);
    return row === undefined ? undefined : { facts: facts[row]!, vector: vectors[row]! };
  };
  const all = new Float32Array(products.length * J);
  const columns = [
    manifest.features.findIndex((spec) => spec.kind === 'prior' && spec.only !== 'met'),
    // What is met is kept anyway.
    manifest.features.findIndex((spec) => spec.kind === 'text' && !spec.words && spec.only !== 'met'),
    manifest.features.findIndex((spec) => spec.kind === 'text' && spec.words && spec.only !== 'met'),
    manifest.features.findIndex((spec) => spec.kind === 'neighbours'),
  ].filter((column) => column >= 0);
  const zeros = { hidden: new Float32Array(manifest.sizes.hidden), fused: new Float32Array(manifest.sizes.item) };

  /** Every basket but the first of one customer; undefined without one. */
  return async (user: number, sample?: CandidateSample): Promise<CustomerExample | undefined> => {
    const baskets = basketsOf(data, user);
    if (baskets.length < 2) return undefined;
    const batch = batchFor(user);
    const state = createState(model);
    const steps: Step[] = [];
    const contexts: number[] = [];
    const elapsed: number[] = [];
    const examples: BasketExample[] = [];
    const buffer = new Float32Array(CONTEXT_SIZE);
    let row = data.events.offsets[user]!;
    for (const [index, basket] of baskets.entries()) {
      const taken = eventsOf(data, user, row, basket.firstRow).flatMap((event) => stepsOf(event, lookup));
      row = basket.firstRow;
      for (const step of taken) {
        if (!isStep(step.event.name)) continue;
        const gap = (step.event.time - (steps.at(-1)?.time ?? Number.NaN)) / 1000;
        encodeContext(manifest, step, gap, buffer, 0);
        contexts.push(...buffer);
        elapsed.push(elapsedOf(gap));
        steps.push({
          item: data.items.rowOf.get(step.item.id)!,
          kind: EVENT_NAMES.indexOf(step.event.name),
          time: step.event.time,
          weight: kindWeight(manifest, step.event),
          event: (steps.at(-1)?.event ?? 0) + (step.first ? 1 : 0),
        });
      }
      await advance(model, lstm, state, taken);
      if (index === 0) continue;
      const now = basket.time * 1000;
      const counts = prior.before(basket.time, user);
      products.forEach((product, i) => {
        batch.prior[i] = counts[product]!;
      });
      candidateFeatures(model, state, batch, now, all);
      const met = metFlags(state, batch);
      const relevant = new Uint8Array(products.length);
      for (const item of basket.items) relevant[place.get(item)!] = 1;
      const keep = new Uint8Array(products.length).fill(sample ? 0 : 1);
      if (sample) {
        sampleRows(all, J, columns, keep, sample);
        for (let i = 0; i < keep.length; i += 1) {
          if (met[i] || (sample.keepsBought && relevant[i])) keep[i] = 1;
        }
      }
      const kept = Int32Array.from(keep.keys()).filter((i) => keep[i]);
      const features = new Float32Array(kept.length * J);
      kept.forEach((i, at) => {
        features.set(all.subarray(i * J, (i + 1) * J), at * J);
      });
      const context = new Float32Array(GAP_SIZE + 1);
      encodeGap((now - state.lastTime) / 1000, context, 0);
      context[GAP_SIZE] = Math.log1p(state.events) / 5;
      const known = met.reduce((sum, flag) => sum + flag, 0) / products.length;
      const gate = gateInput(model, state, { ...readState(model, state, now), ...zeros }, 0, { hasPrior: true, known });
      if (gate.length !== gateSize(manifest)) throw new Error('the gate has another size');
      examples.push({
        rows: kept.map((i) => products[i]!),
        features,
        relevant: Uint8Array.from(kept, (i) => relevant[i]!),
        met: Uint8Array.from(kept, (i) => met[i]!),
        step: steps.length,
        elapsed: elapsedOf((now - state.stepTime) / 1000),
        context,
        gate,
        coefficients: memoryCoefficients(model, steps, now, state.events),
      });
    }
    const last = examples.at(-1)!.step;
    return {
      items: Int32Array.from(steps.slice(0, last), (step) => step.item),
      kinds: Uint8Array.from(steps.slice(0, last), (step) => step.kind),
      event: Int32Array.from(steps.slice(0, last), (step) => step.event),
      context: Float32Array.from(contexts.slice(0, last * CONTEXT_SIZE)),
      elapsed: Float32Array.from(elapsed.slice(0, last)),
      baskets: examples,
    };
  };
}
