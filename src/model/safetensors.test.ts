import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { floatTensor, readSafetensors, readTensors, type StoredTensor, writeSafetensors } from './index';

const fixture = readFileSync(new URL('../../test/fixtures/safetensors/python.safetensors', import.meta.url));
const bytes = fixture.buffer.slice(fixture.byteOffset, fixture.byteOffset + fixture.byteLength) as ArrayBuffer;

describe("reading a file made by Python's safetensors", () => {
  test('gives F32, F16 and scaled I8 as floats and leaves I32 to readSafetensors', () => {
    const tensors = readTensors(bytes);
    expect([...tensors.keys()].sort()).toEqual(['bytes', 'half', 'plain']);
    expect(tensors.get('plain')).toEqual({
      shape: [2, 3],
      data: Float32Array.of(0.5, -1.25, 3, 65504, -6.1e-5, 5.96e-8),
    });
    const half = tensors.get('half')!.data;
    expect([...half.slice(0, 4)]).toEqual([0.5, -1.25, 3, 65504]);
    expect(half[4]).toBeCloseTo(-6.1e-5, 7);
    // The smallest subnormal half.
    expect(half[5]).toBe(2 ** -24);
    expect([...tensors.get('bytes')!.data]).toEqual([63.5, -63.5, 1.5, 0.25, 0, -16]);
    expect([...readSafetensors(bytes).get('rows')!.data]).toEqual([3, -1]);
  });

  test.each([
    ['an empty file', new ArrayBuffer(0)],
    ['a truncated header', bytes.slice(0, 20)],
    ['truncated data', bytes.slice(0, bytes.byteLength - 1)],
    ['something else', new TextEncoder().encode('<!doctype html><title>404</title>').buffer as ArrayBuffer],
  ])('refuses %s', (_, file) => {
    expect(() => readTensors(file)).toThrow(expect.objectContaining({ code: 'model-invalid' }));
  });
});

describe('writing', () => {
  const tensors = new Map<string, StoredTensor>([
    ['b', floatTensor([2, 2], Float32Array.of(1, 2, 3, 4))],
    ['a', { dtype: 'I8', shape: [3], data: Int8Array.of(-1, 0, 1) }],
    ['a.scale', floatTensor([1], Float32Array.of(0.5))],
  ]);

  test('round trips, and equal tensors give equal bytes in any order', () => {
    const file = writeSafetensors(tensors);
    expect(readSafetensors(file)).toEqual(new Map([...tensors].sort(([a], [b]) => (a < b ? -1 : 1))));
    expect(writeSafetensors(new Map([...tensors].reverse()))).toEqual(file);
  });

  test("is readable with Python's safetensors", { timeout: 60_000 }, ({ skip }) => {
    try {
      execFileSync('python3', ['-c', 'import safetensors.numpy'], { stdio: 'ignore' });
    } catch {
      skip('no Python with safetensors here');
    }
    const folder = mkdtempSync(join(tmpdir(), 'safetensors-'));
    const path = join(folder, 'ours.safetensors');
    writeFileSync(path, new Uint8Array(writeSafetensors(tensors, { made: 'here' })));
    const script = `from safetensors.numpy import load_file; t = load_file(${JSON.stringify(path)}); print(t["b"].tolist(), t["a"].tolist())`;
    const printed = execFileSync('python3', ['-c', script], { encoding: 'utf8' }).trim();
    rmSync(folder, { recursive: true });
    expect(printed).toBe('[[1.0, 2.0], [3.0, 4.0]] [-1, 0, 1]');
  });

  test('refuses a value that is not finite', () => {
    const file = writeSafetensors(new Map([['x', floatTensor([1], Float32Array.of(Number.NaN))]]));
    expect(() => readTensors(file)).toThrow(/not finite/);
  });
});
