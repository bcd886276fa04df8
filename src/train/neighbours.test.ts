import { describe, expect, test } from 'vitest';
import { type DataFolder, kindOf } from '../data';
import { seededRandom } from '../evaluate';
import { invertInPlace } from './inverse';
import type { MatrixProduct } from './math';
import { crossFit, fitStatistics, unitScale } from './neighbours';

const product: MatrixProduct = (a, b, m, k, n) => {
  const out = new Float32Array(m * n);
  for (let i = 0; i < m; i += 1)
    for (let x = 0; x < k; x += 1) for (let j = 0; j < n; j += 1) out[i * n + j]! += a[i * k + x]! * b[x * n + j]!;
  return out;
};

/** Each customer's purchases of products 0 to `items − 1`. */
function logOf(bought: number[][], items: number): Pick<DataFolder, 'items' | 'events' | 'path'> {
  const ids = Array.from({ length: items }, (_, row) => `p${row}`);
  const rows = bought.flat();
  return {
    path: 'a test',
    items: {
      ids,
      rowOf: new Map(ids.map((id, row) => [id, row])),
      titles: ids,
      brands: ids.map(() => ''),
      categories: ids.map(() => []),
      prices: ids.map(() => Number.NaN),
      isProduct: ids.map(() => true),
    },
    events: {
      users: bought.map((_, user) => `u${user}`),
      offsets: Int32Array.from([0, ...bought.map((_, user) => bought.slice(0, user + 1).flat().length)]),
      item: Int32Array.from(rows),
      kind: new Uint8Array(rows.length).fill(kindOf('purchase')),
      time: Float64Array.from(rows.keys()),
      value: new Float32Array(rows.length).fill(1),
    },
  };
}

test.each([1, 5, 13, 32])('the inverse of a matrix of %i rows, by blocks of 5', (n) => {
  const random = seededRandom(n);
  const half = Float32Array.from({ length: n * n }, () => random() - 0.5);
  const matrix = new Float32Array(n * n);
  for (let i = 0; i < n; i += 1)
    for (let j = 0; j < n; j += 1) {
      for (let k = 0; k < n; k += 1) matrix[i * n + j]! += half[i * n + k]! * half[j * n + k]!;
      if (i === j) matrix[i * n + j]! += 1;
    }
  const inverse = matrix.slice();
  invertInPlace(inverse, n, product, 5);
  product(matrix, inverse, n, n, n).forEach((value, at) => {
    expect(value).toBeCloseTo(Math.floor(at / n) === at % n ? 1 : 0, 4);
  });
});

describe('item statistics', () => {
  // 0 and 1 are bought together, 2 with nobody's company; 3 by nobody.
  const bought = [[0, 1], [0, 1], [0, 1], [2], [2, 0]];

  test.each([
    ['more customers than items', [[0, 1], [0, 1], [0, 1], [2], [2, 0]]],
    [
      'more items than customers',
      [
        [0, 1],
        [2, 0],
      ],
    ],
  ])('the ridge’s weights solve its own normal equations: %s', (_, bought) => {
    const ridge = 2;
    const { neighbours } = fitStatistics(logOf(bought, 4), bought.keys(), product, { ridge });
    // Column i of B minimises |x_i − Σ_j x_j B_ji|² + λ |B|²: gradient 0 for every j ≠ i.
    const has = (list: number[], row: number) => (list.includes(row) ? 1 : 0);
    for (const i of [0, 1, 2]) {
      const weight = new Map(neighbours[i]!);
      expect(weight.has(i)).toBe(false);
      for (const j of [0, 1, 2]) {
        if (j === i) continue;
        const residual = (list: number[]) =>
          has(list, i) - [0, 1, 2].reduce((sum, k) => sum + has(list, k) * (weight.get(k) ?? 0), 0);
        const slope = bought.reduce((sum, list) => sum + has(list, j) * residual(list), 0);
        expect(slope - ridge * (weight.get(j) ?? 0)).toBeCloseTo(0, 4);
      }
    }
    expect(neighbours[1]![0]![0]).toBe(0);
    expect(neighbours[3]).toEqual([]);
  });

  test('cosines where a dense matrix would be too large; lists are cut, largest first', () => {
    const { neighbours, bias } = fitStatistics(logOf(bought, 4), [0, 1, 2, 3, 4], product, {
      dense: 0,
      shrinkage: 1,
      count: 1,
    });
    expect(neighbours[0]).toEqual([[1, 3 / (Math.sqrt(12) + 1)]]);
    expect(neighbours[2]).toEqual([[0, 1 / (Math.sqrt(8) + 1)]]);
    expect([...bias]).toEqual([4, 3, 2, 0].map((n) => Math.fround(Math.log1p(n))));
  });

  test('only the named customers count', () => {
    const { neighbours, bias } = fitStatistics(logOf(bought, 4), [3, 4], product);
    expect(bias[1]).toBe(0);
    expect(neighbours[1]).toEqual([]);
    expect(neighbours[2]!.map(([row]) => row)).toEqual([0]);
  });

  test('one scale for all lists: the mean size of the first entries is 1', () => {
    const lists: [number, number][][] = [
      [
        [1, -3],
        [2, 1],
      ],
      [],
      [[0, 1]],
    ];
    expect(unitScale(lists)).toEqual([
      [
        [1, -1.5],
        [2, 0.5],
      ],
      [],
      [[0, 0.5]],
    ]);
    expect(unitScale([[], []])).toEqual([[], []]);
  });

  test('cross-fitting: each fold gets what the others say', () => {
    expect(crossFit([0, 2, 3], (others) => others.join())).toEqual(
      new Map([
        [0, '2,3'],
        [2, '0,3'],
        [3, '0,2'],
      ]),
    );
  });
});
