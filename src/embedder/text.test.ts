import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_CHARACTERS, normaliseOrZero, prepareText } from './text';

test('unpaired surrogates are replaced, pairs are kept', () => {
  expect(prepareText('a\uD800b\uDC00c😀')).toBe('a\uFFFDb\uFFFDc😀');
});

test('prepared text is well-formed and bounded, and preparing it again changes nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      // Units at odd offsets, so that pairs are cut in the middle.
      const broken = text.slice(1) + text;
      const prepared = prepareText(broken);
      expect(() => encodeURIComponent(prepared)).not.toThrow();
      expect(prepared.length).toBe(broken.length);
      expect(prepareText(prepared)).toBe(prepared);
    }),
  );
  expect(prepareText('😀'.repeat(MAX_CHARACTERS)).length).toBe(MAX_CHARACTERS);
});

test('a vector becomes unit length; zeros, NaN and infinity become zeros', () => {
  expect([...normaliseOrZero(Float64Array.of(3, 0, -4))]).toEqual([0.6, 0, -0.8].map(Math.fround));
  for (const bad of [
    [0, 0],
    [Number.NaN, 1],
    [Number.POSITIVE_INFINITY, 1],
    [1e-300, 0],
  ]) {
    expect([...normaliseOrZero(Float64Array.from(bad))]).toEqual([0, 0]);
  }
});
