import { floatTensor, type StoredTensor } from '../model';

/** From so many values on a tensor is written in half precision: a model folder is what every shopper loads. */
const WIDE = 20_000;
const LARGEST = 65_504;

/** The bits of the nearest IEEE 754 half (ties to even); what is beyond its range becomes the largest one. */
function halfBits(value: number): number {
  const sign = value < 0 ? 0x8000 : 0;
  const size = Math.min(Math.abs(value), LARGEST);
  // Below 2^-14 all halves are 2^-24 apart; above, 2^-10 of the power of two under the value.
  const exponent = size < 2 ** -14 ? -14 : Math.floor(Math.log2(size));
  const steps = size / 2 ** (exponent - 10);
  const low = Math.floor(steps);
  const rounded = steps - low > 0.5 || (steps - low === 0.5 && low % 2 === 1) ? low + 1 : low;
  // A carry out of the fraction runs into the exponent, which is what it should do.
  return sign | (size < 2 ** -14 ? rounded : ((exponent + 14) << 10) + rounded);
}

/** A tensor of weights: single precision, but half where it is wide (the whitening of an embedder of 384 values). */
export function weightTensor(shape: number[], data: Float32Array): StoredTensor {
  if (data.length < WIDE) return floatTensor(shape, data);
  return { dtype: 'F16', shape, data: Uint16Array.from(data, halfBits) };
}
