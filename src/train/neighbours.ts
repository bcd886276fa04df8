import { type DataFolder, kindOf } from '../data';
import { invertInPlace } from './inverse';
import type { MatrixProduct } from './math';
import { repeatRatios } from './repeat';

/** `neighbours[i]` lists `[j, weight]`: how much having bought j speaks for i; largest first. Rows of the items file. */
type NeighbourLists = [number, number][][];

/** What some customers' logs say of the items. */
export interface ItemStatistics {
  /** [items] log1p of the customers who bought it. */
  bias: Float32Array;
  /** [items] see {@link repeatRatios}. */
  repeat: Float32Array;
  neighbours: NeighbourLists;
}

export interface NeighbourOptions {
  /** Entries a list. */
  count: number;
  /** Weight of the squared length of an item's weights. */
  ridge: number;
  /** With more distinct items than this, cosines are used: the ridge needs a dense matrix of all pairs. */
  dense: number;
  /** Customers added to both lengths of a cosine. */
  shrinkage: number;
}

const DEFAULT_NEIGHBOURS: NeighbourOptions = { count: 32, ridge: 200, dense: 8000, shrinkage: 10 };

/** The distinct products that each of some customers bought. */
function purchasesOf(data: Pick<DataFolder, 'items' | 'events'>, users: Iterable<number>): number[][] {
  const { events, items } = data;
  const purchase = kindOf('purchase');
  return Array.from(users, (user) => {
    const bought = new Set<number>();
    for (let row = events.offsets[user]!; row < events.offsets[user + 1]!; row += 1) {
      const item = events.item[row]!;
      if (events.kind[row] === purchase && items.isProduct[item]) bought.add(item);
    }
    return [...bought];
  });
}

/** The `count` entries of largest size that are not 0, largest first; equal ones by row. */
function largest(weights: ArrayLike<number>, rows: ArrayLike<number>, count: number): [number, number][] {
  const best: [number, number][] = [];
  for (let i = 0; i < weights.length; i += 1) {
    const weight = weights[i]!;
    const size = Math.abs(weight);
    // Most entries end here.
    if (size === 0 || (best.length === count && size < Math.abs(best[count - 1]![1]))) continue;
    const row = rows[i]!;
    let at = best.length;
    while (at > 0) {
      const above = Math.abs(best[at - 1]![1]);
      if (above > size || (above === size && best[at - 1]![0] < row)) break;
      at -= 1;
    }
    best.splice(at, 0, [row, weight]);
    if (best.length > count) best.pop();
  }
  return best;
}

/**
 * The weights B that predict every item of a customer from the customer's other items, by least squares with a ridge and a
 * zero diagonal: `B_ji = −P_ij / P_ii`, `P = (XᵀX + λI)⁻¹` (EASE: Steck 2019), cut to the `count` largest of each item,
 * signs kept. With fewer customers than items P is `(I − Xᵀ (XXᵀ + λI)⁻¹ X) / λ` (Woodbury), and a small matrix is inverted.
 */
function ridgeWeights(lists: readonly number[][], rows: Int32Array, options: NeighbourOptions, product: MatrixProduct) {
  const place = new Map(Array.from(rows, (row, i) => [row, i]));
  const bought = lists.map((list) => list.map((row) => place.get(row)!));
  const weights = new Float32Array(rows.length);
  const row =
    bought.length < rows.length
      ? rowsByCustomers(bought, rows.length, options.ridge, product)
      : rowsByItems(bought, rows.length, options.ridge, product);
  return Array.from(rows, (_, i) => {
    row(i, weights);
    return largest(weights, rows, options.count);
  });
}

/** Adds up how often each pair stands in one list; the ridge is put on the diagonal, and the whole inverted. */
function invertedPairs(lists: readonly number[][], n: number, ridge: number, product: MatrixProduct): Float32Array {
  const pairs = new Float32Array(n * n);
  for (const list of lists) for (const i of list) for (const j of list) pairs[i * n + j]! += 1;
  for (let i = 0; i < n; i += 1) pairs[i * n + i]! += ridge;
  invertInPlace(pairs, n, product);
  return pairs;
}

/** Writes the weights of item i, [items]. */
type WeightRow = (i: number, out: Float32Array) => void;

function rowsByItems(bought: readonly number[][], n: number, ridge: number, product: MatrixProduct): WeightRow {
  const inverse = invertedPairs(bought, n, ridge, product);
  // P is symmetric: its row is its column.
  return (i, out) => {
    for (let j = 0; j < n; j += 1) out[j] = i === j ? 0 : -inverse[i * n + j]! / inverse[i * n + i]!;
  };
}

function rowsByCustomers(bought: readonly number[][], n: number, ridge: number, product: MatrixProduct): WeightRow {
  const buyers: number[][] = Array.from({ length: n }, () => []);
  bought.forEach((list, user) => {
    for (const i of list) buyers[i]!.push(user);
  });
  const users = bought.length;
  const inverse = invertedPairs(buyers, users, ridge, product);
  const share = new Float32Array(users);
  // Row i of S = Xᵀ (XXᵀ + λI)⁻¹ X; then P_ij = −S_ij / λ and P_ii = (1 − S_ii) / λ.
  return (i, out) => {
    share.fill(0);
    for (const user of buyers[i]!) {
      for (let other = 0; other < users; other += 1) share[other]! += inverse[user * users + other]!;
    }
    out.fill(0);
    bought.forEach((list, user) => {
      for (const j of list) out[j]! += share[user]!;
    });
    const left = 1 - out[i]!;
    for (let j = 0; j < n; j += 1) out[j] = i === j ? 0 : out[j]! / left;
  };
}

/** `|both| / (√(|i| |j|) + shrinkage)` over customers, the `count` largest of each item. */
function cosineWeights(lists: readonly number[][], rows: Int32Array, options: NeighbourOptions) {
  const buyers = new Map<number, number[]>();
  lists.forEach((list, user) => {
    for (const row of list) {
      const known = buyers.get(row);
      if (known) known.push(user);
      else buyers.set(row, [user]);
    }
  });
  return Array.from(rows, (row) => {
    const mine = buyers.get(row)!;
    const both = new Map<number, number>();
    for (const user of mine) for (const other of lists[user]!) both.set(other, (both.get(other) ?? 0) + 1);
    both.delete(row);
    const others = [...both.keys()];
    const weights = others.map(
      (other) => both.get(other)! / (Math.sqrt(mine.length * buyers.get(other)!.length) + options.shrinkage),
    );
    return largest(weights, others, options.count);
  });
}

/**
 * Bias and neighbours of all items from what some customers bought. The lists that a customer's own examples are made with
 * must come from other customers ({@link crossFit}), or training learns to trust neighbours too much.
 */
export function fitStatistics(
  data: Pick<DataFolder, 'items' | 'events' | 'path'>,
  users: Iterable<number>,
  product: MatrixProduct,
  settings: Partial<NeighbourOptions> = {},
): ItemStatistics {
  const options = { ...DEFAULT_NEIGHBOURS, ...settings };
  const lists = purchasesOf(data, users);
  const bias = new Float32Array(data.items.ids.length);
  for (const list of lists) for (const row of list) bias[row]! += 1;
  const rows = Int32Array.from(bias.keys()).filter((row) => bias[row]! > 0);
  const found =
    rows.length <= options.dense ? ridgeWeights(lists, rows, options, product) : cosineWeights(lists, rows, options);
  const neighbours: NeighbourLists = data.items.ids.map(() => []);
  rows.forEach((row, i) => {
    neighbours[row] = found[i]!;
  });
  return { bias: bias.map((count) => Math.log1p(count)), repeat: repeatRatios(data, users), neighbours };
}

/** The lists times one factor that makes the mean size of the first neighbours 1: columns then start at a usual size. */
export function unitScale(lists: NeighbourLists): NeighbourLists {
  const first = lists.flatMap((list) => list.slice(0, 1));
  const mean = first.reduce((sum, [, weight]) => sum + Math.abs(weight), 0) / Math.max(1, first.length);
  return lists.map((list) => list.map(([other, weight]) => [other, weight / (mean || 1)]));
}

/** Folds of customers, each told what the others' logs say. */
export function crossFit<T>(folds: readonly number[], make: (others: readonly number[]) => T): Map<number, T> {
  return new Map(folds.map((fold) => [fold, make(folds.filter((other) => other !== fold))]));
}
