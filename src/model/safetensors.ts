import { HomebodyError } from '../domain';

/** Named tensors as a file holds them; little-endian, row-major. */
export interface StoredTensor {
  dtype: 'F32' | 'F16' | 'I8' | 'I32';
  shape: number[];
  data: Float32Array | Uint16Array | Int8Array | Int32Array;
}

/** A tensor made ready to compute with. */
export interface Tensor {
  shape: number[];
  data: Float32Array;
}

const BYTES = { F32: 4, F16: 2, I8: 1, I32: 4 } as const;
const MAX_HEADER = 1 << 20;

function invalid(what: string, cause?: unknown): HomebodyError {
  return new HomebodyError('model-invalid', `not a readable safetensors file: ${what}`, {
    remedy: 'Publish the model folder again; the file is truncated or not the one that was trained.',
    cause,
  });
}

function view(dtype: StoredTensor['dtype'], bytes: ArrayBuffer): StoredTensor['data'] {
  if (dtype === 'F32') return new Float32Array(bytes);
  if (dtype === 'F16') return new Uint16Array(bytes);
  return dtype === 'I8' ? new Int8Array(bytes) : new Int32Array(bytes);
}

/**
 * Reads a safetensors file (github.com/huggingface/safetensors, format): 8 bytes header length, JSON header, data.
 * F16 stays as its bits; {@link readTensors} gives floats. Throws `model-invalid`.
 */
export function readSafetensors(file: ArrayBuffer): Map<string, StoredTensor> {
  if (file.byteLength < 8) throw invalid('shorter than its header');
  const length = new DataView(file).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER) || Number(length) + 8 > file.byteLength) throw invalid('the header is truncated');
  const start = 8 + Number(length);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array(file, 8, Number(length))));
  } catch (cause) {
    throw invalid('the header is not JSON', cause);
  }
  if (typeof header !== 'object' || header === null) throw invalid('the header is not an object');
  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of Object.entries(header as Record<string, unknown>)) {
    if (name === '__metadata__') continue;
    const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
    if (typeof dtype !== 'string' || !(dtype in BYTES)) throw invalid(`${name} has the unknown dtype ${String(dtype)}`);
    if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
      throw invalid(`${name} has no shape`);
    }
    if (
      !Array.isArray(offsets) ||
      offsets.length !== 2 ||
      !offsets.every((at) => Number.isSafeInteger(at) && at >= 0)
    ) {
      throw invalid(`${name} has no offsets`);
    }
    const kind = dtype as StoredTensor['dtype'];
    const [from, to] = offsets as [number, number];
    const count = (shape as number[]).reduce((product, size) => product * size, 1);
    if (to - from !== count * BYTES[kind]) throw invalid(`${name}'s bytes do not fit its shape`);
    if (start + to > file.byteLength) throw invalid(`${name} ends beyond the file`);
    tensors.set(name, {
      dtype: kind,
      shape: shape as number[],
      data: view(kind, file.slice(start + from, start + to)),
    });
  }
  return tensors;
}

/** IEEE 754 half to single precision. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/**
 * The file's tensors as floats. An I8 tensor `x` [n, …] needs `x.scale` F32: [n] (one per row) or [1]; value = int8 ×
 * scale. I32 tensors are left out. Throws `model-invalid`, also where a value is not finite.
 */
export function readTensors(file: ArrayBuffer): Map<string, Tensor> {
  const stored = readSafetensors(file);
  const tensors = new Map<string, Tensor>();
  for (const [name, { dtype, shape, data }] of stored) {
    if (dtype === 'I32' || (name.endsWith('.scale') && stored.get(name.slice(0, -6))?.dtype === 'I8')) continue;
    const values = new Float32Array(data.length);
    if (dtype === 'F16') for (let i = 0; i < data.length; i += 1) values[i] = half(data[i]!);
    else if (dtype === 'I8') {
      const scale = stored.get(`${name}.scale`)?.data;
      const rows = shape[0] ?? 1;
      if (!(scale instanceof Float32Array) || (scale.length !== rows && scale.length !== 1)) {
        throw invalid(`${name} is I8 without fitting scales`);
      }
      const width = data.length / Math.max(1, rows);
      for (let i = 0; i < data.length; i += 1) {
        values[i] = data[i]! * scale[scale.length === 1 ? 0 : Math.floor(i / width)]!;
      }
    } else values.set(data);
    for (const value of values) if (!Number.isFinite(value)) throw invalid(`${name} holds a value that is not finite`);
    tensors.set(name, { shape, data: values });
  }
  return tensors;
}

/** Writes a safetensors file: names sorted, data aligned to 8 bytes, so that equal tensors give equal bytes. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata?: Record<string, string>,
): ArrayBuffer {
  const header: Record<string, unknown> = metadata ? { __metadata__: metadata } : {};
  // The format wants the buffer without holes, so wide types come first and every tensor starts aligned.
  const names = [...tensors.keys()].sort((a, b) => {
    const width = BYTES[tensors.get(b)!.dtype] - BYTES[tensors.get(a)!.dtype];
    return width || (a < b ? -1 : 1);
  });
  let size = 0;
  for (const name of names) {
    const { dtype, shape, data } = tensors.get(name)!;
    if (shape.reduce((product, n) => product * n, 1) !== data.length) {
      throw new HomebodyError(
        'invalid-input',
        `the shape [${shape}] of ${name} does not fit its ${data.length} values`,
      );
    }
    header[name] = { dtype, shape, data_offsets: [size, size + data.byteLength] };
    size += data.byteLength;
  }
  let json = new TextEncoder().encode(JSON.stringify(header));
  if (json.length % 8) {
    const padded = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(32);
    padded.set(json);
    json = padded;
  }
  const file = new Uint8Array(8 + json.length + size);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  let at = 8 + json.length;
  for (const name of names) {
    const { data } = tensors.get(name)!;
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file.buffer;
}

/** A float tensor for {@link writeSafetensors}. */
export function floatTensor(shape: number[], data: Float32Array): StoredTensor {
  return { dtype: 'F32', shape, data };
}
