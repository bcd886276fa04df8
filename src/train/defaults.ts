import { EVENT_NAMES } from '../domain';
import {
  DEFAULT_DWELL,
  DEFAULT_KINDS,
  type FeatureSpec,
  gateSize,
  inputSize,
  type ModelManifest,
  PURCHASE_FACTS,
  tensorShapes,
} from '../model';
import { Tensors } from './parameters';

const HOUR = 3600;
export const DAY = 24 * HOUR;

type Familiarity = Extract<FeatureSpec, { kind: 'familiarity' }>;
type Text = Extract<FeatureSpec, { kind: 'text' }>;

/** Familiarity of the item itself. */
export const item = (decay: Pick<Familiarity, 'halfLife' | 'stepDecay'>): FeatureSpec => ({
  kind: 'familiarity',
  entity: 'item',
  group: 'any',
  ...decay,
});
const text = (power: number, options: Omit<Text, 'kind' | 'power'> = {}): FeatureSpec => ({
  kind: 'text',
  power,
  ...options,
});

/** What carries repeats, the same in all presets: half-lives in days, no decay, decay by step, and the item's group. */
export function familiarityColumns(days: readonly number[], met: { weighted?: boolean } = {}): FeatureSpec[] {
  return [
    ...days.map((one) => item({ halfLife: one * DAY })),
    item({}),
    item({ stepDecay: 0.5 }),
    item({ stepDecay: 0.8 }),
    { kind: 'met', ...met },
    { kind: 'familiarity', entity: 'category', group: 'any', halfLife: 14 * DAY },
    { kind: 'familiarity', entity: 'brand', group: 'any', halfLife: 14 * DAY },
  ];
}

/** What orders products bought as often and as lately as each other. */
export const PURCHASES: readonly FeatureSpec[] = PURCHASE_FACTS.map((of) => ({ kind: 'purchases', of }));

/** Place of a column among others, for products of two; -1 where it is none of them. */
export function columnOf(columns: readonly FeatureSpec[], wanted: FeatureSpec): number {
  return columns.findIndex((spec) => JSON.stringify(spec) === JSON.stringify(wanted));
}

/**
 * The columns of the universal model: what needs no statistics of the shop. Known and new products share none: what orders
 * the ones must not move the others. Texts of new products fade by step alone, so that a log without times is read alike.
 * docs/decisions about the universal model say which others were tried.
 */
export function universalFeatures(): FeatureSpec[] {
  const near = text(3, { stepDecay: 0.8, log: true, only: 'unmet' });
  const priorOf = (only: 'met' | 'unmet'): FeatureSpec => ({
    kind: 'prior',
    // Known products gain by how much the first sell more than the others; for new ones their order is as good.
    scale: only === 'met' ? 'log' : 'rank',
    only,
  });
  const columns: FeatureSpec[] = [
    // A glance must not be lifted by the level of what was bought ({@link Levels}).
    ...familiarityColumns([7, 30, 120], { weighted: true }),
    ...PURCHASES,
    text(1, { log: true, only: 'met' }),
    text(3, { halfLife: 60 * DAY, log: true, only: 'met' }),
    near,
    text(1, { stepDecay: 0.8, log: true, only: 'unmet' }),
    text(2, { words: true, stepDecay: 0.8, log: true, only: 'unmet' }),
    text(1, { words: true, stepDecay: 0.95, log: true, only: 'unmet' }),
    { kind: 'interest', only: 'met' },
    { kind: 'interest', only: 'unmet' },
    priorOf('met'),
    priorOf('unmet'),
  ];
  const at = (wanted: FeatureSpec) => columnOf(columns, wanted);
  return [
    ...columns,
    { kind: 'product', of: [at(priorOf('met')), at(item({ halfLife: 120 * DAY }))] },
    { kind: 'product', of: [at(priorOf('unmet')), at(near)] },
  ];
}

export interface Sizes {
  embedding: number;
  item: number;
  hidden: number;
  type: number;
}

/** What a model to be trained says of itself before it is. */
export function startManifest(
  embedder: ModelManifest['embedder'],
  sizes: Sizes,
  features: FeatureSpec[] = universalFeatures(),
  options: Partial<Pick<ModelManifest, 'recent' | 'memories'> & { gate: ModelManifest['gate']['inputs'] }> = {},
): ModelManifest {
  const manifest: ModelManifest = {
    format: 1,
    id: 'in training',
    embedder,
    whitening: true,
    sizes: { ...sizes, input: 0 },
    eventTypes: EVENT_NAMES.filter((name) => name !== 'view_item_list' && name !== 'refund'),
    timeDecay: true,
    fusion: 'attention',
    memories: options.memories ?? { halfLives: [HOUR, DAY, 7 * DAY, 60 * DAY], stepDecays: [0.95] },
    kinds: DEFAULT_KINDS,
    dwell: DEFAULT_DWELL,
    recent: options.recent ?? 50,
    features,
    gate: {
      inputs: options.gate ?? ['hidden', 'items', 'distinct', 'sessions', 'hasPrior'],
      activation: 'linear',
    },
    conversion: false,
    training: { data: '', licence: '', credit: '', command: '', seed: 0, folds: '' },
    metrics: [],
    files: {},
  };
  manifest.sizes.input = inputSize(manifest);
  return manifest;
}

/** Columns whose weight no purchase log teaches: they keep {@link TIED}, whatever the state. */
export function isTied(spec: FeatureSpec): boolean {
  return spec.kind === 'familiarity' && spec.entity !== 'item';
}

/** Weight of category and brand familiarity: a positive constant (model.md, Training). */
export const TIED = { category: 1.5, brand: 1 };

/** Columns of products not met. */
export function isFresh(spec: FeatureSpec, features: readonly FeatureSpec[]): boolean {
  if (spec.kind === 'product') return spec.of.some((column) => isFresh(features[column]!, features));
  return 'only' in spec && spec.only === 'unmet';
}

/**
 * Weights that columns of products not met start from; `rule`: logarithms of text to the 3rd power; `first`: text to the
 * 1st, `other` where it is not given; `interest`: .5 where it is not given.
 */
export interface Starts {
  prior: number;
  product: number;
  rule: number;
  first?: number;
  words?: number;
  interest?: number;
  other: number;
}

const DEFAULT_STARTS: Starts = { prior: 0.2, product: 0.1, rule: 0.2, other: 0.2 };

function startBias(spec: FeatureSpec, features: readonly FeatureSpec[], starts: Starts): number {
  if (spec.kind === 'familiarity') return spec.entity === 'item' ? 0.5 : TIED[spec.entity];
  if (spec.kind === 'purchases') return spec.of === 'rate' ? 0.5 : 0;
  const fresh = isFresh(spec, features);
  if (spec.kind === 'interest') return fresh ? (starts.interest ?? 0.5) : 1.5;
  if (spec.kind === 'prior') return fresh ? starts.prior : 0.5;
  // Logarithms of counts are large beside the other columns.
  if (spec.kind === 'bias') return fresh ? 0 : 0.05;
  if (spec.kind === 'product') return fresh ? starts.product : 0.1;
  if (!fresh) return 0.4;
  if (spec.kind === 'text' && spec.words) return starts.words ?? starts.other;
  if (spec.kind === 'text' && spec.power === 1) return starts.first ?? starts.other;
  return spec.kind === 'text' && spec.power === 3 && spec.log ? starts.rule : starts.other;
}

/**
 * Weights to start from: uniform ±1/√(columns) as in `torch.nn`, the item projection near the identity, the decay of the
 * memory slow, and a gate that is constant. `random` gives values in [0, 1).
 */
export function startWeights(manifest: ModelManifest, random: () => number, starts: Starts = DEFAULT_STARTS): Tensors {
  const entries: [string, Float32Array][] = [];
  for (const [name, shape] of tensorShapes(manifest)) {
    if (name.startsWith('whitening.')) continue;
    const size = shape.reduce((product, n) => product * n, 1);
    const columns = shape.at(-1)!;
    const bound = 1 / Math.sqrt(columns);
    const data = Float32Array.from({ length: size }, () => (2 * random() - 1) * bound);
    if (name === 'item.weight') {
      for (let i = 0; i < size; i += 1)
        data[i] = data[i]! * 0.1 + (i % columns === Math.floor(i / columns) % columns ? 1 : 0);
    } else if (name === 'decay.rate') data.fill(-2);
    else if (name === 'gate.bias') {
      data.set(manifest.features.map((spec) => startBias(spec, manifest.features, starts)));
    } else if (name.endsWith('.bias') || name === 'gate.weight') data.fill(0);
    else if (name.startsWith('lstm.bias')) {
      data.fill(0);
      // Forget gate: remember at first (Jozefowicz et al. 2015).
      data.fill(0.5, size / 4, size / 2);
    }
    entries.push([name, data]);
  }
  if (gateSize(manifest) * manifest.features.length !== entries.find(([name]) => name === 'gate.weight')![1].length) {
    throw new Error('the gate has another size');
  }
  return new Tensors(entries);
}
