import { HomebodyError } from '../domain';

/** A named constant tensor of an ONNX graph. `data` is a view of the file, in row-major order, little-endian. */
export interface OnnxTensor {
  dims: number[];
  /** `TensorProto.DataType`: 1 is float32, 3 is int8. */
  type: number;
  data: Uint8Array;
}

export const ONNX_FLOAT = 1;
export const ONNX_INT8 = 3;

/**
 * Reads the initialisers that are stored as `raw_data` out of an ONNX file: enough to use a table without an ONNX
 * runtime.
 * Field numbers are those of onnx.proto3 (ModelProto.graph 7, GraphProto.initializer 5, TensorProto dims 1,
 * data_type 2,
 * name 8, raw_data 9). Throws `embedder-unavailable` when the bytes are not well-formed.
 */
export function readOnnxInitialisers(file: Uint8Array): Map<string, OnnxTensor> {
  const tensors = new Map<string, OnnxTensor>();
  for (const graph of fields(file)) {
    if (graph.number !== 7 || !graph.bytes) continue;
    for (const initialiser of fields(graph.bytes)) {
      if (initialiser.number !== 5 || !initialiser.bytes) continue;
      const tensor = readTensor(initialiser.bytes);
      if (tensor.data) tensors.set(tensor.name, { dims: tensor.dims, type: tensor.type, data: tensor.data });
    }
  }
  return tensors;
}

function readTensor(bytes: Uint8Array): { name: string; dims: number[]; type: number; data?: Uint8Array } {
  const tensor: ReturnType<typeof readTensor> = { name: '', dims: [], type: 0 };
  for (const field of fields(bytes)) {
    if (field.number === 1 && field.bytes) tensor.dims.push(...packedVarints(field.bytes));
    else if (field.number === 1) tensor.dims.push(field.value);
    else if (field.number === 2) tensor.type = field.value;
    else if (field.number === 8 && field.bytes) tensor.name = new TextDecoder().decode(field.bytes);
    else if (field.number === 9 && field.bytes) tensor.data = field.bytes;
  }
  return tensor;
}

interface Field {
  number: number;
  value: number;
  bytes?: Uint8Array;
}

/** The fields of one protobuf message, in order (wire types 0, 1, 2 and 5). */
function* fields(message: Uint8Array): Generator<Field> {
  const cursor = { at: 0 };
  while (cursor.at < message.length) {
    const key = varint(message, cursor);
    const number = Math.floor(key / 8);
    const wire = key % 8;
    if (wire === 0) {
      yield { number, value: varint(message, cursor) };
      continue;
    }
    const length = wire === 2 ? varint(message, cursor) : wire === 1 ? 8 : wire === 5 ? 4 : Number.NaN;
    const end = cursor.at + length;
    if (!(end <= message.length)) throw malformed();
    yield { number, value: 0, bytes: message.subarray(cursor.at, end) };
    cursor.at = end;
  }
}

function* packedVarints(bytes: Uint8Array): Generator<number> {
  const cursor = { at: 0 };
  while (cursor.at < bytes.length) yield varint(bytes, cursor);
}

/** Sizes and dimensions stay far below 2^53, so a double holds them. */
function varint(bytes: Uint8Array, cursor: { at: number }): number {
  let value = 0;
  for (let scale = 1; scale < 2 ** 70; scale *= 128) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) break;
    value += (byte & 127) * scale;
    if (byte < 128) return value;
  }
  throw malformed();
}

function malformed(): HomebodyError {
  return new HomebodyError('embedder-unavailable', 'The ONNX file of the embedder is truncated or not ONNX.', {
    remedy: 'Copy the embedder folder again and serve its .onnx file unchanged, as binary.',
  });
}
