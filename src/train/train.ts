import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fingerprintOf, readFolder } from '../data';
import { HomebodyError } from '../domain';
import { seededRandom } from '../evaluate';
import { loadModel, type ModelManifest } from '../model';
import { type Block, withoutBlocks } from './blocks';
import { readCheckpoint, writeCheckpoint } from './checkpoint';
import { weighCounts } from './counts';
import { shapeOf } from './customer';
import { cachedDataset, datasetKey, makeDataset } from './dataset';
import { isTied } from './defaults';
import { scaleGate, unscaleGate } from './gate-scale';
import { applyLevels } from './level';
import { type LoopContext, type LoopOptions, type LoopState, runLoop, startState, type Validation } from './loop';
import type { Tensors } from './parameters';
import { PRESETS, type Preset, type PresetName } from './presets';
import { setUp, weightBytes } from './setup';
import { writeTables } from './tables';
import { tfjsProduct } from './tfjs';

export interface TrainOptions {
  /** Folder of the log (formats.md). */
  data: string;
  /** Model folder to write; `<out>/training` keeps the checkpoint, and until the run is done its examples, for `resume`. */
  out: string;
  /** Embedder folder. */
  embedder: string;
  embedderId?: string;
  /** Folder in which embeddings are kept between runs. */
  embeddings?: string;
  id?: string;
  epochs?: number;
  seed?: number;
  /** At most so many customers of each part of the log. */
  sampleUsers?: number;
  resume?: boolean;
  trainFolds?: readonly number[];
  validationFolds?: readonly number[];
  /** Trains a second time, on the validation customers as well: for the epochs, and with the levels, that they chose. */
  refit?: boolean;
  /** Words for the manifest: what was trained on, its licence and credit, and the command. */
  about?: { data: string; licence: string; credit: string; command: string };
  /** Changes of the training's own settings. */
  settings?: Partial<LoopOptions>;
  hidden?: number;
  /** What is trained; default `universal`: content only, for shops that it never saw. */
  preset?: PresetName;
  /** Parts of it that are taken out, for ablations. */
  without?: readonly Block[];
  /** {@link Preset.cellDecay} */
  cellDecay?: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: { phase: string; done: number; total: number; note?: string }) => void;
}

export interface TrainResult {
  id: string;
  /** Epoch whose weights were written. */
  epoch: number;
  validation: Validation;
  history: LoopState['history'];
  bytes: number;
}

const TRAIN_FOLDS = [0, 1, 2];
const VALIDATION_FOLDS = [3];

/** Settings that the universal model was trained with; docs/decisions says what else was tried. */
export const DEFAULT_SETTINGS: LoopOptions = {
  epochs: 5,
  batch: 8,
  rate: 0.002,
  decay: 0.02,
  loss: { crossEntropy: 0.1, lambda: 1, fresh: 0.3, depth: 100 },
  dropout: 0.4,
  priorless: 0.5,
  relabel: 0.2,
  patience: 4,
};

/** What a first training chose for one on more customers. */
interface Chosen {
  epoch: number;
  validation: Validation;
  folds: readonly number[];
}

/** In the folder of a run: its training lists, made once. */
const EXAMPLES = 'examples.bin';

function figure(value: number): string {
  return value.toFixed(4);
}

/**
 * Trains the interest model on a log and writes a model folder. The inputs come from the code that serves (src/model);
 * forward and backward of LSTM, memories, fusion and gate are in this folder, matrix products on tfjs-wasm.
 * @throws HomebodyError `invalid-input` (no customer with two baskets), `aborted`, and what reading log and embedder throws
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const first = await trainOnce(options);
  const result = options.refit ? await refit(options, first) : first;
  // A gigabyte for a large log, and only what was stopped has a use for it.
  for (const part of ['.', 'refit']) await rm(join(options.out, 'training', part, EXAMPLES), { force: true });
  return result;
}

async function refit(options: TrainOptions, first: TrainResult): Promise<TrainResult> {
  const { trainFolds = TRAIN_FOLDS, validationFolds = VALIDATION_FOLDS } = options;
  const { epoch, validation, history } = first;
  const all = [...trainFolds, ...validationFolds];
  const second = await trainOnce(
    { ...options, trainFolds: all, validationFolds: [] },
    { epoch, validation, folds: validationFolds },
  );
  return { ...second, history };
}

async function trainOnce(options: TrainOptions, chosen?: Chosen): Promise<TrainResult> {
  const { signal, seed = 1 } = options;
  const report = (phase: string, done: number, total: number, note?: string) =>
    options.onProgress?.({ phase, done, total, ...(note ? { note } : {}) });
  const whole: Preset = {
    ...PRESETS[options.preset ?? 'universal'](),
    ...(options.cellDecay ? { cellDecay: true } : {}),
  };
  const preset = withoutBlocks(whole, options.without ?? []);
  const settings: LoopOptions = {
    ...DEFAULT_SETTINGS,
    ...preset.settings,
    ...options.settings,
    ...(options.epochs === undefined ? {} : { epochs: options.epochs }),
  };
  const work = join(options.out, 'training', ...(chosen ? ['refit'] : []));
  await mkdir(work, { recursive: true });
  const data = await readFolder(options.data, { ...(signal ? { signal } : {}) });
  const embedderId = options.embedderId ?? 'potion-base-2M';
  const trainFolds = options.trainFolds ?? TRAIN_FOLDS;
  const validationFolds = options.validationFolds ?? VALIDATION_FOLDS;
  const product = await tfjsProduct();
  const setup = await setUp(data, {
    embedder: options.embedder,
    embedderId,
    ...(options.embeddings === undefined ? {} : { embeddings: options.embeddings }),
    seed,
    hidden: options.hidden ?? 48,
    preset,
    folds: [...trainFolds, ...validationFolds],
    trainFolds,
    ...(options.sampleUsers === undefined ? {} : { customers: options.sampleUsers }),
    product,
    ...(signal ? { signal } : {}),
    onProgress: report,
  });
  const { manifest, source } = setup;
  const lists = {
    trainFolds,
    validationFolds,
    ...(options.sampleUsers === undefined ? {} : { customers: options.sampleUsers }),
    validationCustomers: 500,
    top: 200,
    random: 200,
    keepsBought: preset.keepsBought ?? false,
    draw: seededRandom(seed),
    ...(signal ? { signal } : {}),
    onProgress: report,
  };
  const key = datasetKey(source, source.model, lists, seed);
  const dataset = await cachedDataset(join(work, EXAMPLES), key, () => makeDataset(source, lists));
  if (dataset.train.length === 0 || (!chosen && dataset.validation.length === 0)) {
    throw new HomebodyError('invalid-input', `${options.data} has no customers with two baskets in the chosen folds.`, {
      remedy: 'Train on a log with returning customers, or on more of it.',
    });
  }
  const scale = scaleGate(manifest, dataset);
  const shape = shapeOf(manifest);
  const runKey = createHash('sha256')
    .update(
      JSON.stringify([
        key,
        { ...settings, epochs: 0 },
        options.hidden ?? 48,
        ...(preset.cellDecay ? [] : [0]),
        // A run that was validated without levels has none to go on with.
        ...(preset.level ? ['level'] : []),
        ...(preset.countsBesidePrior ? [preset.countsBesidePrior] : []),
      ]),
    )
    .digest('hex');
  const checkpoint = join(work, 'checkpoint.bin');
  const resumed = options.resume ? await readCheckpoint(checkpoint, runKey) : undefined;
  const finish = (weights: Tensors) => weighCounts(weights, shape, preset.countsBesidePrior ?? 1);
  const context: LoopContext = {
    shape,
    finish,
    e: setup.e,
    dataset,
    product,
    random: (epoch) => seededRandom(seed * 1000 + epoch),
    frozenRows: manifest.features.flatMap((spec, j) => (isTied(spec) ? [j] : [])),
    frozen: new Set(preset.cellDecay ? [] : ['decay.rate', 'decay.weight', 'decay.bias']),
    level: preset.level ?? false,
    ...(chosen ? { until: chosen.epoch } : {}),
    ...(signal ? { signal } : {}),
    onUpdate: (epoch, done, total, loss) =>
      report('training', epoch * total + done, settings.epochs * total, `epoch ${epoch + 1}, loss ${figure(loss)}`),
    onEpoch: async (state) => {
      const { epoch, loss, validation: v } = state.history.at(-1)!;
      const parts = `all ${figure(v.all)} new ${figure(v.new)}, with prior ${figure(v.priorAll)} ${figure(v.priorNew)}`;
      const note = chosen ? 'on all customers, nothing left to validate on' : `NDCG@10 on validation: ${parts}`;
      report('epoch', epoch, chosen?.epoch ?? settings.epochs, `loss ${figure(loss)}; ${note}`);
      await writeCheckpoint(checkpoint, runKey, state);
    },
    onCheckpoint: (state) => writeCheckpoint(checkpoint, runKey, state),
  };
  const state = await runLoop(resumed ?? startState(setup.weights), context, settings);
  const stopped = (what: string) =>
    new HomebodyError('aborted', `Training was stopped; ${what}.`, { remedy: 'Go on with --resume.' });
  if (chosen && state.epoch < chosen.epoch) throw stopped('the model of fewer customers stays as it is');
  const best = chosen ? { ...chosen, weights: state.average } : state.best;
  if (!best) throw stopped('no epoch was done yet');
  const { validation } = best;
  const levelled = finish(best.weights);
  if (validation.levels) {
    const { none, prior } = validation.levels;
    applyLevels(levelled, shape, validation.levels);
    report('level', 1, 1, `what is met is raised by ${none}, with prior ${prior}`);
  }
  // The trainer's own LSTM always has a decay, here one of nothing.
  const served = { ...manifest, timeDecay: preset.cellDecay === true };
  const weights = new Uint8Array(weightBytes(served, unscaleGate(levelled, scale), setup.whitening));
  const sha256 = createHash('sha256').update(weights).digest('hex');
  const about = options.about ?? { data: data.path, licence: '', credit: '', command: '' };
  const written: ModelManifest = {
    ...served,
    id: `${options.id ?? 'homebody'}-${sha256.slice(0, 8)}`,
    training: {
      ...about,
      seed,
      folds: `crc32(user_id) mod 5: trained on ${trainFolds.join(', ')}, ${
        chosen
          ? `epochs and levels chosen on ${chosen.folds.join(', ')} before`
          : `chosen on ${validationFolds.join(', ')}`
      }`,
      log: fingerprintOf(data.events),
      ...(preset.whitening ? { whitening: { exponent: 0.5, symmetric: false, ...preset.whitening } } : {}),
    },
    metrics: metricsOf(validation, chosen?.folds ?? validationFolds, preset.prior),
    files: { 'weights.safetensors': { sha256, bytes: weights.length } },
  };
  if (setup.tables) {
    const model = loadModel({ manifest: structuredClone(written), weights: weights.buffer });
    Object.assign(written.files, await writeTables(options.out, model, data, setup.raw, setup.tables.shipped));
  }
  await writeFile(join(options.out, 'weights.safetensors'), weights);
  await writeFile(join(options.out, 'model.json'), `${JSON.stringify(written, null, 2)}\n`);
  if (signal?.aborted) throw stopped(`${options.out} holds ${written.id}, the best model so far`);
  return {
    id: written.id,
    epoch: best.epoch,
    validation,
    history: state.history,
    bytes: weights.length,
  };
}

function metricsOf(validation: Validation, folds: readonly number[], prior = 'popularity'): ModelManifest['metrics'] {
  const row = (slice: string, given: string, value: number) => ({
    data: `validation, fold ${folds.join(', ')}`,
    protocol: 'next-basket',
    slice,
    metric: 'ndcg@10',
    prior: given,
    value: Math.round(value * 1e5) / 1e5,
  });
  return [
    row('all', 'none', validation.all),
    row('new', 'none', validation.new),
    row('all', prior, validation.priorAll),
    row('new', prior, validation.priorNew),
  ];
}
