import type { CandidateBatch } from './batch';
import { stateInput, stateSize } from './gate';
import { dot } from './linear';
import type { ConversionInput, GateInput, ModelManifest } from './manifest';
import type { InterestModel } from './model';
import type { Scores } from './score';
import type { InterestState } from './state';

/** Weights of the conversion head (model.md, Scores): `logit(p) = w2 · tanh(W1 x + b1) + b2`; C hidden units, X inputs. */
export interface ConversionWeights {
  /** `conversion.w1` [C, X], `conversion.b1` [C]. */
  w1: Float32Array;
  b1: Float32Array;
  /** `conversion.w2` [1, C], `conversion.b2` [1]. */
  w2: Float32Array;
  b2: Float32Array;
}

/** Widths of the blocks that are the head's own. */
const RECENCY_SIZE = 4;
const PRICE_SIZE = 2;

type Sizes = Pick<ModelManifest, 'sizes' | 'features'>;

function width(input: ConversionInput, manifest: Sizes): number {
  if (input === 'interest') return manifest.sizes.item;
  if (input === 'features') return manifest.features.length;
  if (input === 'recency') return RECENCY_SIZE;
  return input === 'price' ? PRICE_SIZE : stateSize(input, manifest);
}

/** X, the width of the head's input. */
export function conversionSize(manifest: Sizes, inputs: readonly ConversionInput[]): number {
  return inputs.reduce((sum, input) => sum + width(input, manifest), 0);
}

/** [n, 4] `log1p(minutes since it was met) / 8`, not met, `log1p(place) / 5`, met last; places as in the manifest. */
function recency(state: InterestState, batch: CandidateBatch, now: number): Float32Array {
  const out = new Float32Array(batch.size * RECENCY_SIZE);
  const counts = batch.ids.map((id) => state.items.get(id));
  const steps = counts.flatMap((count) => (count ? count.step : [])).sort((a, b) => b - a);
  counts.forEach((count, i) => {
    const at = i * RECENCY_SIZE;
    if (!count) {
      out[at + 1] = 1;
      return;
    }
    const minutes = (now - count.time) / 60_000;
    const place = steps.indexOf(count.step);
    out[at] = minutes > 0 ? Math.log1p(minutes) / 8 : 0;
    out[at + 2] = Math.log1p(place) / 5;
    out[at + 3] = place === 0 ? 1 : 0;
  });
  return out;
}

/** x [n, X] of the head, in the order of the manifest's `conversion.inputs`; no columns without a head. */
export function conversionInput(
  model: InterestModel,
  state: InterestState,
  batch: CandidateBatch,
  scored: Pick<Scores, 'features' | 'reading' | 'list'>,
  utcOffset?: number,
): Float32Array {
  const { manifest } = model;
  const inputs = manifest.conversion ? manifest.conversion.inputs : [];
  const X = conversionSize(manifest, inputs);
  const out = new Float32Array(batch.size * X);
  const { reading } = scored;
  let at = 0;
  for (const input of inputs) {
    const size = width(input, manifest);
    const own =
      input === 'features' ? scored.features : input === 'recency' ? recency(state, batch, reading.now) : undefined;
    const same =
      own || input === 'interest' || input === 'price'
        ? reading.interest
        : stateInput(manifest, [input as GateInput], state, reading, utcOffset, scored.list);
    for (let i = 0; i < batch.size; i += 1) {
      const to = i * X + at;
      if (own) out.set(own.subarray(i * size, (i + 1) * size), to);
      else if (input === 'price') {
        const price = batch.price[i]!;
        out[to] = price || 0;
        out[to + 1] = Number.isNaN(price) ? 1 : 0;
      } else {
        for (let d = 0; d < size; d += 1) out[to + d] = same[d]! * (input === 'interest' ? batch.q[i * size + d]! : 1);
      }
    }
    at += size;
  }
  return out;
}

/** `logit(p_i)` [n] for x [n, X] of {@link conversionInput}. */
export function conversionLogits({ w1, b1, w2, b2 }: ConversionWeights, x: Float32Array): Float64Array {
  const C = b1.length;
  const X = w1.length / C;
  const out = new Float64Array(x.length / X);
  for (let i = 0; i < out.length; i += 1) {
    let sum = b2[0]!;
    for (let c = 0; c < C; c += 1) sum += w2[c]! * Math.tanh(dot(w1, c * X, x, i * X, X) + b1[c]!);
    out[i] = sum;
  }
  return out;
}
