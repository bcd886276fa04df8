/**
 * Texts are cut here before tokenizing, so that a hostile title costs bounded time. Models read far less (512
 * tokens).
 */
export const MAX_CHARACTERS = 16_384;

/**
 * The text that a tokenizer gets: cut to {@link MAX_CHARACTERS} UTF-16 units, each unpaired surrogate replaced by
 * U+FFFD
 * (which BERT's normaliser removes), so that every JavaScript string is valid Unicode by then.
 */
export function prepareText(text: string): string {
  const cut = text.length > MAX_CHARACTERS ? text.slice(0, MAX_CHARACTERS) : text;
  // A lookbehind-free form of String.prototype.toWellFormed, which is younger than the browsers we support.
  return cut.replace(/[\uD800-\uDBFF][\uDC00-\uDFFF]|[\uD800-\uDFFF]/g, (unit) =>
    unit.length === 2 ? unit : '\uFFFD',
  );
}

/** `vector` scaled to unit length in place; zeros stay zeros, and anything not finite becomes zeros. */
export function normaliseOrZero(vector: Float32Array | Float64Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  if (!(length > 1e-12) || length === Number.POSITIVE_INFINITY) return new Float32Array(vector.length);
  return Float32Array.from(vector, (value) => value / length);
}
