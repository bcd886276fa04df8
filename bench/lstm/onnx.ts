// Builds the bytes of an ONNX model that holds one LSTM operator, so that onnxruntime-web can be measured beside us.
// Field numbers are those of onnx.proto3 (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
import type { LstmWeights } from '../../src/model';

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}

function concat(parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A length-delimited field: wire type 2. */
function bytes(field: number, value: Uint8Array | string | Uint8Array[]): Uint8Array {
  const body =
    typeof value === 'string' ? new TextEncoder().encode(value) : Array.isArray(value) ? concat(value) : value;
  return concat([Uint8Array.from([...varint(field * 8 + 2), ...varint(body.length)]), body]);
}

/** An integer field: wire type 0. */
function int(field: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(field * 8), ...varint(value)]);
}

const FLOAT = 1;

/** TensorProto of FLOAT with raw_data. */
function tensor(name: string, dims: number[], data: Float32Array): Uint8Array {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return concat([...dims.map((dim) => int(1, dim)), int(2, FLOAT), bytes(8, name), bytes(9, raw)]);
}

/** ValueInfoProto of a FLOAT tensor; a string dimension is free. */
function value(name: string, dims: (number | string)[]): Uint8Array {
  const shape = dims.map((dim) => bytes(1, typeof dim === 'number' ? int(1, dim) : bytes(2, dim)));
  return concat([bytes(1, name), bytes(2, [bytes(1, [int(1, FLOAT), bytes(2, shape)])])]);
}

/** PyTorch's gate rows i, f, g, o [4H, columns] → ONNX's i, o, f, c. */
function reorder(matrix: Float32Array): Float32Array {
  const quarter = matrix.length / 4;
  const out = new Float32Array(matrix.length);
  for (const [to, from] of [0, 3, 1, 2].entries()) {
    out.set(matrix.subarray(from * quarter, (from + 1) * quarter), to * quarter);
  }
  return out;
}

/** Model bytes: inputs x [T, 1, I], h0 and c0 [1, 1, H]; outputs h and c [1, 1, H]. The decay is not part of it. */
export function onnxLstm(weights: LstmWeights): Uint8Array {
  const { inputSize: inputs, hiddenSize: size } = weights;
  const bias = new Float32Array(8 * size);
  bias.set(reorder(weights.biasIh));
  bias.set(reorder(weights.biasHh), 4 * size);
  const names = ['x', 'W', 'R', 'B', '', 'h0', 'c0'];
  const node = [
    ...names.map((name) => bytes(1, name)),
    ...['', 'h', 'c'].map((name) => bytes(2, name)),
    bytes(4, 'LSTM'),
    // AttributeProto: name, i, type INT
    bytes(5, [bytes(1, 'hidden_size'), int(3, size), int(20, 2)]),
  ];
  const graph = [
    bytes(1, node),
    bytes(2, 'lstm'),
    bytes(5, tensor('W', [1, 4 * size, inputs], reorder(weights.weightIh))),
    bytes(5, tensor('R', [1, 4 * size, size], reorder(weights.weightHh))),
    bytes(5, tensor('B', [1, 8 * size], bias)),
    bytes(11, value('x', ['T', 1, inputs])),
    bytes(11, value('h0', [1, 1, size])),
    bytes(11, value('c0', [1, 1, size])),
    bytes(12, value('h', [1, 1, size])),
    bytes(12, value('c', [1, 1, size])),
  ];
  return concat([int(1, 8), bytes(7, graph), bytes(8, [bytes(1, ''), int(2, 14)])]);
}
