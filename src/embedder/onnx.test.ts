import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { ONNX_FLOAT, ONNX_INT8, readOnnxInitialisers } from './onnx';

describe('reading the initialisers of an ONNX file', () => {
  let file: Uint8Array;
  beforeAll(async () => {
    file = new Uint8Array(await readFile('public/models/potion-base-2M/onnx/model_quantized.onnx'));
  });

  test('finds the table and its scales, views of the file', () => {
    const tensors = readOnnxInitialisers(file);
    const rows = tensors.get('embedding_q')!;
    expect([rows.dims, rows.type, rows.data.length]).toEqual([[29528, 64], ONNX_INT8, 29528 * 64]);
    expect(rows.data.buffer).toBe(file.buffer);
    const scales = tensors.get('embedding_scale')!;
    expect([scales.dims[0], scales.type, scales.data.length]).toEqual([29528, ONNX_FLOAT, 29528 * 4]);
  });

  test('a truncated file is refused, wherever it was cut', () => {
    for (const length of [1, 20, 1000, 500_000, file.length - 200]) {
      expect(() => readOnnxInitialisers(file.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'embedder-unavailable' }),
      );
    }
  });

  test('any bytes give a map or our error, never a hang or another error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          expect(readOnnxInitialisers(bytes)).toBeInstanceOf(Map);
        } catch (error) {
          expect(error).toMatchObject({ code: 'embedder-unavailable' });
        }
      }),
      { numRuns: 2000 },
    );
  });
});
