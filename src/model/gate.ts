import { CLOCK_SIZE, encodeClock, encodeGap, GAP_SIZE } from './encode';
import { dot, softplus } from './linear';
import type { GateInput, ModelManifest } from './manifest';
import type { InterestModel } from './model';
import type { InterestState } from './state';

/** What the gate knows of the list that is ranked. */
export interface ListContext {
  hasPrior: boolean;
  /** Share of the list's items already met. */
  known: number;
}

function width(input: GateInput, manifest: Pick<ModelManifest, 'sizes'>): number {
  if (input === 'hidden') return manifest.sizes.hidden;
  if (input === 'gap') return GAP_SIZE;
  return input === 'clock' ? CLOCK_SIZE : 1;
}

/** Z, the width of the gate's input. */
export function gateSize(manifest: Pick<ModelManifest, 'sizes' | 'gate'>): number {
  return manifest.gate.inputs.reduce((sum, input) => sum + width(input, manifest), 0);
}

/** z [Z] (manifest `gate.inputs`, in order). `hidden` is h decayed to `now`; `now` Unix ms, NaN when unknown. */
export function gateInput(
  model: InterestModel,
  state: InterestState,
  hidden: Float32Array,
  now: number,
  utcOffset: number | undefined,
  list: ListContext,
): Float32Array {
  const { manifest } = model;
  const z = new Float32Array(model.gate.inputs);
  let at = 0;
  for (const input of manifest.gate.inputs) {
    if (input === 'hidden') z.set(hidden, at);
    else if (input === 'gap') encodeGap((now - state.lastTime) / 1000, z, at);
    else if (input === 'clock') encodeClock(utcOffset === undefined ? Number.NaN : now, utcOffset ?? 0, z, at);
    else if (input === 'count') z[at] = Math.log1p(state.events) / 5;
    else if (input === 'distinct') z[at] = Math.log1p(state.distinct) / 5;
    else if (input === 'hasPrior') z[at] = list.hasPrior ? 1 : 0;
    else if (input === 'known') z[at] = list.known;
    else z[at] = Math.log1p(state.recent.length) / 4;
    at += width(input, manifest);
  }
  return z;
}

/** `a = W_gate z + b_gate` [J], through softplus when the manifest says so. */
export function gateWeights(model: InterestModel, z: Float32Array): Float64Array {
  const { weight, bias, inputs } = model.gate;
  const positive = model.manifest.gate.activation === 'softplus';
  return Float64Array.from(bias, (b, j) => {
    const value = dot(weight, j * inputs, z, 0, inputs) + b;
    return positive ? softplus(value) : value;
  });
}
