import { EVENT_NAMES } from '../../domain';
import {
  DEFAULT_DWELL,
  DEFAULT_KINDS,
  type FeatureSpec,
  gateSize,
  inputSize,
  type ModelManifest,
  tensorShapes,
} from '../../model';
import { Tensors } from '../parameters';
import { gateScale } from './network';
import type { NextItemSettings } from './settings';

/** Names of the weights of the item table, beside those of the model folder. */
export const RESIDUAL = 'residual';
export const ITEM_BIAS = 'bias';

/** What a model to be trained says of itself before it is. */
export function planManifest(embedder: ModelManifest['embedder'], settings: NextItemSettings): ModelManifest {
  const { hidden, item, type } = settings;
  const manifest: ModelManifest = {
    format: 1,
    id: 'in training',
    embedder,
    whitening: true,
    sizes: { embedding: embedder.dimension, item, hidden, type, input: 0 },
    eventTypes: EVENT_NAMES.filter((name) => name !== 'view_item_list' && name !== 'refund'),
    timeDecay: settings.timeDecay,
    fusion: settings.fusion,
    memories: settings.memories,
    kinds: { ...DEFAULT_KINDS, ...settings.kinds },
    dwell: DEFAULT_DWELL,
    recent: settings.recent,
    features: settings.features.map(({ start: _, ...spec }) => spec as FeatureSpec),
    gate: { inputs: settings.gate, activation: 'linear' },
    conversion: false,
    training: { data: '', licence: '', credit: '', command: '', seed: 0, folds: '' },
    metrics: [],
    files: {},
  };
  manifest.sizes.input = inputSize(manifest);
  return manifest;
}

/** Shapes of all trained weights: those of the folder but the whitening, the items' residuals and biases. */
export function weightShapes(manifest: ModelManifest, items: number): Map<string, number[]> {
  const shapes = new Map([...tensorShapes(manifest)].filter(([name]) => !name.startsWith('whitening.')));
  shapes.set(RESIDUAL, [items, manifest.sizes.item]);
  shapes.set(ITEM_BIAS, [items, 1]);
  return shapes;
}

/**
 * Weights to start from: as torch.nn's modules start (uniform ±1/√columns, ±1/√H for the LSTM), the LSTM's columns of q
 * times √D since q has unit length, a gate that is all but constant, residuals of deviation 1/√D. `random` gives values
 * in [0, 1); `counts` [n] how often each item occurs.
 */
export function startWeights(
  manifest: ModelManifest,
  counts: Int32Array,
  settings: NextItemSettings,
  random: () => number,
): Tensors {
  const entries: [string, Float32Array][] = [];
  const { hidden: H, item: D, input: I } = manifest.sizes;
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const scale = gateScale(manifest);
  const absent = settings.itemVector === 'text' ? RESIDUAL : settings.itemVector === 'residual' ? 'item.weight' : '';
  for (const [name, shape] of weightShapes(manifest, counts.length)) {
    const size = shape.reduce((product, n) => product * n, 1);
    const columns = name === 'item.bias' ? manifest.sizes.embedding : shape.at(-1)!;
    const bound = 1 / Math.sqrt(name.startsWith('lstm.') ? H : columns);
    const data = new Float32Array(size);
    if (name === absent) data.fill(0);
    else if (name === RESIDUAL) for (let i = 0; i < size; i += 1) data[i] = normal() / Math.sqrt(D);
    else if (name === 'type.weight') for (let i = 0; i < size; i += 1) data[i] = normal();
    else if (name === 'gate.bias') data.set(settings.features.map((spec, j) => startGate(spec, settings) / scale[j]!));
    else if (name === 'decay.rate') data.fill(-2);
    else if (name === 'fusion.alpha') data.fill(-3);
    else if (name === ITEM_BIAS) {
      if (settings.biasStart === 'popularity') data.set(centredLogs(counts));
    } else if (name !== 'fusion.bias') for (let i = 0; i < size; i += 1) data[i] = (2 * random() - 1) * bound;
    if (name === 'gate.weight') for (let i = 0; i < size; i += 1) data[i]! *= 0.1;
    if (name === 'lstm.weight_ih_l0') {
      for (let i = 0; i < size; i += 1) if (i % I < D) data[i]! *= Math.sqrt(D);
    }
    entries.push([name, data]);
  }
  const gate = entries.find(([name]) => name === 'gate.weight')!;
  if (gateSize(manifest) * manifest.features.length !== gate[1].length) throw new Error('the gate has another size');
  return new Tensors(entries);
}

function centredLogs(counts: Int32Array): Float32Array {
  const logs = Float32Array.from(counts, (count) => Math.log1p(count));
  const mean = logs.reduce((sum, value) => sum + value, 0) / Math.max(1, logs.length);
  return logs.map((value) => value - mean);
}

/** Weight of a column at first. */
function startGate(spec: NextItemSettings['features'][number], settings: NextItemSettings): number {
  if (spec.start !== undefined) return spec.start;
  if (spec.kind === 'interest') return settings.kappa;
  return spec.kind === 'bias' ? 1 : 0;
}

/** The weights as the model folder holds them: with the gate's units in it. */
export function servedWeights(manifest: ModelManifest, weights: Tensors): Tensors {
  const out = weights.clone();
  const [weight, bias] = [out.get('gate.weight'), out.get('gate.bias')];
  const Z = weight.length / bias.length;
  gateScale(manifest).forEach((factor, j) => {
    bias[j]! *= factor;
    for (let i = j * Z; i < (j + 1) * Z; i += 1) weight[i]! *= factor;
  });
  return out;
}
