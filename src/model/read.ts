import { elapsedOf, encodeGap, GAP_SIZE } from './encode';
import { readHidden } from './executors/plain';
import { dot, linear, normalize, sigmoid } from './linear';
import { memoryDecay } from './memory';
import type { InterestModel } from './model';
import type { InterestState } from './state';

/** The state as it reads at one moment; plain arrays, owned by the caller. */
export interface Reading {
  /** Unix ms; NaN when unknown. */
  now: number;
  /** [H] hidden state with the cell's decay up to now. */
  hidden: Float32Array;
  /** [D] `U^s = W_short h`. */
  short: Float32Array;
  /** [D] `U^l`, attention over the memories. */
  long: Float32Array;
  /** [D] U, fused; zeros before the first step, whatever the fusion's biases. */
  fused: Float32Array;
  /** [D] U with unit length (or zeros). */
  interest: Float32Array;
  /** [K, D] memories, each of unit length (or zeros). */
  memories: Float32Array;
  /** [K] attention of the long-term interest; zeros when every memory is empty. */
  attention: Float32Array;
}

/** Unit-length memories at (now): a common decay does not change a direction, but an empty one stays zeros. */
function readMemories(model: InterestModel, state: InterestState, now: number): Float32Array {
  const { item: size } = model.manifest.sizes;
  const out = new Float32Array(state.memories.length);
  memoryDecay(model.manifest.memories, state, now, state.events).forEach((factor, k) => {
    const memory = new Float32Array(size);
    for (let i = 0; i < size; i += 1) memory[i] = factor * state.memories[k * size + i]!;
    out.set(normalize(memory), k * size);
  });
  return out;
}

/** `U^l = Σ_k softmax_k(query · M_k) M_k` over unit-length memories that are not empty. */
function attend(query: Float32Array, memories: Float32Array): { long: Float32Array; attention: Float32Array } {
  const size = query.length;
  const count = memories.length / size;
  const attention = new Float32Array(count);
  const long = new Float32Array(size);
  const logits: number[] = [];
  for (let k = 0; k < count; k += 1) {
    const empty = dot(memories, k * size, memories, k * size, size) === 0;
    logits.push(empty ? Number.NEGATIVE_INFINITY : dot(memories, k * size, query, 0, size));
  }
  const peak = Math.max(...logits, Number.NEGATIVE_INFINITY);
  if (peak === Number.NEGATIVE_INFINITY) return { long, attention };
  const shares = logits.map((logit) => Math.exp(logit - peak));
  const total = shares.reduce((sum, share) => sum + share, 0);
  shares.forEach((share, k) => {
    attention[k] = share / total;
    for (let i = 0; i < size; i += 1) long[i]! += (share / total) * memories[k * size + i]!;
  });
  return { long, attention };
}

/** The three fusions of long and short interest (model.md, Fusion). */
function fuse(
  { fusion }: InterestModel,
  state: InterestState,
  now: number,
  long: Float32Array,
  short: Float32Array,
): Float32Array {
  const size = long.length;
  const out = new Float32Array(size);
  if (fusion.kind === 'weighted') {
    const alpha = sigmoid(fusion.alpha);
    for (let i = 0; i < size; i += 1) out[i] = alpha * long[i]! + (1 - alpha) * short[i]!;
    return out;
  }
  const both = new Float32Array(2 * size + (fusion.kind === 'attention' ? GAP_SIZE + 1 : 0));
  both.set(long);
  both.set(short, size);
  if (fusion.kind === 'concat') {
    const hidden = linear(fusion.w1, both, fusion.b1).map((value) => Math.max(0, value));
    return linear(fusion.w2, hidden, fusion.b2);
  }
  encodeGap((now - state.lastTime) / 1000, both, 2 * size);
  both[2 * size + GAP_SIZE] = Math.log1p(state.events) / 5;
  const gate = linear(fusion.weight, both, fusion.bias);
  for (let i = 0; i < size; i += 1) {
    const share = sigmoid(gate[i]!);
    out[i] = share * long[i]! + (1 - share) * short[i]!;
  }
  return out;
}

/** Reads the state at `now` (Unix ms; NaN: no decay since the last event). The state stays as it is. */
export function readState(model: InterestModel, state: InterestState, now: number): Reading {
  const hidden = readHidden(model.lstm, state.lstm, elapsedOf((now - state.stepTime) / 1000));
  const short = linear(model.short, hidden);
  const memories = readMemories(model, state, now);
  const { long, attention } = attend(linear(model.long, hidden), memories);
  const fused = state.steps > 0 ? fuse(model, state, now, long, short) : new Float32Array(long.length);
  return { now, hidden, short, long, fused, interest: normalize(fused.slice()), memories, attention };
}
