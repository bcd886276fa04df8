import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fingerprintOf, packNeighbours, readFolder } from '../../data';
import { HomebodyError } from '../../domain';
import type { ModelManifest } from '../../model';
import type { BackendChoice } from './backend';
import { type LoopContext, runLoop } from './loop';
import { openMeans } from './means';
import { servedWeights } from './plan';
import { windowsOf } from './sequences';
import { type NextItemSettingsInput, parseSettings } from './settings';
import { setUp } from './setup';
import { type EpochRecord, loadState, newState, saveState, type TrainingState, type Validation } from './state';
import { itemTable } from './table';
import { writeModel } from './write';

export interface NextItemOptions {
  /** Folder of the log (formats.md). */
  data: string;
  /** Model folder to write; `<out>/training` keeps the checkpoint. */
  out: string;
  /** Embedder folder. */
  embedder: string;
  embedderId?: string;
  /** Folder in which embeddings are kept between runs. */
  embeddings?: string;
  id?: string;
  seed?: number;
  settings?: NextItemSettingsInput;
  /** At most so many users, drawn by the seed. */
  sampleUsers?: number;
  /** Go on from the checkpoint, if there is one. */
  resume?: boolean;
  /** Words for the manifest. */
  about?: { data: string; licence: string; credit: string; command: string };
  /** What computes; `auto` (default): a GPU where there is one, else wasm. */
  backend?: BackendChoice;
  /** What validation holds out: every user's last event but one (default), or the tenth of all events before the latest. */
  protocol?: 'leave-one-out' | 'time-split';
  /** Threads that make gradients; 0: this one. Default: one less than the machine has. The result does not depend on it. */
  workers?: number;
  signal?: AbortSignal;
  onProgress?: (progress: NextItemProgress) => void;
}

export type NextItemProgress =
  | { phase: 'preparing'; what: string; done: number; total: number }
  | {
      phase: 'training';
      epoch: number;
      /** Updates of all epochs. */
      done: number;
      total: number;
      loss: number;
      eventsPerSecond: number;
      /** Best validation so far. */
      best?: number;
    }
  | ({ phase: 'epoch'; epochs: number } & EpochRecord);

export interface NextItemResult {
  id: string;
  /** Epoch whose weights were written; 0: the weights of an unfinished first one. */
  epoch: number;
  validation?: Validation;
  history: EpochRecord[];
}

const SPLITS = {
  'leave-one-out': 'leave-one-out: trained before each user’s last two events, chosen on the last but one',
  'time-split': 'time-split: trained on the earliest eight tenths of the events, chosen on the next one',
};

/**
 * Trains the whole model with next-item cross-entropy at every position and writes the model folder with its catalogue.
 * Forward and backward are in this folder, on tfjs; the split is leave-one-out (src/evaluate), the test item never read.
 * On `signal` the best weights so far are written before it rejects.
 * @throws HomebodyError `invalid-input` (settings, log, checkpoint), `diverged`, `aborted`, `backend-unavailable`
 */
export async function trainNextItem(options: NextItemOptions): Promise<NextItemResult> {
  const { signal, seed = 1, protocol = 'leave-one-out' } = options;
  const settings = parseSettings(options.settings ?? {});
  const log = await readFolder(options.data, { ...(signal ? { signal } : {}) });
  const setup = await setUp(log, settings, {
    embedder: options.embedder,
    embedderId: options.embedderId ?? 'potion-base-2M',
    ...(options.embeddings === undefined ? {} : { embeddings: options.embeddings }),
    protocol,
    seed,
    ...(options.sampleUsers === undefined ? {} : { sampleUsers: options.sampleUsers }),
    ...(signal ? { signal } : {}),
    onProgress: (what, done, total) => options.onProgress?.({ phase: 'preparing', what, done, total }),
  });
  const { manifest, e, content } = setup;
  const windows = setup.sequences.flatMap((sequence) => windowsOf(sequence, settings.window));
  if (windows.length === 0 || setup.validation.length === 0) {
    throw new HomebodyError('invalid-input', `${options.data} has no user with two steps before a validation item.`, {
      remedy: 'Train on a log with longer histories, or on more of it.',
    });
  }
  const means = await openMeans(setup, settings, {
    backend: options.backend ?? 'auto',
    ...(options.workers === undefined ? {} : { workers: options.workers }),
  });
  const work = join(options.out, 'training');
  await mkdir(work, { recursive: true });
  const checkpoint = join(work, 'next-item.bin');
  const { checkpoint: _, patience: __, stop: ___, ...kept } = settings;
  const key = createHash('sha256')
    .update(JSON.stringify([1, fingerprintOf(log.events), kept, seed, options.sampleUsers, protocol, means.backend]))
    .digest('hex');
  const resumed = options.resume ? await loadState(checkpoint, key, setup.sequences) : undefined;
  const state = resumed ?? newState(setup.weights, settings.average > 0);
  const total = Math.ceil(windows.length / settings.batch);
  const loop: LoopContext = {
    ...means.loop,
    seed,
    windows,
    now: () => performance.now(),
    ...(signal ? { signal } : {}),
    save: (now) => saveState(checkpoint, key, now),
    onUpdate: ({ epoch, done, loss, eventsPerSecond }) =>
      options.onProgress?.({
        phase: 'training',
        epoch,
        done: epoch * total + done,
        total: settings.epochs * total,
        loss,
        eventsPerSecond,
        ...(state.best ? { best: state.best.validation['ndcg@10'] } : {}),
      }),
    onEpoch: (record) => options.onProgress?.({ phase: 'epoch', epochs: settings.epochs, ...record }),
  };
  const write = async (): Promise<ModelManifest> => {
    const weights = state.best?.weights ?? state.average ?? state.weights;
    return writeModel(options.out, {
      manifest: {
        ...manifest,
        id: options.id ?? 'homebody',
        training: {
          ...(options.about ?? { data: options.data, licence: '', credit: '', command: '' }),
          seed,
          folds: SPLITS[protocol],
          log: fingerprintOf(log.events),
        },
        metrics: metricsOf(state, protocol),
      },
      weights: servedWeights(manifest, weights),
      whitening: setup.whitening,
      items: setup.data.items,
      rows: setup.rows,
      q: await itemTable(weights, content, manifest.sizes),
      e,
      ...(setup.neighbours ? { neighbours: packNeighbours(setup.neighbours) } : {}),
    });
  };
  try {
    await runLoop(state, loop);
  } catch (error) {
    await means.dispose();
    if (!(error instanceof HomebodyError) || error.code !== 'aborted') throw error;
    await saveState(checkpoint, key, state);
    const { id } = await write();
    throw new HomebodyError('aborted', `Training was stopped; ${options.out} holds ${id}, the best model so far.`, {
      remedy: 'Go on with --resume.',
    });
  }
  await means.dispose();
  const { id } = await write();
  const { best, history } = state;
  return { id, epoch: best?.epoch ?? 0, ...(best ? { validation: best.validation } : {}), history };
}

function metricsOf({ best }: TrainingState, protocol: string): ModelManifest['metrics'] {
  if (!best) return [];
  const row = { data: 'validation', protocol: `${protocol}, validation`, slice: 'all', prior: 'none' };
  const figures = ['ndcg@10', 'hr@10'] as const;
  return figures.map((metric) => ({ ...row, metric, value: Math.round(best.validation[metric] * 1e5) / 1e5 }));
}
