/** Dense products that the trainer hands to tfjs (row-major, Float32). Injected, so that tests may use another one. */
export type MatrixProduct = (
  /** [m, k] */
  a: Float32Array,
  /** [k, n] */
  b: Float32Array,
  m: number,
  k: number,
  n: number,
) => Float32Array; // a · b, [m, n]

/** `a` [rows, columns] → [columns, rows]. */
export function transpose(a: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(a.length);
  for (let i = 0; i < rows; i += 1) for (let j = 0; j < columns; j += 1) out[j * rows + i] = a[i * columns + j]!;
  return out;
}

/** `Σ a[aAt + i] · b[bAt + i]` */
export function inner(a: Float32Array, aAt: number, b: Float32Array, bAt: number, size: number): number {
  let s0 = 0;
  let s1 = 0;
  let i = 0;
  for (; i + 1 < size; i += 2) {
    s0 += a[aAt + i]! * b[bAt + i]!;
    s1 += a[aAt + i + 1]! * b[bAt + i + 1]!;
  }
  if (i < size) s0 += a[aAt + i]! * b[bAt + i]!;
  return s0 + s1;
}

/** `out[outAt + i] += factor · a[aAt + i]` */
export function addScaled(
  out: Float32Array,
  outAt: number,
  a: Float32Array,
  aAt: number,
  size: number,
  factor: number,
): void {
  for (let i = 0; i < size; i += 1) out[outAt + i]! += factor * a[aAt + i]!;
}

/** `W x`, W [rows, x.length]. */
export function multiply(weight: Float32Array, x: Float32Array): Float32Array {
  const out = new Float32Array(weight.length / x.length);
  for (let row = 0; row < out.length; row += 1) out[row] = inner(weight, row * x.length, x, 0, x.length);
  return out;
}

/** Backward of `y = W x`: adds `dy xᵀ` to `dWeight` and `Wᵀ dy` to `dx`. */
export function multiplyBackward(
  weight: Float32Array,
  x: Float32Array,
  dy: Float32Array,
  dWeight: Float32Array,
  dx?: Float32Array,
): void {
  const size = x.length;
  for (let row = 0; row < dy.length; row += 1) {
    const d = dy[row]!;
    if (d === 0) continue;
    addScaled(dWeight, row * size, x, 0, size, d);
    if (dx) addScaled(dx, 0, weight, row * size, size, d);
  }
}

/** Length of a vector. */
export function lengthOf(a: Float32Array, at: number, size: number): number {
  return Math.sqrt(inner(a, at, a, at, size));
}

/** Backward of `y = x / |x|` given y, |x| and dy; 0 where |x| is 0. Adds to `dx`. */
export function normalizeBackward(
  y: Float32Array,
  yAt: number,
  length: number,
  dy: Float32Array,
  dyAt: number,
  dx: Float32Array,
  dxAt: number,
  size: number,
): void {
  if (!(length > 1e-12)) return;
  const along = inner(y, yAt, dy, dyAt, size);
  for (let i = 0; i < size; i += 1) dx[dxAt + i]! += (dy[dyAt + i]! - along * y[yAt + i]!) / length;
}

export function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

export function softplus(value: number): number {
  return Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value)));
}
