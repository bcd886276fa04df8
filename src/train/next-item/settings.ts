import * as v from 'valibot';
import { EVENT_NAMES, HomebodyError } from '../../domain';
import { GATE_INPUTS } from '../../model';

const count = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
const share = v.pipe(v.number(), v.minValue(0), v.ltValue(1));
const positive = v.pipe(v.number(), v.gtValue(0), v.finite());
const least0 = v.pipe(v.number(), v.minValue(0), v.finite());
const only = v.optional(v.picklist(['met', 'unmet']));
const decays = {
  halfLife: v.optional(positive),
  stepDecay: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1))),
};

/** Weight of the column at first; absent: `kappa` of the interest, 1 of the bias, else 0. */
const start = v.optional(v.pipe(v.number(), v.finite()));

/** The columns (manifest.features) that this trainer knows. */
const feature = v.variant('kind', [
  v.strictObject({ kind: v.literal('interest'), start }),
  v.strictObject({ kind: v.literal('bias'), start }),
  v.strictObject({ kind: v.literal('memory'), index: count(0, 31), start }),
  v.strictObject({ kind: v.literal('neighbours'), ...decays, log: v.optional(v.boolean()), only, start }),
  v.strictObject({
    kind: v.literal('text'),
    power: count(1, 16),
    ...decays,
    log: v.optional(v.boolean()),
    mean: v.optional(v.boolean()),
    only,
    start,
  }),
  v.strictObject({
    kind: v.literal('familiarity'),
    entity: v.picklist(['item', 'category', 'brand']),
    group: v.picklist(['considered', 'cart', 'purchase', 'any']),
    ...decays,
    only,
    start,
  }),
  v.strictObject({ kind: v.literal('met'), start }),
]);

const settingsSchema = v.strictObject({
  /** H; a multiple of 8. */
  hidden: v.optional(v.pipe(count(8, 2048), v.multipleOf(8)), 128),
  /** D */
  item: v.optional(count(4, 1024), 64),
  /** Width of a row of `type.weight`. */
  type: v.optional(count(1, 64), 4),
  /** What an item's vector is made of: its text, a residual of its own, or (default) the sum of both. */
  itemVector: v.optional(v.picklist(['both', 'text', 'residual']), 'both'),
  timeDecay: v.optional(v.boolean(), false),
  fusion: v.optional(v.picklist(['weighted', 'concat', 'attention']), 'attention'),
  /** None by default: no ablation has found them to help (docs/decisions/ablation.md). */
  memories: v.optional(
    v.strictObject({
      halfLives: v.pipe(v.array(positive), v.maxLength(16)),
      stepDecays: v.pipe(v.array(v.pipe(v.number(), v.gtValue(0), v.maxValue(1))), v.maxLength(16)),
    }),
    { halfLives: [], stepDecays: [] },
  ),
  kinds: v.optional(v.record(v.picklist(EVENT_NAMES), least0), {}),
  recent: v.optional(count(0, 500), 50),
  features: v.optional(v.pipe(v.array(feature), v.minLength(1), v.maxLength(64)), [
    { kind: 'interest' },
    { kind: 'bias' },
  ]),
  gate: v.optional(v.array(v.picklist(GATE_INPUTS)), ['hidden', 'items']),
  /** How the neighbours are fitted: see fitNeighbours. */
  neighbours: v.optional(
    v.strictObject({
      shrink: v.optional(least0, 5),
      balance: v.optional(share, 0.5),
      near: v.optional(least0, 0),
      back: v.optional(least0, 1),
      reach: v.optional(count(1, 1_000_000), 1_000_000),
    }),
    { shrink: 5, balance: 0.5, near: 0, back: 1, reach: 1_000_000 },
  ),
  /** Weight of the interest column at first. */
  kappa: v.optional(positive, 12),
  /** Item biases at first: zero, or the centred logarithm of how often an item occurs. */
  biasStart: v.optional(v.picklist(['zero', 'popularity']), 'zero'),

  /** Passes over the windows that the rate is planned for. */
  epochs: v.optional(count(1, 10_000), 15),
  /** Stop after so many of them, the plan unchanged. */
  stop: v.optional(count(1, 10_000)),
  /** Windows in an update. */
  batch: v.optional(count(1, 4096), 64),
  /** Windows whose gradient one worker makes at a time: part of the result, the number of workers is not. */
  shard: v.optional(count(1, 4096), 16),
  /** Steps of a window. */
  window: v.optional(count(2, 2000), 100),
  /** Steps of a history that validation replays. */
  history: v.optional(count(2, 1_000_000), 1_000_000),
  /** Adam's rate at its highest: it rises over `warmup` updates and falls along a cosine to a fiftieth. */
  rate: v.optional(positive, 0.003),
  warmup: v.optional(count(1, 1_000_000), 200),
  beta2: v.optional(share, 0.98),
  /** Decoupled, of matrices only. */
  weightDecay: v.optional(least0, 0),
  /** The gradient of the loss summed over an update's steps and divided by batch · window is cut to this length. */
  clip: v.optional(positive, 1),
  /** Of the items at the LSTM's input and of the state where it is read. */
  dropout: v.optional(share, 0.25),
  /** Share of the steps whose item the LSTM does not see. */
  itemDropout: v.optional(share, 0),
  /** Items already met are no candidates in training; absent: as validation has it. */
  maskSeen: v.optional(v.boolean()),
  /**
   * Items drawn for the softmax of an update; 0: all, up to 20,000 items, else 5,000. `inBatch`: the update's own
   * targets are candidates too. Scores are corrected by the logarithm of the chance to be drawn.
   */
  negatives: v.optional(count(0, 1_000_000), 0),
  inBatch: v.optional(v.boolean(), false),
  /** Share of the moving average of the weights that an update keeps; 0: no average. */
  average: v.optional(share, 0.998),
  /** Epochs without a better validation after which training ends. */
  patience: v.optional(count(1, 10_000), 10),
  /** Items with fewer events are dropped. */
  minItemEvents: v.optional(count(1, 1000), 1),
  /** At most about so many validation users: every second, third, … of them. */
  validationUsers: v.optional(count(1, 10_000_000), 10_000_000),
  /** Updates between two checkpoints. */
  checkpoint: v.optional(count(1, 1_000_000), 50),
});

/** Settings of the next-item trainer; every field has a default. */
export type NextItemSettings = v.InferOutput<typeof settingsSchema>;
export type NextItemSettingsInput = v.InferInput<typeof settingsSchema>;

/**
 * Checks settings, from a file or from flags, and fills in defaults.
 * @throws HomebodyError `invalid-input` naming the first field that is wrong
 */
export function parseSettings(value: unknown, source = 'the settings'): NextItemSettings {
  const result = v.safeParse(settingsSchema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new HomebodyError('invalid-input', `${source}: ${v.getDotPath(issue) ?? 'the document'}: ${issue.message}`, {
    remedy: 'docs/command-line.md lists the settings of --objective next-item.',
  });
}
