import type { LstmWeights } from '../../executor';
import { decayExponent } from '../shapes';

/** Outputs of a packed block; the kernel's unit of work (assembly/lstm.ts says why 24). */
const BLOCK = 24;
/** Floats of a vector: sizes are rounded up to it, offsets too. */
const LANES = 4;
/** Steps whose input part is projected at once. A multiple of four, so that only the last chunk has single steps. */
export const CHUNK = 64;

/** Where everything lies in the kernel's memory: offsets in floats, each a multiple of 4 (16 bytes). */
export interface Layout {
  inputs: number;
  /** Hidden size, rounded up to whole vectors; the units added have zero weights and stay zero. */
  units: number;
  /** Blocks of the four gates, `units` outputs each. */
  gateBlocks: number;
  /** Blocks of the decay's matrix; 0 without decay. */
  decayBlocks: number;
  at: Record<
    | 'weightIh'
    | 'bias'
    | 'weightHh'
    | 'decayWeight'
    | 'decayBias'
    | 'exponent'
    | 'h'
    | 'c'
    | 'o'
    | 'scratch'
    | 'elapsed'
    | 'x'
    | 'gates'
    | 'all',
    number
  >;
  /** Floats in all. */
  size: number;
}

/** The layout for these weights, starting at `start` (in floats). */
export function layout(weights: LstmWeights, start: number): Layout {
  const inputs = weights.inputSize;
  const units = Math.ceil(weights.hiddenSize / LANES) * LANES;
  const gateBlocks = Math.ceil((4 * units) / BLOCK);
  const decayBlocks = weights.decay ? Math.ceil(units / BLOCK) : 0;
  let next = Math.ceil(start / LANES) * LANES;
  const take = (size: number): number => {
    const at = next;
    next += Math.ceil(size / LANES) * LANES;
    return at;
  };
  const at = {
    weightIh: take(gateBlocks * inputs * BLOCK),
    bias: take(gateBlocks * BLOCK),
    weightHh: take(gateBlocks * units * BLOCK),
    decayWeight: take(decayBlocks * units * BLOCK),
    decayBias: take(decayBlocks * BLOCK),
    exponent: take(decayBlocks ? units : 0),
    h: take(units),
    c: take(units),
    o: take(units),
    scratch: take(decayBlocks * BLOCK),
    elapsed: take(CHUNK),
    x: take(CHUNK * inputs),
    gates: take(CHUNK * gateBlocks * BLOCK),
    all: take(CHUNK * units),
  };
  return { inputs, units, gateBlocks, decayBlocks, at, size: next };
}

/**
 * A row-major matrix [groups · rows, columns] → [block][depth][24]. Each group of rows is padded to `units` outputs,
 * `columns` to `depth`; the padding stays zero.
 */
function pack(
  matrix: Float32Array,
  shape: { groups: number; rows: number; columns: number; units: number; depth: number },
  into: Float32Array,
): void {
  const { groups, rows, columns, units, depth } = shape;
  for (let row = 0; row < groups * rows; row += 1) {
    const output = Math.floor(row / rows) * units + (row % rows);
    const to = Math.floor(output / BLOCK) * depth * BLOCK + (output % BLOCK);
    for (let k = 0; k < columns; k += 1) into[to + k * BLOCK] = matrix[row * columns + k]!;
  }
}

/** Writes the weights into the kernel's memory, which is zero before. */
export function packWeights(weights: LstmWeights, plan: Layout, memory: Float32Array): void {
  const { hiddenSize: rows, decay } = weights;
  const { at, units, inputs } = plan;
  const gates = { groups: 4, rows, units };
  pack(weights.weightIh, { ...gates, columns: inputs, depth: inputs }, memory.subarray(at.weightIh));
  const bias = weights.biasIh.map((value, j) => value + weights.biasHh[j]!);
  pack(bias, { ...gates, columns: 1, depth: 1 }, memory.subarray(at.bias));
  pack(weights.weightHh, { ...gates, columns: rows, depth: units }, memory.subarray(at.weightHh));
  if (!decay) return;
  const square = { groups: 1, rows, columns: rows, units, depth: units };
  pack(decay.weight, square, memory.subarray(at.decayWeight));
  memory.set(decay.bias, at.decayBias);
  memory.set(decayExponent(decay.rate), at.exponent);
}
