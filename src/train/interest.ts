import { addScaled, inner, lengthOf, multiply, multiplyBackward, normalizeBackward, sigmoid } from './math';
import type { Tensors } from './parameters';

/** What the memories hold at one moment: `M_k = Σ_t coefficient[t, k] q_{item[t]}`, over the steps before it. */
export interface MemoryTerms {
  /** Rows of the item table, [n]. */
  items: ArrayLike<number>;
  /** [n, K] */
  coefficients: Float32Array;
  count: number;
}

/** Everything that the backward pass needs of one reading. D item, K memories. */
export interface InterestTrace {
  terms: MemoryTerms;
  hidden: Float32Array;
  /** [K, D] unit length, and lengths before. */
  memories: Float32Array;
  lengths: Float32Array;
  query: Float32Array;
  attention: Float32Array;
  long: Float32Array;
  short: Float32Array;
  gate: Float32Array;
  /** `[U^l; U^s; φ; log1p(n)/5]` */
  both: Float32Array;
  length: number;
  /** [D] unit length */
  interest: Float32Array;
}

/**
 * `U^l` by attention over the memories, `U^s = W_short h`, fused by a gate (model.md; the serving form is readState in
 * src/model). `context` is `[φ(now − last); log1p(events)/5]`, q the item table [items, D].
 */
export function readInterest(
  p: Tensors,
  q: Float32Array,
  terms: MemoryTerms,
  hidden: Float32Array,
  context: Float32Array,
  D: number,
): InterestTrace {
  const K = terms.coefficients.length / Math.max(1, terms.count);
  const memories = new Float32Array(K * D);
  for (let t = 0; t < terms.count; t += 1) {
    for (let k = 0; k < K; k += 1) {
      addScaled(memories, k * D, q, terms.items[t]! * D, D, terms.coefficients[t * K + k]!);
    }
  }
  const lengths = new Float32Array(K);
  for (let k = 0; k < K; k += 1) {
    lengths[k] = lengthOf(memories, k * D, D);
    for (let i = k * D; i < (k + 1) * D; i += 1) memories[i] = lengths[k]! > 1e-12 ? memories[i]! / lengths[k]! : 0;
  }
  const query = multiply(p.get('long.weight'), hidden);
  const attention = new Float32Array(K);
  let total = 0;
  const logits = Array.from({ length: K }, (_, k) =>
    lengths[k]! > 1e-12 ? inner(memories, k * D, query, 0, D) : Number.NEGATIVE_INFINITY,
  );
  const peak = Math.max(...logits);
  for (let k = 0; k < K; k += 1) total += attention[k] = Math.exp(logits[k]! - peak);
  const long = new Float32Array(D);
  for (let k = 0; k < K; k += 1) {
    attention[k]! /= total;
    addScaled(long, 0, memories, k * D, D, attention[k]!);
  }
  const short = multiply(p.get('short.weight'), hidden);
  const both = new Float32Array(2 * D + context.length);
  both.set(long);
  both.set(short, D);
  both.set(context, 2 * D);
  const bias = p.get('fusion.bias');
  const gate = multiply(p.get('fusion.weight'), both).map((value, i) => sigmoid(value + bias[i]!));
  const interest = gate.map((share, i) => share * long[i]! + (1 - share) * short[i]!);
  const length = lengthOf(interest, 0, D);
  for (let i = 0; i < D; i += 1) interest[i] = length > 1e-12 ? interest[i]! / length : 0;
  return { terms, hidden, memories, lengths, query, attention, long, short, gate, both, length, interest };
}

/** Backward of {@link readInterest}: adds to the weights' gradients, to `dHidden` [H] and to `dq` [items, D]. */
export function interestBackward(
  p: Tensors,
  grad: Tensors,
  trace: InterestTrace,
  dInterest: Float32Array,
  dHidden: Float32Array,
  dq: Float32Array,
): void {
  const D = dInterest.length;
  const { gate, long, short, memories, lengths, attention, query, terms } = trace;
  const K = lengths.length;
  const dU = new Float32Array(D);
  normalizeBackward(trace.interest, 0, trace.length, dInterest, 0, dU, 0, D);
  const dPre = dU.map((d, i) => d * (long[i]! - short[i]!) * gate[i]! * (1 - gate[i]!));
  const dBoth = new Float32Array(trace.both.length);
  multiplyBackward(p.get('fusion.weight'), trace.both, dPre, grad.get('fusion.weight'), dBoth);
  addScaled(grad.get('fusion.bias'), 0, dPre, 0, D, 1);
  const dLong = dU.map((d, i) => d * gate[i]! + dBoth[i]!);
  const dShort = dU.map((d, i) => d * (1 - gate[i]!) + dBoth[D + i]!);
  multiplyBackward(p.get('short.weight'), trace.hidden, dShort, grad.get('short.weight'), dHidden);
  const dAttention = attention.map((_, k) => inner(memories, k * D, dLong, 0, D));
  const mean = inner(attention, 0, dAttention, 0, K);
  const dQuery = new Float32Array(D);
  const dUnit = new Float32Array(K * D);
  const dMemory = new Float32Array(K * D);
  for (let k = 0; k < K; k += 1) {
    if (!(lengths[k]! > 1e-12)) continue;
    const dLogit = attention[k]! * (dAttention[k]! - mean);
    addScaled(dQuery, 0, memories, k * D, D, dLogit);
    addScaled(dUnit, k * D, dLong, 0, D, attention[k]!);
    addScaled(dUnit, k * D, query, 0, D, dLogit);
    normalizeBackward(memories, k * D, lengths[k]!, dUnit, k * D, dMemory, k * D, D);
  }
  multiplyBackward(p.get('long.weight'), trace.hidden, dQuery, grad.get('long.weight'), dHidden);
  for (let t = 0; t < terms.count; t += 1) {
    for (let k = 0; k < K; k += 1) {
      addScaled(dq, terms.items[t]! * D, dMemory, k * D, D, terms.coefficients[t * K + k]!);
    }
  }
}
