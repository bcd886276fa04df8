/** μ [E] and `V^T / sqrt(S)` [E, E] of a catalogue's embeddings. */
export interface Whitening {
  mean: Float32Array;
  matrix: Float32Array;
  /** [D, E] what {@link mapWhitening} has put behind it: `matrix` is then [D, E], the map times the whitening. */
  map?: Float32Array;
}

/**
 * Eigenvalues and eigenvectors (columns of `vectors`) of a symmetric matrix [n, n] by cyclic Jacobi rotations
 * (Golub & Van Loan, Matrix Computations, 8.5).
 */
export function symmetricEigen(matrix: Float64Array, n: number): { values: Float64Array; vectors: Float64Array } {
  const a = matrix.slice();
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i += 1) vectors[i * n + i] = 1;
  for (let sweep = 0; sweep < 60; sweep += 1) {
    let off = 0;
    let diagonal = 0;
    for (let i = 0; i < n; i += 1) {
      for (let j = 0; j < n; j += 1) {
        if (i === j) diagonal += a[i * n + j]! ** 2;
        else off += a[i * n + j]! ** 2;
      }
    }
    if (off <= 1e-22 * diagonal) break;
    for (let p = 0; p < n - 1; p += 1) {
      for (let q = p + 1; q < n; q += 1) {
        const apq = a[p * n + q]!;
        if (apq === 0) continue;
        const theta = (a[q * n + q]! - a[p * n + p]!) / (2 * apq);
        const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (let k = 0; k < n; k += 1) {
          const x = a[k * n + p]!;
          const y = a[k * n + q]!;
          a[k * n + p] = c * x - s * y;
          a[k * n + q] = s * x + c * y;
        }
        for (let k = 0; k < n; k += 1) {
          const x = a[p * n + k]!;
          const y = a[q * n + k]!;
          a[p * n + k] = c * x - s * y;
          a[q * n + k] = s * x + c * y;
          const u = vectors[k * n + p]!;
          const v = vectors[k * n + q]!;
          vectors[k * n + p] = c * u - s * v;
          vectors[k * n + q] = s * u + c * v;
        }
      }
    }
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a[i * n + i]!), vectors };
}

export interface WhiteningOptions {
  /** Each axis is divided by its standard deviation to this power: 1/2 is half-whitening, 1 whitening. */
  exponent?: number;
  /**
   * `V S^−p V^T` instead of `V^T S^−p`: the same similarities, but axes keep their meaning from one catalogue to another,
   * so that what was learned over the axes of one fits the whitening of another.
   */
  symmetric?: boolean;
}

/**
 * Half-whitening (model.md, Item): V and S of the singular value decomposition of the centred embeddings, here from the
 * covariance, S as the standard deviation along each axis; directions in decreasing order of S.
 */
export function fitWhitening(
  embeddings: readonly Float32Array[],
  { exponent = 0.5, symmetric = false }: WhiteningOptions = {},
): Whitening {
  const E = embeddings[0]?.length ?? 0;
  const n = Math.max(1, embeddings.length);
  const mean = new Float32Array(E);
  for (const one of embeddings) for (let i = 0; i < E; i += 1) mean[i]! += one[i]! / n;
  const covariance = new Float64Array(E * E);
  for (const one of embeddings) {
    for (let i = 0; i < E; i += 1) {
      const x = (one[i]! - mean[i]!) / n;
      for (let j = 0; j < E; j += 1) covariance[i * E + j]! += x * (one[j]! - mean[j]!);
    }
  }
  const { values, vectors } = symmetricEigen(covariance, E);
  const order = [...values.keys()].sort((a, b) => values[b]! - values[a]!);
  const floor = 1e-6 * Math.max(...values, 1e-12);
  const matrix = new Float32Array(E * E);
  order.forEach((axis, row) => {
    const scale = Math.max(values[axis]!, floor) ** (-exponent / 2);
    for (let i = 0; i < E; i += 1) {
      const one = vectors[i * E + axis]! * scale;
      if (symmetric) for (let k = 0; k < E; k += 1) matrix[k * E + i]! += vectors[k * E + axis]! * one;
      else matrix[row * E + i] = one;
    }
  });
  return { mean, matrix };
}

/** The matrix product `a · b`, [rows, columns], of a [rows, inner] and b [inner, columns]. */
export function compose(a: Float32Array, b: Float32Array, inner: number): Float32Array {
  const columns = b.length / inner;
  const out = new Float32Array((a.length / inner) * columns);
  for (let at = 0; at < a.length; at += 1) {
    const k = at % inner;
    const row = ((at - k) / inner) * columns;
    for (let i = 0; i < columns; i += 1) out[row + i]! += a[at]! * b[k * columns + i]!;
  }
  return out;
}

/** The whitening followed by the linear map `map` [D, E]. */
export function mapWhitening({ mean, matrix }: Whitening, map: Float32Array): Whitening {
  return { mean, matrix: compose(map, matrix, mean.length), map };
}

/** `normalize(matrix (raw − mean))` of every row, [rows, E]; zeros for an empty text. */
export function whitenRows({ mean, matrix }: Whitening, raw: readonly Float32Array[]): Float32Array {
  const E = mean.length;
  const out = new Float32Array(raw.length * E);
  raw.forEach((one, row) => {
    if (one.every((value) => value === 0)) return;
    let square = 0;
    for (let i = 0; i < E; i += 1) {
      let sum = 0;
      for (let k = 0; k < E; k += 1) sum += matrix[i * E + k]! * (one[k]! - mean[k]!);
      out[row * E + i] = sum;
      square += sum * sum;
    }
    if (square > 1e-24) for (let i = 0; i < E; i += 1) out[row * E + i]! /= Math.sqrt(square);
  });
  return out;
}
