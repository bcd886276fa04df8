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
    features: settings.features as FeatureSpec[],
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
 * Weights to start from: uniform ±1/√(columns) as in torch.nn (±1/√H for the LSTM), forget gates open, a slow decay, a
 * constant gate with `kappa` on the interest, residuals of deviation `residualStart`. `random` gives values in [0, 1).
 */
export function startWeights(
  manifest: ModelManifest,
  items: number,
  settings: NextItemSettings,
  random: () => number,
): Tensors {
  const entries: [string, Float32Array][] = [];
  const { hidden: H } = manifest.sizes;
  for (const [name, shape] of weightShapes(manifest, items)) {
    const size = shape.reduce((product, n) => product * n, 1);
    const columns = shape.at(-1)!;
    const bound = 1 / Math.sqrt(name.startsWith('lstm.') ? H : columns);
    const data = new Float32Array(size);
    const draw = (scale: number) => {
      for (let i = 0; i < size; i += 1) data[i] = (2 * random() - 1) * scale;
    };
    if (name === RESIDUAL) draw(settings.residualStart * Math.sqrt(3));
    else if (name === 'gate.bias') data.set(settings.features.map((spec) => startGate(spec as FeatureSpec, settings)));
    else if (name === 'decay.rate') data.fill(-2);
    else if (name === ITEM_BIAS || name === 'gate.weight' || name === 'fusion.bias' || name === 'item.bias')
      data.fill(0);
    else if (name.startsWith('lstm.bias')) {
      // Forget gate: remember at first (Jozefowicz et al. 2015); half in each of the two biases.
      data.fill(settings.forgetStart / 2, size / 4, size / 2);
    } else draw(bound);
    entries.push([name, data]);
  }
  const gate = entries.find(([name]) => name === 'gate.weight')!;
  if (gateSize(manifest) * manifest.features.length !== gate[1].length) throw new Error('the gate has another size');
  return new Tensors(entries);
}

function startGate(spec: FeatureSpec, settings: NextItemSettings): number {
  if (spec.kind === 'interest') return settings.kappa;
  if (spec.kind === 'bias') return 1;
  return settings.columnStart;
}
