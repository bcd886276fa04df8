import { EVENT_NAMES } from '../domain';
import { CONTEXT_SIZE, type FeatureSpec, type ModelManifest } from '../model';
import type { BasketExample, CustomerExample } from './examples';
import { gateOffsets } from './gate-scale';
import { interestBackward, readInterest } from './interest';
import { type LossOptions, listLoss } from './loss';
import { type LstmWeightsT, lstmBackward, prepareLstm, readAt, readBackward, runLstm } from './lstm';
import { addScaled, inner, type MatrixProduct, multiply, multiplyBackward, normalizeBackward, transpose } from './math';
import type { Tensors } from './parameters';

/** The item table under the present weights: `q = normalize(W_q e + b_q)`, [n, D] with the lengths before. */
export interface ItemTable {
  q: Float32Array;
  lengths: Float32Array;
}

/** `e` [n, E]. */
export function projectItems(p: Tensors, e: Float32Array, E: number, D: number, product: MatrixProduct): ItemTable {
  const n = e.length / E;
  const q = product(e, transpose(p.get('item.weight'), D, E), n, E, D);
  const bias = p.get('item.bias');
  const lengths = new Float32Array(n);
  for (let row = 0; row < n; row += 1) {
    for (let i = 0; i < D; i += 1) q[row * D + i]! += bias[i]!;
    lengths[row] = Math.sqrt(inner(q, row * D, q, row * D, D));
    const scale = lengths[row]! > 1e-12 ? 1 / lengths[row]! : 0;
    for (let i = 0; i < D; i += 1) q[row * D + i]! *= scale;
  }
  return { q, lengths };
}

/** Backward of {@link projectItems}. */
export function projectBackward(
  grad: Tensors,
  table: ItemTable,
  dq: Float32Array,
  e: Float32Array,
  E: number,
  D: number,
  product: MatrixProduct,
): void {
  const n = table.lengths.length;
  const dy = new Float32Array(n * D);
  for (let row = 0; row < n; row += 1)
    normalizeBackward(table.q, row * D, table.lengths[row]!, dq, row * D, dy, row * D, D);
  const dyT = transpose(dy, n, D);
  addScaled(grad.get('item.weight'), 0, product(dyT, e, D, n, E), 0, D * E, 1);
  const bias = grad.get('item.bias');
  for (let i = 0; i < D; i += 1) for (let row = 0; row < n; row += 1) bias[i]! += dyT[i * n + row]!;
}

/** True for columns that are 0 in a list without a prior. */
function priorColumns(features: readonly FeatureSpec[]): boolean[] {
  const out: boolean[] = [];
  for (const spec of features) {
    out.push(spec.kind === 'prior' || (spec.kind === 'product' && spec.of.some((column) => out[column])));
  }
  return out;
}

/** What the passes read of a manifest. */
export interface Shape {
  manifest: ModelManifest;
  /** Where `hidden` and `hasPrior` stand in the gate's input; −1: not there. */
  hiddenAt: number;
  hasPriorAt: number;
  prior: boolean[];
}

export function shapeOf(manifest: ModelManifest): Shape {
  const offsets = gateOffsets(manifest);
  const offset = (input: string) => offsets.find((entry) => entry.input === input)?.at ?? -1;
  return {
    manifest,
    hiddenAt: offset('hidden'),
    hasPriorAt: offset('hasPrior'),
    prior: priorColumns(manifest.features),
  };
}

/** Noise of one pass, drawn by the caller; absent: none (validation). */
export interface Noise {
  /** Uniform in [0, 1). */
  draw: () => number;
  /** Share of the hidden state dropped (Srivastava et al. 2014), for each reading. */
  dropout: number;
  /** Share of lists whose prior is hidden. */
  priorless: number;
  /** Share of events told to the LSTM as another kind. */
  relabel: number;
}

const PURCHASE = EVENT_NAMES.indexOf('purchase');

/**
 * x [T, I] of a customer. Relabelled events (model.md, Training) become a kind that the log lacks, so that its embedding
 * is trained: a view gets a dwell, a rating its value, and both lose the quantity.
 */
function sequenceInput(
  p: Tensors,
  shape: Shape,
  customer: CustomerExample,
  q: Float32Array,
  noise: Noise | undefined,
): { x: Float32Array; rows: Int32Array } {
  const { manifest } = shape;
  const { item: D, type, input: I } = manifest.sizes;
  const T = customer.items.length;
  const x = new Float32Array(T * I);
  const rows = new Int32Array(T);
  const types = p.get('type.weight');
  const purchaseRow = manifest.eventTypes.indexOf(EVENT_NAMES[PURCHASE]!);
  let told = 0;
  let dwell: number | undefined;
  let rating: number | undefined;
  for (let t = 0; t < T; t += 1) {
    if (t === 0 || customer.event[t] !== customer.event[t - 1]) {
      told = manifest.eventTypes.indexOf(EVENT_NAMES[customer.kinds[t]!]!);
      dwell = rating = undefined;
      if (noise && told === purchaseRow && noise.draw() < noise.relabel) {
        told = Math.floor(noise.draw() * manifest.eventTypes.length);
        const name = manifest.eventTypes[told];
        if (name === 'view_item' && noise.draw() < 0.7) dwell = Math.log1p(Math.exp(1 + 4 * noise.draw())) / 5;
        if (name === 'rate') rating = 0.4 + 0.6 * noise.draw();
      }
    }
    rows[t] = told;
    x.set(q.subarray(customer.items[t]! * D, (customer.items[t]! + 1) * D), t * I);
    if (told >= 0) x.set(types.subarray(told * type, (told + 1) * type), t * I + D);
    const at = t * I + D + type;
    x.set(customer.context.subarray(t * CONTEXT_SIZE, (t + 1) * CONTEXT_SIZE), at);
    if (told === purchaseRow) continue;
    // The last 8 values are dwell, quantity, relative price and rating, each with its missing flag (encodeValues).
    const value = at + CONTEXT_SIZE - 8;
    if (dwell !== undefined) x.set([dwell, 0], value);
    x.set([0, 1], value + 2);
    if (rating !== undefined) x.set([rating, 0], value + 6);
  }
  return { x, rows };
}

/** Scores of one basket's list. */
function score(
  shape: Shape,
  basket: BasketExample,
  a: Float32Array,
  interest: Float32Array,
  q: Float32Array,
  cosines: Float32Array,
  hidePrior: boolean,
): Float64Array {
  const { features } = shape.manifest;
  const J = features.length;
  const D = interest.length;
  const weights = a.map((value, j) => (hidePrior && shape.prior[j] ? 0 : value));
  const own = features.map((spec) => spec.kind === 'interest');
  const scores = new Float64Array(basket.rows.length);
  for (let i = 0; i < scores.length; i += 1) {
    cosines[i] = inner(q, basket.rows[i]! * D, interest, 0, D);
    scores[i] = inner(basket.features, i * J, weights, 0, J);
  }
  features.forEach((spec, j) => {
    if (!own[j] || spec.kind !== 'interest') return;
    for (let i = 0; i < scores.length; i += 1) {
      if (!spec.only || (spec.only === 'met') === (basket.met[i] === 1)) scores[i]! += a[j]! * cosines[i]!;
    }
  });
  return scores;
}

/** What the passes of one update share. */
export interface Pass {
  p: Tensors;
  w: LstmWeightsT;
  shape: Shape;
  table: ItemTable;
  product: MatrixProduct;
}

export function startPass(p: Tensors, shape: Shape, e: Float32Array, product: MatrixProduct): Pass {
  const { embedding, item, input, hidden } = shape.manifest.sizes;
  return { p, w: prepareLstm(p, input, hidden), shape, table: projectItems(p, e, embedding, item, product), product };
}

function gateOf(pass: Pass, z: Float32Array): Float32Array {
  const bias = pass.p.get('gate.bias');
  return multiply(pass.p.get('gate.weight'), z).map((value, j) => value + bias[j]!);
}

function gateInputOf(shape: Shape, basket: BasketExample, hidden: Float32Array, hasPrior: boolean): Float32Array {
  const z = basket.gate.slice();
  if (shape.hiddenAt >= 0) z.set(hidden, shape.hiddenAt);
  if (shape.hasPriorAt >= 0) z[shape.hasPriorAt] = hasPrior ? 1 : 0;
  return z;
}

/** Scores of a customer's lists without noise, with or without the prior. */
export function scoreCustomer(pass: Pass, customer: CustomerExample, withPrior: boolean): Float64Array[] {
  const { p, w, shape, table } = pass;
  const { item: D, hidden: H } = shape.manifest.sizes;
  const { x } = sequenceInput(p, shape, customer, table.q, undefined);
  const trace = runLstm(p, w, x, customer.elapsed, H, pass.product);
  return customer.baskets.map((basket) => {
    const { hidden } = readAt(p, w, trace, basket.step, basket.elapsed, H);
    const terms = { items: customer.items, coefficients: basket.coefficients, count: basket.step };
    const { interest } = readInterest(p, table.q, terms, hidden, basket.context, D);
    const a = gateOf(pass, gateInputOf(shape, basket, hidden, withPrior));
    return score(shape, basket, a, interest, table.q, new Float32Array(basket.rows.length), !withPrior);
  });
}

/**
 * Forward and backward of one customer: adds to `grad` and to `dq` [items, D]. The gradient is that of
 * `scale · Σ loss` over the customer's baskets; the returned loss is the plain sum.
 */
export function trainCustomer(
  pass: Pass,
  customer: CustomerExample,
  noise: Noise,
  options: LossOptions,
  scale: number,
  grad: Tensors,
  dq: Float32Array,
): number {
  const { p, w, shape, table } = pass;
  const { q } = table;
  const { features, sizes } = shape.manifest;
  const { item: D, hidden: H, type, input: I } = sizes;
  const J = features.length;
  const { x, rows } = sequenceInput(p, shape, customer, q, noise);
  const trace = runLstm(p, w, x, customer.elapsed, H, pass.product);
  const read = { c: new Float32Array((trace.steps + 1) * H), o: new Float32Array(trace.steps * H) };
  let loss = 0;
  for (const basket of customer.baskets) {
    const hidePrior = noise.draw() < noise.priorless;
    const reading = readAt(p, w, trace, basket.step, basket.elapsed, H);
    const mask = reading.hidden.map(() => (noise.draw() < noise.dropout ? 0 : 1 / (1 - noise.dropout)));
    const hidden = reading.hidden.map((value, j) => value * mask[j]!);
    const terms = { items: customer.items, coefficients: basket.coefficients, count: basket.step };
    const interest = readInterest(p, q, terms, hidden, basket.context, D);
    const z = gateInputOf(shape, basket, hidden, !hidePrior);
    const a = gateOf(pass, z);
    const n = basket.rows.length;
    const cosines = new Float32Array(n);
    const scores = score(shape, basket, a, interest.interest, q, cosines, hidePrior);
    const ds = new Float64Array(n);
    loss += listLoss(scores, basket, options, ds);

    const da = new Float32Array(J);
    const dInterest = new Float32Array(D);
    for (let i = 0; i < n; i += 1) {
      const d = ds[i]! * scale;
      if (d === 0) continue;
      let dCosine = 0;
      for (let j = 0; j < J; j += 1) {
        const spec = features[j]!;
        if (spec.kind === 'interest') {
          if (spec.only && (spec.only === 'met') !== (basket.met[i] === 1)) continue;
          da[j]! += d * cosines[i]!;
          dCosine += d * a[j]!;
        } else if (!(hidePrior && shape.prior[j])) da[j]! += d * basket.features[i * J + j]!;
      }
      addScaled(dInterest, 0, q, basket.rows[i]! * D, D, dCosine);
      addScaled(dq, basket.rows[i]! * D, interest.interest, 0, D, dCosine);
    }
    const dz = new Float32Array(z.length);
    multiplyBackward(p.get('gate.weight'), z, da, grad.get('gate.weight'), dz);
    addScaled(grad.get('gate.bias'), 0, da, 0, J, 1);
    const dHidden = shape.hiddenAt >= 0 ? dz.slice(shape.hiddenAt, shape.hiddenAt + H) : new Float32Array(H);
    interestBackward(p, grad, interest, dInterest, dHidden, dq);
    for (let j = 0; j < H; j += 1) dHidden[j]! *= mask[j]!;
    readBackward(p, w, grad, trace, reading, dHidden, read);
  }
  const dx = lstmBackward(p, w, grad, trace, read, H, pass.product);
  const dType = grad.get('type.weight');
  for (let t = 0; t < trace.steps; t += 1) {
    addScaled(dq, customer.items[t]! * D, dx, t * I, D, 1);
    if (rows[t]! >= 0) addScaled(dType, rows[t]! * type, dx, t * I + D, type, 1);
  }
  return loss;
}
