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

/**
 * `row · vector` of every row [n, size] with one vector, eight rows at a time: what is loaded of the vector is used
 * for all of them, and no sum waits for another. Every product is summed in the order of its dimensions, so that the result
 * does not depend on which rows go together.
 */
export function dots(rows: Float32Array, vector: Float64Array, n: number): Float64Array {
  const size = vector.length;
  const out = new Float64Array(n);
  let row = 0;
  let at = 0;
  for (; row + 7 < n; row += 8, at += 8 * size) {
    const at1 = at + size;
    const at2 = at1 + size;
    const at3 = at2 + size;
    const at4 = at3 + size;
    const at5 = at4 + size;
    const at6 = at5 + size;
    const at7 = at6 + size;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let s4 = 0;
    let s5 = 0;
    let s6 = 0;
    let s7 = 0;
    for (let i = 0; i < size; i += 1) {
      const x = vector[i]!;
      s0 += rows[at + i]! * x;
      s1 += rows[at1 + i]! * x;
      s2 += rows[at2 + i]! * x;
      s3 += rows[at3 + i]! * x;
      s4 += rows[at4 + i]! * x;
      s5 += rows[at5 + i]! * x;
      s6 += rows[at6 + i]! * x;
      s7 += rows[at7 + i]! * x;
    }
    out[row] = s0;
    out[row + 1] = s1;
    out[row + 2] = s2;
    out[row + 3] = s3;
    out[row + 4] = s4;
    out[row + 5] = s5;
    out[row + 6] = s6;
    out[row + 7] = s7;
  }
  for (; row < n; row += 1, at += size) {
    let sum = 0;
    for (let i = 0; i < size; i += 1) sum += rows[at + i]! * vector[i]!;
    out[row] = sum;
  }
  return out;
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

/** `2^(−Δ / halfLife)`, Δ and halfLife in the same unit; 1 for an unknown (NaN) or negative Δ. */
export function halfLifeDecay(delta: number, halfLife: number): number {
  return delta > 0 ? 2 ** (-delta / halfLife) : 1;
}
