import { CLOCK_SIZE, encodeClock, encodeGap, GAP_SIZE, logDays } from './encode';
import { dot } from './linear';
import type { GateInput, ModelManifest } from './manifest';
import type { InterestModel } from './model';
import type { Reading } from './read';
import type { InterestState } from './state';

/** What the gate knows of the list that is ranked. */
export interface ListContext {
  hasPrior: boolean;
  /** Share of the list's items already met. */
  known: number;
}

/** Width of one block of the gate's input. */
export function stateSize(input: GateInput, manifest: Pick<ModelManifest, 'sizes'>): number {
  if (input === 'hidden') return manifest.sizes.hidden;
  if (input === 'fused') return manifest.sizes.item;
  if (input === 'gap') return GAP_SIZE;
  return input === 'clock' ? CLOCK_SIZE : 1;
}

/** Z, the width of the gate's input. */
export function gateSize(manifest: Pick<ModelManifest, 'sizes' | 'gate'>): number {
  return manifest.gate.inputs.reduce((sum, input) => sum + stateSize(input, manifest), 0);
}

/** z [Z] (manifest `gate.inputs`, in order); `utcOffset` in minutes, for `clock`. */
export function gateInput(
  model: InterestModel,
  state: InterestState,
  reading: Pick<Reading, 'now' | 'hidden' | 'fused'>,
  utcOffset: number | undefined,
  list: ListContext,
): Float32Array {
  return stateInput(model.manifest, model.manifest.gate.inputs, state, reading, utcOffset, list);
}

/** The blocks `inputs` of the gate's input, in order; see {@link gateInput}. */
export function stateInput(
  manifest: Pick<ModelManifest, 'sizes'>,
  inputs: readonly GateInput[],
  state: InterestState,
  reading: Pick<Reading, 'now' | 'hidden' | 'fused'>,
  utcOffset: number | undefined,
  list: ListContext,
): Float32Array {
  const { now } = reading;
  const z = new Float32Array(inputs.reduce((sum, input) => sum + stateSize(input, manifest), 0));
  let at = 0;
  for (const input of inputs) {
    if (input === 'hidden') z.set(reading.hidden, at);
    else if (input === 'fused') z.set(reading.fused, at);
    else if (input === 'gap') encodeGap((now - state.lastTime) / 1000, z, at);
    else if (input === 'clock') encodeClock(utcOffset === undefined ? Number.NaN : now, utcOffset ?? 0, z, at);
    else if (input === 'items') z[at] = Math.log1p(state.itemEvents);
    else if (input === 'distinct') z[at] = Math.log1p(state.distinct);
    else if (input === 'sessions') z[at] = Math.log1p(state.sessions);
    else if (input === 'days') z[at] = logDays(state.lastTime, now) || 0;
    else if (input === 'age') z[at] = logDays(state.firstTime, now) || 0;
    else if (input === 'hasPrior') z[at] = list.hasPrior ? 1 : 0;
    else z[at] = list.known;
    at += stateSize(input, manifest);
  }
  return z;
}

/** `a = W_gate z + b_gate` [J]. */
export function gateWeights(model: InterestModel, z: Float32Array): Float64Array {
  const { weight, bias, inputs } = model.gate;
  return Float64Array.from(bias, (b, j) => dot(weight, j * inputs, z, 0, inputs) + b);
}
