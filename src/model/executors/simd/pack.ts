import type { LstmWeights } from '../../executor';
import { decayExponent } from '../shapes';

/** Outputs of a packed block; the kernel's unit of work. */
export const BLOCK = 32;
/** Hidden units of a gate block: 8 of each of i, f, g, o. */
export const UNITS = 8;
/** Steps whose input part is projected at once. A multiple of four, so that only the last chunk has single steps. */
export const CHUNK = 64;

const ALIGN = 4;

/** Where everything lies in the kernel's memory: offsets in floats, each a multiple of 4 (16 bytes). */
export interface Layout {
  inputs: number;
  /** Hidden size, rounded up to whole gate blocks; the units added have zero weights and stay zero. */
  units: number;
  gateBlocks: number;
  /** Blocks of 32 outputs of the decay's matrix; 0 without decay. */
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
  const gateBlocks = Math.ceil(weights.hiddenSize / UNITS);
  const units = gateBlocks * UNITS;
  const decayBlocks = weights.decay ? Math.ceil(units / BLOCK) : 0;
  const memory = Math.max(units, decayBlocks * BLOCK);
  let next = Math.ceil(start / ALIGN) * ALIGN;
  const take = (size: number): number => {
    const at = next;
    next += Math.ceil(size / ALIGN) * ALIGN;
    return at;
  };
  const at = {
    weightIh: take(gateBlocks * inputs * BLOCK),
    bias: take(gateBlocks * BLOCK),
    weightHh: take(gateBlocks * units * BLOCK),
    decayWeight: take(decayBlocks * units * BLOCK),
    decayBias: take(decayBlocks * BLOCK),
    exponent: take(decayBlocks * BLOCK),
    h: take(memory),
    c: take(memory),
    o: take(memory),
    scratch: take(memory),
    elapsed: take(CHUNK),
    x: take(CHUNK * inputs),
    gates: take(CHUNK * gateBlocks * BLOCK),
    all: take(CHUNK * units),
  };
  return { inputs, units, gateBlocks, decayBlocks, at, size: next };
}

/** `matrix` [4H, columns] in PyTorch's gate order → [block][columns][i 8, f 8, g 8, o 8]. */
function packGates(matrix: Float32Array, columns: number, hidden: number, into: Float32Array): void {
  for (let gate = 0; gate < 4; gate += 1) {
    for (let j = 0; j < hidden; j += 1) {
      const block = Math.floor(j / UNITS);
      const lane = gate * UNITS + (j % UNITS);
      const row = (gate * hidden + j) * columns;
      for (let k = 0; k < columns; k += 1) into[(block * columns + k) * BLOCK + lane] = matrix[row + k]!;
    }
  }
}

/** Writes the weights into the kernel's memory, which is zero before. */
export function packWeights(weights: LstmWeights, plan: Layout, memory: Float32Array): void {
  const { hiddenSize: hidden, decay } = weights;
  const { at, units, gateBlocks, decayBlocks } = plan;
  const part = (from: number, size: number): Float32Array => memory.subarray(from, from + size);
  packGates(weights.weightIh, plan.inputs, hidden, part(at.weightIh, gateBlocks * plan.inputs * BLOCK));
  const bias = weights.biasIh.map((value, j) => value + weights.biasHh[j]!);
  packGates(bias, 1, hidden, part(at.bias, gateBlocks * BLOCK));
  // The recurrent matrix has `units` columns in memory: the columns past the hidden size stay zero.
  const wide = new Float32Array(4 * hidden * units);
  for (let row = 0; row < 4 * hidden; row += 1) {
    wide.set(weights.weightHh.subarray(row * hidden, (row + 1) * hidden), row * units);
  }
  packGates(wide, units, hidden, part(at.weightHh, gateBlocks * units * BLOCK));
  if (!decay) return;
  const matrix = part(at.decayWeight, decayBlocks * units * BLOCK);
  for (let j = 0; j < hidden; j += 1) {
    const block = Math.floor(j / BLOCK);
    for (let k = 0; k < hidden; k += 1) {
      matrix[(block * units + k) * BLOCK + (j % BLOCK)] = decay.weight[j * hidden + k]!;
    }
  }
  memory.set(decay.bias, at.decayBias);
  memory.set(decayExponent(decay.rate), at.exponent);
}
