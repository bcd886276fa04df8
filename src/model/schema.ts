import * as v from 'valibot';
import { EVENT_NAMES, HomebodyError } from '../domain';
import { type ModelManifest, PURCHASE_FACTS } from './manifest';

const size = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(4096));
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const weight = v.pipe(v.number(), v.finite());
const ratio = v.pipe(v.number(), v.gtValue(0), v.maxValue(1));
const text = v.pipe(v.string(), v.maxLength(2000));
const only = v.optional(v.picklist(['met', 'unmet']));
const decays = { halfLife: v.optional(positive), stepDecay: v.optional(ratio) };

// Strict: an option that this version does not know would change what a column means.
const feature = v.variant('kind', [
  v.strictObject({
    kind: v.literal('familiarity'),
    entity: v.picklist(['item', 'category', 'brand']),
    group: v.picklist(['seen', 'considered', 'cart', 'purchase', 'any']),
    ...decays,
    only,
  }),
  v.strictObject({ kind: v.literal('met'), weighted: v.optional(v.boolean()) }),
  v.strictObject({ kind: v.literal('purchases'), of: v.picklist(PURCHASE_FACTS) }),
  v.strictObject({
    kind: v.literal('text'),
    words: v.optional(v.boolean()),
    power: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16)),
    ...decays,
    log: v.optional(v.boolean()),
    mean: v.optional(v.boolean()),
    only,
  }),
  v.strictObject({ kind: v.literal('product'), of: v.tuple([size, size]) }),
  v.strictObject({
    kind: v.literal('neighbours'),
    ...decays,
    log: v.optional(v.boolean()),
    counts: v.optional(v.boolean()),
    only,
  }),
  v.strictObject({ kind: v.literal('interest'), only }),
  v.strictObject({ kind: v.literal('memory'), index: v.pipe(v.number(), v.integer(), v.minValue(0)), only }),
  v.strictObject({ kind: v.picklist(['bias', 'repeat']), only }),
  v.strictObject({
    kind: v.literal('prior'),
    scale: v.optional(v.picklist(['z', 'log', 'rank'])),
    only,
  }),
]);

/** Every input that a gate may read. */
export const GATE_INPUTS = [
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
] as const;
const gateInput = v.picklist(GATE_INPUTS);
const eventName = v.picklist(EVENT_NAMES);
const strategy = v.object({ relevance: weight, conversion: v.optional(weight), prior: weight, novelty: weight });

const manifestSchema = v.object({
  format: v.literal(1),
  id: v.pipe(text, v.minLength(1)),
  embedder: v.object({ id: text, dtype: text, dimension: v.pipe(size, v.minValue(1)) }),
  whitening: v.boolean(),
  sizes: v.object({ embedding: size, item: size, hidden: size, type: size, input: size }),
  eventTypes: v.array(eventName),
  timeDecay: v.boolean(),
  fusion: v.picklist(['weighted', 'concat', 'attention']),
  memories: v.object({
    halfLives: v.pipe(v.array(positive), v.maxLength(16)),
    stepDecays: v.pipe(v.array(ratio), v.maxLength(16)),
  }),
  kinds: v.record(eventName, weight),
  dwell: v.object({ missing: weight, floor: weight, ceiling: weight, half: positive }),
  recent: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(500)),
  features: v.pipe(v.array(feature), v.minLength(1), v.maxLength(128)),
  gate: v.object({
    inputs: v.array(gateInput),
    activation: v.literal('linear'),
  }),
  conversion: v.union([
    v.literal(false),
    v.object({
      hidden: v.pipe(size, v.minValue(1)),
      inputs: v.array(v.picklist([...GATE_INPUTS, 'interest', 'features', 'recency', 'price'])),
    }),
  ]),
  strategies: v.optional(
    v.object({ relevance: v.optional(strategy), conversion: v.optional(strategy), explore: v.optional(strategy) }),
  ),
  priceMedians: v.optional(v.record(v.string(), positive)),
  training: v.object({
    data: text,
    licence: text,
    credit: text,
    command: text,
    seed: v.number(),
    folds: text,
    log: v.optional(text),
    whitening: v.optional(v.object({ exponent: v.number(), symmetric: v.boolean() })),
  }),
  metrics: v.array(v.object({ data: text, protocol: text, slice: text, metric: text, prior: text, value: v.number() })),
  files: v.record(
    v.string(),
    v.object({ sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)), bytes: v.pipe(v.number(), v.integer()) }),
  ),
});

/** Checks what was parsed from `model.json`; throws `model-invalid` naming the first field that is wrong. */
export function parseManifest(value: unknown): ModelManifest {
  const result = v.safeParse(manifestSchema, value);
  if (result.success) return result.output as ModelManifest;
  const issue = result.issues[0];
  throw new HomebodyError('model-invalid', `model.json: ${v.getDotPath(issue) ?? 'the document'}: ${issue.message}`, {
    remedy: 'Publish the model folder again, with the version of the package that the page loads.',
  });
}

/**
 * Checks files of a model folder against `manifest.files`, by length and SHA-256 (Web Crypto). Throws `model-invalid`
 * for a file that is missing from the manifest or differs. `files` maps the name in the folder to its bytes.
 */
export async function verifyFiles(
  manifest: Pick<ModelManifest, 'files'>,
  files: Readonly<Record<string, ArrayBuffer>>,
  subtle: SubtleCrypto = crypto.subtle,
): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) {
    const expected = Object.hasOwn(manifest.files, name) ? manifest.files[name] : undefined;
    const remedy = 'Publish the model folder again and clear the CDN: its files are not of one build.';
    if (!expected) throw new HomebodyError('model-invalid', `model.json does not list ${name}`, { remedy });
    if (bytes.byteLength !== expected.bytes) {
      const got = `${name} has ${bytes.byteLength} bytes instead of ${expected.bytes}`;
      throw new HomebodyError('model-invalid', got, { remedy });
    }
    const digest = new Uint8Array(await subtle.digest('SHA-256', bytes));
    const hex = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    if (hex !== expected.sha256) throw new HomebodyError('model-invalid', `${name} has a wrong hash`, { remedy });
  }
}
