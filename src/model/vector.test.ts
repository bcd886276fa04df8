import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rawOf, untrained } from '../../test/support/model';
import { decodeBase64, dequantise, embedItem, encodeBase64, makeVector, quantise, readVector } from './index';

const model = untrained();
const length = (vector: Float32Array) => Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));

describe('quantisation', () => {
  test('errs by at most half a step, and zeros stay zeros', () => {
    fc.assert(
      fc.property(
        fc.float32Array({ minLength: 1, maxLength: 64, min: -1e4, max: 1e4, noNaN: true, noDefaultInfinity: true }),
        (vector) => {
          const packed = quantise(vector);
          const back = dequantise(packed);
          vector.forEach((value, i) => {
            // Denormal vectors have no usable scale; they are as good as zero.
            expect(Math.abs(back[i]! - value)).toBeLessThanOrEqual(packed.scale * 0.5001 + 1e-36);
          });
        },
      ),
    );
    expect(quantise(new Float32Array(4))).toEqual({ values: new Int8Array(4), scale: 0 });
  });

  test('base64 round trips every byte and refuses what is not base64 of the length', () => {
    const values = Int8Array.from({ length: 256 }, (_, i) => i - 128);
    expect(decodeBase64(encodeBase64(values), 256)).toEqual(values);
    // The form of formats.md: what a server in any language writes.
    expect(encodeBase64(Int8Array.of(1, -1, 127, -128))).toBe(Buffer.from([1, 255, 127, 128]).toString('base64'));
    expect(() => decodeBase64('AAAA', 4)).toThrow(/3 values instead of 4/);
    expect(() => decodeBase64('%%%', 3)).toThrow(/not base64/);
  });
});

describe('item vectors', () => {
  test('a shipped vector and one made on the device are the same bits', () => {
    for (const text of ['lamp', 'teapot', '鍋', '🫖']) {
      const raw = rawOf(text);
      const shipped = JSON.parse(JSON.stringify(makeVector(model, raw)));
      expect(readVector(model, shipped)).toEqual(embedItem(model, raw));
    }
  });

  test('are of unit length to the precision of int8', () => {
    const { q, e } = embedItem(model, rawOf('lamp'));
    expect(length(q)).toBeCloseTo(1, 2);
    expect(length(e!)).toBeCloseTo(1, 2);
  });

  test('whiten before they project: e is the direction of W (raw − mean)', () => {
    const raw = rawOf('lamp');
    const { mean, matrix } = model.whitening!;
    const expected = Array.from({ length: 64 }, (_, row) =>
      raw.reduce((sum, value, i) => sum + (value - mean[i]!) * matrix[row * 64 + i]!, 0),
    );
    const norm = Math.hypot(...expected);
    embedItem(model, raw).e!.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]! / norm, 2);
    });
  });

  test('of empty text, or of an embedder that failed, are zeros, never NaN', () => {
    for (const raw of [new Float32Array(64), new Float32Array(64).fill(Number.NaN)]) {
      const { q, e } = embedItem(model, raw);
      expect([...q, ...e!].every((value) => value === 0)).toBe(true);
      expect(readVector(model, makeVector(model, raw))).toEqual({ q, e });
    }
  });

  test('of another model, or of a wrong size, are refused with their own codes', () => {
    const vector = makeVector(model, rawOf('lamp'));
    const refused = (changes: object) => () => readVector(model, { ...vector, ...changes });
    expect(refused({ model: 'other' })).toThrow(expect.objectContaining({ code: 'model-mismatch' }));
    expect(refused({ q: 'AAAA' })).toThrow(expect.objectContaining({ code: 'invalid-candidate' }));
    expect(refused({ qScale: Number.NaN })).toThrow(expect.objectContaining({ code: 'invalid-candidate' }));
    expect(() => embedItem(model, new Float32Array(3))).toThrow(expect.objectContaining({ code: 'invalid-input' }));
  });
});
