import type { MatrixProduct } from './math';

/** Inverse of a small matrix [n, n] by Gauss–Jordan without pivoting: for positive definite ones. */
function smallInverse(a: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i += 1) out[i * n + i] = 1;
  for (let k = 0; k < n; k += 1) {
    const pivot = 1 / a[k * n + k]!;
    for (let j = 0; j < n; j += 1) {
      a[k * n + j]! *= pivot;
      out[k * n + j]! *= pivot;
    }
    for (let i = 0; i < n; i += 1) {
      const factor = a[i * n + k]!;
      if (i === k || factor === 0) continue;
      for (let j = 0; j < n; j += 1) {
        a[i * n + j]! -= factor * a[k * n + j]!;
        out[i * n + j]! -= factor * out[k * n + j]!;
      }
    }
  }
  return out;
}

/**
 * Inverse of a symmetric positive definite matrix `a` [n, n], in place: Gauss–Jordan by blocks, so that nearly all of the
 * work is products of `product`. Float32: meant for matrices with a ridge, whose condition is a few thousand at most.
 */
export function invertInPlace(a: Float32Array, n: number, product: MatrixProduct, block = 128): void {
  for (let from = 0; from < n; from += block) {
    const size = Math.min(block, n - from);
    const corner = new Float64Array(size * size);
    const row = new Float32Array(size * n);
    const column = new Float32Array(n * size);
    for (let i = 0; i < size; i += 1) {
      const source = (from + i) * n;
      row.set(a.subarray(source, source + n), i * n);
      for (let j = 0; j < size; j += 1) corner[i * size + j] = a[source + from + j]!;
    }
    for (let i = 0; i < n; i += 1) column.set(a.subarray(i * n + from, i * n + from + size), i * size);
    const inverse = Float32Array.from(smallInverse(corner, size));
    // Rows of the block become inverse · row; of the others, a − column · (inverse · row), and −column · inverse inside it.
    const solved = product(inverse, row, size, size, n);
    const change = product(column, solved, n, size, n);
    const inside = product(column, inverse, n, size, size);
    for (let i = 0; i < n; i += 1) {
      const at = i * n;
      if (i >= from && i < from + size) {
        a.set(solved.subarray((i - from) * n, (i - from + 1) * n), at);
        a.set(inverse.subarray((i - from) * size, (i - from + 1) * size), at + from);
        continue;
      }
      for (let j = 0; j < n; j += 1) a[at + j]! -= change[at + j]!;
      for (let j = 0; j < size; j += 1) a[at + from + j] = -inside[i * size + j]!;
    }
  }
}
