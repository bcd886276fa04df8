import { HomebodyError, type Vector } from '../domain';
import { dot, normalize } from './linear';
import type { InterestModel } from './model';

/**
 * An item as the model sees it. Always through int8, whether it was shipped or computed here, so that both are the same
 * bits. All zeros for an item without text.
 */
export interface ItemVector {
  /** `q ∈ R^D`. */
  q: Float32Array;
  /** `e ∈ R^E`; absent when only `q` was shipped. */
  e?: Float32Array;
  bias?: number;
  repeat?: number;
  /** Median price of the item's category in its shop. */
  median?: number;
  neighbours?: readonly [string, number][];
}

export interface Quantised {
  values: Int8Array;
  /** float32; 0 for a zero vector. */
  scale: number;
}

/** One scale a vector: `scale = max|v| / 127`, `int8 = round(v / scale)`. The error is at most `scale / 2` a value. */
export function quantise(vector: Float32Array): Quantised {
  let peak = 0;
  for (const value of vector) peak = Math.max(peak, Math.abs(value));
  const scale = Math.fround(peak / 127);
  const values = new Int8Array(vector.length);
  if (!(scale > 0) || !Number.isFinite(scale)) return { values, scale: 0 };
  for (let i = 0; i < vector.length; i += 1) {
    values[i] = Math.max(-127, Math.min(127, Math.round(vector[i]! / scale)));
  }
  return { values, scale };
}

export function dequantise({ values, scale }: Quantised): Float32Array {
  const vector = new Float32Array(values.length);
  for (let i = 0; i < values.length; i += 1) vector[i] = values[i]! * scale;
  return vector;
}

export function encodeBase64(values: Int8Array): string {
  let binary = '';
  for (const value of values) binary += String.fromCharCode(value & 255);
  return btoa(binary);
}

/** Base64 of int8 back to values; throws `invalid-candidate` when it is not base64 of `length` bytes. */
export function decodeBase64(text: string, length: number): Int8Array {
  let binary: string;
  try {
    binary = atob(text);
  } catch (cause) {
    throw new HomebodyError('invalid-candidate', 'a vector is not base64', { cause });
  }
  if (binary.length !== length) {
    throw new HomebodyError('invalid-candidate', `a vector has ${binary.length} values instead of ${length}`);
  }
  const values = new Int8Array(length);
  for (let i = 0; i < length; i += 1) values[i] = binary.charCodeAt(i);
  return values;
}

/**
 * `e = normalize(W (raw − μ))`: centred and half-whitened text embedding (model.md, Item). `raw` is what the embedder
 * gave, [E_raw]; a zero or non-finite `raw` (empty text) gives zeros.
 */
export function whiten(model: InterestModel, raw: Float32Array): Float32Array {
  const { embedding } = model.manifest.sizes;
  const e = new Float32Array(embedding);
  if (raw.length !== model.manifest.embedder.dimension) {
    throw new HomebodyError('invalid-input', `an embedding has ${raw.length} values`, {
      remedy: `Use the model's own embedder, ${model.manifest.embedder.id}.`,
    });
  }
  if (!raw.some((value) => value !== 0) || !raw.every(Number.isFinite)) return e;
  if (model.whitening) {
    const centred = new Float32Array(raw.length);
    for (let i = 0; i < raw.length; i += 1) centred[i] = raw[i]! - model.whitening.mean[i]!;
    for (let row = 0; row < embedding; row += 1)
      e[row] = dot(model.whitening.matrix, row * raw.length, centred, 0, raw.length);
  } else e.set(raw);
  return normalize(e);
}

/** `q = normalize(W_q e + b_q + δ)`; zeros for a zero `e` without residual. Without `item.weight`, `q = e`. */
export function project(model: InterestModel, e: Float32Array, residual?: Float32Array): Float32Array {
  const { item: size, embedding } = model.manifest.sizes;
  if (!residual && !e.some((value) => value !== 0)) return new Float32Array(size);
  const q = new Float32Array(size);
  for (let row = 0; row < size; row += 1) {
    const content = model.item
      ? dot(model.item.weight, row * embedding, e, 0, embedding) + model.item.bias[row]!
      : e[row]!;
    q[row] = content + (residual ? residual[row]! : 0);
  }
  return normalize(q);
}

/** The shipped form of an item's vector, from its raw text embedding [E_raw]. */
export function makeVector(model: InterestModel, raw: Float32Array, residual?: Float32Array): Vector {
  const e = whiten(model, raw);
  const q = quantise(project(model, e, residual));
  const text = quantise(e);
  return {
    model: model.manifest.id,
    q: encodeBase64(q.values),
    qScale: q.scale,
    e: encodeBase64(text.values),
    eScale: text.scale,
  };
}

/** The item's vector from its raw text embedding [E_raw]; the same bits as reading what {@link makeVector} ships. */
export function embedItem(model: InterestModel, raw: Float32Array): ItemVector {
  const e = whiten(model, raw);
  return { q: dequantise(quantise(project(model, e))), e: dequantise(quantise(e)) };
}

/**
 * Reads a shipped vector. Throws `model-mismatch` when it is of another model and `invalid-candidate` when it is not
 * readable: the caller ignores it with that diagnostic and embeds the text instead.
 */
export function readVector(model: InterestModel, vector: Vector): ItemVector {
  const { item, embedding } = model.manifest.sizes;
  if (vector.model !== model.manifest.id) {
    throw new HomebodyError('model-mismatch', `a vector of model ${vector.model} was ignored`, {
      remedy: `Make the catalogue's vectors with model ${model.manifest.id}.`,
    });
  }
  const scale = (value: number | undefined) => {
    const single = Math.fround(value ?? Number.NaN);
    if (!(single >= 0 && single < 1e6)) throw new HomebodyError('invalid-candidate', 'a vector has no usable scale');
    return single;
  };
  const q = dequantise({ values: decodeBase64(vector.q, item), scale: scale(vector.qScale) });
  const e =
    vector.e === undefined
      ? undefined
      : dequantise({ values: decodeBase64(vector.e, embedding), scale: scale(vector.eScale) });
  return {
    q,
    ...(e ? { e } : {}),
    ...(Number.isFinite(vector.bias) ? { bias: vector.bias } : {}),
    ...(Number.isFinite(vector.repeat) ? { repeat: vector.repeat } : {}),
    ...(Number.isFinite(vector.median) ? { median: vector.median } : {}),
    ...(vector.neighbours ? { neighbours: vector.neighbours } : {}),
  };
}
