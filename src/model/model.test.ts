import { describe, expect, test } from 'vitest';
import { seeded } from '../../test/support/model';
import { loadModel, parseManifest, untrainedManifest, untrainedWeights, verifyFiles } from './index';

const manifest = untrainedManifest();
const weights = untrainedWeights(manifest, seeded(1));
const invalid = expect.objectContaining({ code: 'model-invalid', remedy: expect.stringMatching(/\w/) });

describe('loadModel', () => {
  test('takes a manifest as it comes out of JSON', () => {
    expect(loadModel({ manifest: JSON.parse(JSON.stringify(manifest)), weights }).manifest.id).toBe('untrained');
  });

  test.each([
    ['nothing', undefined],
    ['another format', { ...manifest, format: 2 }],
    ['an unknown feature', { ...manifest, features: [{ kind: 'magic' }] }],
    [
      'an option of a column that it does not know',
      { ...manifest, features: [{ kind: 'text', power: 1, other: true }] },
    ],
    ['a half-life of 0', { ...manifest, memories: { halfLives: [0], stepDecays: [] } }],
    ['a memory that is not there', { ...manifest, features: [{ kind: 'memory', index: 9 }] }],
    ['a product of a later column', { ...manifest, features: [{ kind: 'product', of: [0, 1] }, { kind: 'met' }] }],
    ['sizes that do not add up', { ...manifest, sizes: { ...manifest.sizes, input: 3 } }],
    ['other sizes than the weights', untrainedManifest({ sizes: { ...manifest.sizes, hidden: 16 } })],
    ['another gate than the weights', { ...manifest, gate: { inputs: ['hidden'], activation: 'linear' } }],
    ['a hash that is not one', { ...manifest, files: { 'weights.safetensors': { sha256: 'x', bytes: 1 } } }],
  ])('refuses %s', (_, broken) => {
    expect(() => loadModel({ manifest: broken, weights })).toThrow(invalid);
  });

  test('refuses weights that are truncated', () => {
    expect(() => loadModel({ manifest, weights: weights.slice(0, 5000) })).toThrow(invalid);
  });

  test('drops keys that would pollute a prototype', () => {
    const polluted = JSON.parse('{"__proto__":{"polluted":1},"priceMedians":{"__proto__":3,"a":2}}');
    const parsed = parseManifest({ ...manifest, ...polluted });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(parsed.priceMedians?.a).toBe(2);
  });
});

describe('verifyFiles', () => {
  const bytes = new TextEncoder().encode('abc').buffer as ArrayBuffer;
  // FIPS 180-2's example.
  const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

  test('accepts what the manifest lists and refuses the rest', async () => {
    await verifyFiles({ files: { a: { sha256, bytes: 3 } } }, { a: bytes });
    await expect(verifyFiles({ files: {} }, { a: bytes })).rejects.toThrow(invalid);
    await expect(verifyFiles({ files: { a: { sha256, bytes: 4 } } }, { a: bytes })).rejects.toThrow(/3 bytes/);
    const other = { a: { sha256: sha256.replace('b', 'c'), bytes: 3 } };
    await expect(verifyFiles({ files: other }, { a: bytes })).rejects.toThrow(/wrong hash/);
  });
});
