import { EVENT_NAMES } from '../domain';
import { conversionSize } from './conversion';
import { inputSize } from './encode';
import { gateSize } from './gate';
import { DEFAULT_DWELL, DEFAULT_KINDS, type ModelManifest } from './manifest';
import { floatTensor, type StoredTensor, writeSafetensors } from './safetensors';

const HOUR = 3600;
const DAY = 24 * HOUR;

/** A small manifest with every kind of feature: where a trainer starts from, and what tests run on. */
export function untrainedManifest(changes: Partial<ModelManifest> = {}): ModelManifest {
  const manifest: ModelManifest = {
    format: 1,
    id: 'untrained',
    embedder: { id: 'potion-base-2M', dtype: 'q8', dimension: 64 },
    whitening: true,
    sizes: { embedding: 64, item: 64, hidden: 32, type: 8, input: 0 },
    eventTypes: EVENT_NAMES.filter((name) => name !== 'view_item_list' && name !== 'refund'),
    timeDecay: true,
    fusion: 'attention',
    memories: { halfLives: [HOUR, DAY, 7 * DAY, 60 * DAY], stepDecays: [0.8] },
    kinds: DEFAULT_KINDS,
    dwell: DEFAULT_DWELL,
    recent: 50,
    features: [
      { kind: 'familiarity', entity: 'item', group: 'any', halfLife: DAY },
      { kind: 'familiarity', entity: 'item', group: 'any', halfLife: 60 * DAY },
      { kind: 'familiarity', entity: 'item', group: 'purchase' },
      { kind: 'familiarity', entity: 'item', group: 'any', stepDecay: 0.95 },
      { kind: 'familiarity', entity: 'category', group: 'any', halfLife: 7 * DAY },
      { kind: 'familiarity', entity: 'brand', group: 'any', halfLife: 7 * DAY },
      { kind: 'met' },
      { kind: 'text', power: 1, halfLife: 7 * DAY },
      { kind: 'text', power: 3, stepDecay: 0.8 },
      { kind: 'text', words: true, power: 2, stepDecay: 0.8 },
      { kind: 'neighbours', stepDecay: 0.8 },
      { kind: 'interest' },
      { kind: 'memory', index: 0 },
      { kind: 'bias' },
      { kind: 'prior', scale: 'rank' },
      { kind: 'prior', only: 'unmet', scale: 'rank' },
      { kind: 'product', of: [7, 14] },
    ],
    gate: {
      inputs: ['hidden', 'fused', 'items', 'distinct', 'days', 'age', 'sessions', 'hasPrior'],
      activation: 'linear',
    },
    conversion: false,
    training: { data: 'none', licence: '', credit: '', command: '', seed: 0, folds: '' },
    metrics: [],
    files: {},
    ...changes,
  };
  manifest.sizes = { ...manifest.sizes, input: inputSize(manifest) };
  return manifest;
}

/** The tensors that a manifest asks for, by name: [shape]. */
export function tensorShapes(manifest: ModelManifest): Map<string, number[]> {
  const { embedding: E, item: D, hidden: H, type, input: I } = manifest.sizes;
  const shapes = new Map<string, number[]>([
    ['item.weight', [D, E]],
    ['item.bias', [D]],
    ['type.weight', [manifest.eventTypes.length, type]],
    ['lstm.weight_ih_l0', [4 * H, I]],
    ['lstm.weight_hh_l0', [4 * H, H]],
    ['lstm.bias_ih_l0', [4 * H]],
    ['lstm.bias_hh_l0', [4 * H]],
    ['short.weight', [D, H]],
    ['long.weight', [D, H]],
    ['gate.weight', [manifest.features.length, gateSize(manifest)]],
    ['gate.bias', [manifest.features.length]],
  ]);
  if (manifest.whitening) {
    shapes.set('whitening.mean', [manifest.embedder.dimension]);
    shapes.set('whitening.matrix', [E, manifest.embedder.dimension]);
  }
  if (manifest.timeDecay) {
    shapes.set('decay.weight', [H, H]);
    shapes.set('decay.bias', [H]);
    shapes.set('decay.rate', [H]);
  }
  if (manifest.conversion) {
    const { hidden, inputs } = manifest.conversion;
    shapes.set('conversion.w1', [hidden, conversionSize(manifest, inputs)]);
    shapes.set('conversion.b1', [hidden]);
    shapes.set('conversion.w2', [1, hidden]);
    shapes.set('conversion.b2', [1]);
  }
  if (manifest.fusion === 'weighted') shapes.set('fusion.alpha', [1]);
  else if (manifest.fusion === 'attention') {
    shapes.set('fusion.weight', [D, 2 * D + 6]);
    shapes.set('fusion.bias', [D]);
  } else {
    shapes.set('fusion.w1', [D, 2 * D]);
    shapes.set('fusion.b1', [D]);
    shapes.set('fusion.w2', [D, D]);
    shapes.set('fusion.b2', [D]);
  }
  return shapes;
}

/** Bytes of `weights.safetensors` with uniform weights of ±1/√(columns); `random` gives values in [0, 1). */
export function untrainedWeights(manifest: ModelManifest, random: () => number): ArrayBuffer {
  const tensors = new Map<string, StoredTensor>();
  for (const [name, shape] of tensorShapes(manifest)) {
    const size = shape.reduce((product, n) => product * n, 1);
    const bound = 1 / Math.sqrt(shape.at(-1)!);
    tensors.set(
      name,
      floatTensor(
        shape,
        Float32Array.from({ length: size }, () => (2 * random() - 1) * bound),
      ),
    );
  }
  return writeSafetensors(tensors);
}
