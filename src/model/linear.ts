/** `Σ a[aAt + i] · b[bAt + i]`, i < size, in double precision and always in the same order. */
export function dot(a: Float32Array, aAt: number, b: Float32Array, bAt: number, size: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 3 < size; i += 4) {
    s0 += a[aAt + i]! * b[bAt + i]!;
    s1 += a[aAt + i + 1]! * b[bAt + i + 1]!;
    s2 += a[aAt + i + 2]! * b[bAt + i + 2]!;
    s3 += a[aAt + i + 3]! * b[bAt + i + 3]!;
  }
  for (; i < size; i += 1) s0 += a[aAt + i]! * b[bAt + i]!;
  return s0 + s1 + (s2 + s3);
}

/** `W x (+ b)`, W [rows, x.length] row-major. */
export function linear(weight: Float32Array, x: Float32Array, bias?: Float32Array): Float32Array {
  const rows = weight.length / x.length;
  const out = new Float32Array(rows);
  for (let row = 0; row < rows; row += 1)
    out[row] = dot(weight, row * x.length, x, 0, x.length) + (bias ? bias[row]! : 0);
  return out;
}

/** Divides in place by the Euclidean length; a vector shorter than 1e-12 becomes zeros, never NaN. */
export function normalize(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, 0, vector, 0, vector.length));
  if (!(length > 1e-12) || !Number.isFinite(length)) return vector.fill(0);
  for (let i = 0; i < vector.length; i += 1) vector[i] = vector[i]! / length;
  return vector;
}

export function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

/** `log(1 + e^x)` without overflow. */
export function softplus(value: number): number {
  return value > 30 ? value : Math.log1p(Math.exp(value));
}

/** `2^(−Δ / halfLife)`, Δ and halfLife in the same unit; 1 for an unknown (NaN) or negative Δ. */
export function halfLifeDecay(delta: number, halfLife: number): number {
  return delta > 0 ? 2 ** (-delta / halfLife) : 1;
}
