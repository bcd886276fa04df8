import type { WhiteningOptions } from '../data';
import type { FeatureSpec, ModelManifest } from '../model';
import { columnOf, DAY, familiarityColumns, item, PURCHASES, type Starts, universalFeatures } from './defaults';
import type { LoopOptions } from './loop';

/** What is trained: which columns, and whether items have tables (bias, neighbours) of their own. */
export interface Preset {
  features: FeatureSpec[];
  /** Bias and neighbours are fitted on the log and written as the model's catalogue. */
  tables: boolean;
  /**
   * A map of the texts is learned first, from what is bought together ({@link fitMetric}). It follows the whitening, so that
   * all that reads texts reads them mapped.
   */
  metric?: boolean;
  /** What lists carry as the server's prior; default: the purchases by others in the 30 days before. */
  prior?: 'trending';
  /** In lists with a prior an item's own counts weigh so many times what training made of them ({@link weighCounts}); default: 1. */
  countsBesidePrior?: number;
  /** After training, what is met is raised or lowered against what is not ({@link Levels}). */
  level?: boolean;
  /** Item events looked back on; default 50. */
  recent?: number;
  /** Of the whitening: its exponent, and whether it keeps its axes ({@link WhiteningOptions}). */
  whitening?: WhiteningOptions;
  /** What the gate reads. */
  gate: ModelManifest['gate']['inputs'];
  memories?: ModelManifest['memories'];
  /**
   * The LSTM's cell fades between events. Off by default: it gains nothing on the logs tried (docs/results.md, ablations), and
   * the cell is then that of `torch.nn.LSTM`.
   */
  cellDecay?: boolean;
  /** Where the weights of columns for products not met start. */
  starts?: Starts;
  /**
   * Training lists hold all that was bought, also what none of the columns would bring into them. Without it a list is what
   * the columns retrieve: bought products that are unlikely by all of them, beside few others so unlikely, would teach that
   * being unlikely is a merit.
   */
  keepsBought?: boolean;
  /** Changes of the training's settings. */
  settings?: Partial<LoopOptions>;
}

type Item = { halfLife?: number; stepDecay?: number };

/**
 * The columns of a model for one shop, which may know its items: familiarity carries repeats; neighbours, text and the
 * prior carry new products, apart from known ones. docs/decisions/retail-model.md says what else was compared.
 */
function shopFeatures(): FeatureSpec[] {
  const known: FeatureSpec[] = [
    ...familiarityColumns([7, 30, 120, 365]),
    ...PURCHASES,
    { kind: 'bias', only: 'met' },
    { kind: 'repeat', only: 'met' },
    { kind: 'interest' },
    { kind: 'prior', scale: 'log', only: 'met' },
  ];
  const neighbours = (decay: Item): FeatureSpec => ({ kind: 'neighbours', counts: true, ...decay, only: 'unmet' });
  const fresh: FeatureSpec[] = [
    neighbours({ halfLife: 60 * DAY }),
    neighbours({}),
    neighbours({ stepDecay: 0.3 }),
    { kind: 'text', power: 1, log: true, only: 'unmet' },
    { kind: 'text', power: 3, halfLife: 60 * DAY, log: true, only: 'unmet' },
    { kind: 'text', power: 6, log: true, only: 'unmet' },
    { kind: 'bias', only: 'unmet' },
    { kind: 'interest', only: 'unmet' },
    { kind: 'prior', scale: 'log', only: 'unmet' },
    { kind: 'prior', scale: 'rank', only: 'unmet' },
  ];
  const columns = [...known, ...fresh];
  const at = (wanted: FeatureSpec) => columnOf(columns, wanted);
  return [
    ...columns,
    {
      kind: 'product',
      of: [at({ kind: 'prior', scale: 'log', only: 'met' }), at(item({ halfLife: 120 * DAY }))],
    },
    {
      kind: 'product',
      of: [at({ kind: 'prior', scale: 'log', only: 'unmet' }), at(neighbours({ halfLife: 60 * DAY }))],
    },
  ];
}

export const PRESETS = {
  /** Content only, for shops it never saw: a map of texts is learned first, and other shops can fit the whitening to theirs. */
  universal: (): Preset => ({
    features: universalFeatures(),
    tables: false,
    metric: true,
    // Nothing of the shopper: with so few customers that costs more than it tells (docs/decisions/retail-model.md).
    gate: ['hasPrior'],
    countsBesidePrior: 1.2,
    level: true,
    recent: 100,
    whitening: { exponent: 0.75, symmetric: true },
    keepsBought: true,
    starts: { prior: 0.6, product: 0.05, rule: 1, first: 0.5, words: 0.5, interest: 2, other: 0 },
    settings: { epochs: 6, loss: { crossEntropy: 0.1, lambda: 1, all: 0.3, known: 1, fresh: 1, depth: 100 } },
  }),
  /** One shop's own model. */
  shop: (): Preset => ({
    features: shopFeatures(),
    tables: true,
    gate: ['hasPrior'],
    prior: 'trending',
    level: true,
    starts: { prior: 0.5, product: 0, rule: 0.3, other: 0.1 },
    // What is met against what is not is the level's work, so each of the two is trained for itself.
    settings: { priorless: 0.2, loss: { crossEntropy: 0.1, lambda: 1, all: 0.3, known: 1, fresh: 0.3, depth: 100 } },
  }),
};

export type PresetName = keyof typeof PRESETS;
