import type { GateInput, ModelManifest } from '../model';
import type { Dataset } from './dataset';
import type { Tensors } from './parameters';

/** Mean and deviation of the gate's inputs over the training baskets; 0 and 1 where they stay as they are. */
export interface GateScale {
  mean: Float32Array;
  deviation: Float32Array;
}

const PLAIN: ReadonlySet<GateInput> = new Set(['hidden', 'fused', 'hasPrior']);

/** Where each input of the gate starts; `hidden` and `fused` are H and D wide, `gap` and `clock` 5, the others 1. */
export function gateOffsets(manifest: ModelManifest): { input: GateInput; at: number; width: number }[] {
  let at = 0;
  return manifest.gate.inputs.map((input) => {
    const { hidden, item } = manifest.sizes;
    const width = input === 'hidden' ? hidden : input === 'fused' ? item : ['gap', 'clock'].includes(input) ? 5 : 1;
    const entry = { input, at, width };
    at += width;
    return entry;
  });
}

/** Standardises the gate's inputs in place: training is better conditioned. {@link unscaleGate} puts it into the weights. */
export function scaleGate(manifest: ModelManifest, dataset: Dataset): GateScale {
  const baskets = dataset.train.flatMap((customer) => customer.baskets);
  const size = baskets[0]?.gate.length ?? 0;
  const mean = new Float32Array(size);
  const deviation = new Float32Array(size).fill(1);
  for (const { input, at, width } of gateOffsets(manifest)) {
    if (PLAIN.has(input)) continue;
    for (let i = at; i < at + width; i += 1) {
      let sum = 0;
      let square = 0;
      for (const { gate } of baskets) {
        sum += gate[i]!;
        square += gate[i]! ** 2;
      }
      mean[i] = sum / baskets.length;
      deviation[i] = Math.sqrt(Math.max(square / baskets.length - mean[i]! ** 2, 1e-4));
    }
  }
  for (const customer of [...dataset.train, ...dataset.validation]) {
    for (const { gate } of customer.baskets) {
      for (let i = 0; i < size; i += 1) gate[i] = (gate[i]! - mean[i]!) / deviation[i]!;
    }
  }
  return { mean, deviation };
}

/** The weights that give on raw inputs what `weights` gives on scaled ones; `weights` stays as it is. */
export function unscaleGate(weights: Tensors, scale: GateScale): Tensors {
  const out = weights.clone();
  const weight = out.get('gate.weight');
  const bias = out.get('gate.bias');
  const Z = scale.mean.length;
  for (let j = 0; j < bias.length; j += 1) {
    for (let i = 0; i < Z; i += 1) {
      weight[j * Z + i]! /= scale.deviation[i]!;
      bias[j]! -= weight[j * Z + i]! * scale.mean[i]!;
    }
  }
  return out;
}
