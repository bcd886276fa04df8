import * as v from 'valibot';
import { EVENT_NAMES, HomebodyError } from '../../domain';

const count = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
const share = v.pipe(v.number(), v.minValue(0), v.ltValue(1));
const positive = v.pipe(v.number(), v.gtValue(0), v.finite());
const least0 = v.pipe(v.number(), v.minValue(0), v.finite());
const only = v.optional(v.picklist(['met', 'unmet']));
const decays = {
  halfLife: v.optional(positive),
  stepDecay: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1))),
};

/** The columns (manifest.features) that this trainer knows. */
const feature = v.variant('kind', [
  v.strictObject({ kind: v.literal('interest') }),
  v.strictObject({ kind: v.literal('bias') }),
  v.strictObject({ kind: v.literal('memory'), index: count(0, 31) }),
  v.strictObject({ kind: v.literal('neighbours'), ...decays, log: v.optional(v.boolean()), only }),
  v.strictObject({
    kind: v.literal('text'),
    power: count(1, 16),
    ...decays,
    log: v.optional(v.boolean()),
    mean: v.optional(v.boolean()),
    other: v.optional(v.boolean()),
    only,
  }),
  v.strictObject({
    kind: v.literal('familiarity'),
    entity: v.picklist(['item', 'category', 'brand']),
    group: v.picklist(['considered', 'cart', 'purchase', 'any']),
    ...decays,
    only,
  }),
  v.strictObject({ kind: v.literal('met') }),
]);

const settingsSchema = v.strictObject({
  /** H; a multiple of 8. */
  hidden: v.optional(v.pipe(count(8, 2048), v.multipleOf(8)), 128),
  /** D */
  item: v.optional(count(4, 1024), 64),
  /** Width of a row of `type.weight`. */
  type: v.optional(count(1, 64), 4),
  timeDecay: v.optional(v.boolean(), false),
  fusion: v.optional(v.picklist(['weighted', 'concat', 'attention']), 'attention'),
  memories: v.optional(
    v.strictObject({
      halfLives: v.pipe(v.array(positive), v.maxLength(16)),
      stepDecays: v.pipe(v.array(v.pipe(v.number(), v.gtValue(0), v.maxValue(1))), v.maxLength(16)),
    }),
    { halfLives: [], stepDecays: [0.5, 0.8, 0.95, 0.99] },
  ),
  kinds: v.optional(v.record(v.picklist(EVENT_NAMES), least0), {}),
  recent: v.optional(count(0, 500), 50),
  features: v.optional(v.pipe(v.array(feature), v.minLength(1), v.maxLength(64)), [
    { kind: 'interest' },
    { kind: 'bias' },
  ]),
  gate: v.optional(
    v.array(
      v.picklist([
        'hidden',
        'fused',
        'items',
        'distinct',
        'days',
        'age',
        'sessions',
        'gap',
        'clock',
        'hasPrior',
        'known',
      ]),
    ),
    ['hidden', 'items'],
  ),
  /** Weight of the interest column at first. */
  kappa: v.optional(positive, 10),
  /** Weight of the other columns at first. */
  columnStart: v.optional(v.number(), 0.5),
  /** Deviation of the items' residuals at first. */
  residualStart: v.optional(least0, 0.1),
  forgetStart: v.optional(v.number(), 1),

  epochs: v.optional(count(1, 10_000), 20),
  /** Windows in an update. */
  batch: v.optional(count(1, 4096), 64),
  /** Windows whose gradient one worker makes at a time: part of the result, the number of workers is not. */
  shard: v.optional(count(1, 4096), 16),
  /** Steps of a window. */
  window: v.optional(count(2, 2000), 100),
  /** Steps of a history that validation replays. */
  history: v.optional(count(2, 5000), 200),
  /** Adam's rate, times `rateDecay` after every epoch. */
  rate: v.optional(positive, 0.002),
  rateDecay: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1)), 0.97),
  /** Decoupled, of matrices only. */
  weightDecay: v.optional(least0, 0),
  /** The whole gradient is scaled down to this length. */
  clip: v.optional(positive, 5),
  /** Of the items at the LSTM's input, and of the state where it is read. */
  dropoutInput: v.optional(share, 0),
  dropout: v.optional(share, 0.3),
  /** Share of the moving average of the weights that an update keeps; 0: no average. */
  average: v.optional(share, 0),
  /** Epochs without a better validation after which training ends. */
  patience: v.optional(count(1, 10_000), 10),
  /** Items with fewer events are dropped. */
  minItemEvents: v.optional(count(1, 1000), 1),
  /** At most so many validation users, drawn by the seed. */
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
