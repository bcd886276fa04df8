import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import {
  CATALOGUE_FILES,
  type DataFolder,
  fingerprintOf,
  folderVectors,
  foldOf,
  type ModelFolder,
  openModelFolder,
  readFolder,
  type TextOptions,
  writeCatalogue,
} from '../../data';
import { HomebodyError } from '../../domain';
import { calibrationOf, nextPurchase, type Protocol } from '../../evaluate';
import {
  type ConversionInput,
  conversionSize,
  createSimdExecutor,
  floatTensor,
  loadModel,
  type ModelManifest,
  readTensors,
  tensorShapes,
  writeSafetensors,
} from '../../model';
import { type Choice, chooseSettings, joined, SETTINGS } from './choose';
import { INPUTS, withFeatures } from './features';
import { fitHead, type HeadSettings } from './fit';
import { foldScale, NAMES } from './head';
import { type ConversionList, conversionLists } from './lists';

export interface ConversionOptions extends TextOptions {
  /** Folder of the log (formats.md). */
  data: string;
  /** Model folder that the head is added to; it stays as it is. */
  model: string;
  /** Model folder to write. */
  out: string;
  id: string;
  /** Fold of users that stays unseen: the others train, and choose among themselves. */
  holdOut: number;
  /** Blocks that the head may read; default {@link INPUTS}. */
  inputs?: readonly ConversionInput[];
  epochs: number;
  /** Days before a purchase whose items are its candidates. */
  days: number;
  seed: number;
  /** Words for the manifest. */
  about: { data: string; licence: string; credit: string; command: string };
  signal?: AbortSignal;
  onProgress?: (phase: string, done: number, total: number) => void;
}

export interface ConversionResult {
  id: string;
  /** Lists and users that trained. */
  purchases: number;
  users: number;
  settings: HeadSettings;
  epochs: number;
  /** Out of fold, over the training users. */
  auc: number;
  brier: number;
  ece: number;
  bytes: number;
}

/**
 * Trains the conversion head of a model on a log's purchases: which of the items that were met lately is bought. All but
 * one fold of users train; settings, number of epochs and calibration come from cross-validation among them.
 * @throws HomebodyError `invalid-input` (no such purchases in at least two folds), `aborted`, and what reading throws
 */
export async function trainConversion(options: ConversionOptions): Promise<ConversionResult> {
  const { signal, seed, epochs } = options;
  const data = await readFolder(options.data, { ...(signal ? { signal } : {}) });
  const opened = await openModelFolder(options.model);
  const wanted = [...INPUTS].filter((input) => options.inputs?.includes(input) ?? true);
  const { manifest, tensors } = await extended(opened, wanted);
  const lists = await listsOf(data, opened, { manifest, tensors }, options);
  if (new Set(lists.map(({ fold }) => fold)).size < 2) {
    throw new HomebodyError('invalid-input', `${options.data}: too few users buy what they met before.`, {
      remedy: 'The conversion head needs purchases of several users with events of the item before; see --days.',
    });
  }
  const inputs = conversionSize(manifest, wanted);
  const hasInterest = wanted.includes('interest');
  const interestColumns = hasInterest ? manifest.sizes.item : 0;
  const choice = await chooseSettings(lists, {
    inputs,
    interestColumns,
    settings: SETTINGS.filter(({ interest }) => !interest || (hasInterest && hasTitles(data))),
    epochs,
    seed,
    ...(signal ? { signal } : {}),
    onFit: async (done, total) => {
      options.onProgress?.('Choosing settings', done, total);
      await setImmediate();
    },
  });
  const { settings, platt } = choice;
  const columns = settings.interest ? inputs : inputs - interestColumns;
  const { head, scale } = fitHead(lists, { settings, inputs, columns, epochs: choice.epochs, seed });
  const final = foldScale(head, scale, platt);
  for (const name of NAMES) tensors.set(name, final.get(name));
  manifest.conversion = {
    hidden: settings.hidden,
    inputs: settings.interest ? wanted : wanted.filter((input) => input !== 'interest'),
  };
  const figures = figuresOf(lists, choice);
  const written = await write(options, opened, { manifest, tensors }, data, figures);
  return { ...written, ...figures, settings, epochs: choice.epochs };
}

/** `U ⊙ q` is only tried where most items have a text of their own: else q tells no more than the category. */
function hasTitles({ items }: DataFolder): boolean {
  return items.titles.filter((title) => title !== '').length * 2 > items.ids.length;
}

interface Parts {
  manifest: ModelManifest;
  tensors: Map<string, Float32Array>;
}

/** The model with the head's columns and an empty head. */
async function extended({ path, model }: ModelFolder, inputs: ConversionInput[]): Promise<Parts> {
  const manifest = withFeatures(model.manifest);
  manifest.conversion = { hidden: 1, inputs };
  const bytes = await readFile(join(path, 'weights.safetensors'));
  const stored = readTensors(new Uint8Array(bytes).buffer);
  const tensors = new Map<string, Float32Array>();
  for (const [name, shape] of tensorShapes(manifest)) {
    // Rows that the stored tensor lacks are zeros: a new column has no part in the relevance.
    const data = new Float32Array(shape.reduce((product, n) => product * n, 1));
    const own = stored.get(name)?.data;
    if (own && own.length <= data.length && !name.startsWith('conversion.')) data.set(own);
    if (own || name.startsWith('conversion.')) tensors.set(name, data);
  }
  return { manifest, tensors };
}

function bytesOf({ manifest, tensors }: Parts): Uint8Array {
  const shapes = tensorShapes(manifest);
  return new Uint8Array(
    writeSafetensors(new Map([...tensors].map(([name, data]) => [name, floatTensor(shapes.get(name)!, data)]))),
  );
}

async function listsOf(
  data: DataFolder,
  opened: ModelFolder,
  parts: Parts,
  options: ConversionOptions,
): Promise<ConversionList[]> {
  const { signal } = options;
  const model = loadModel({ manifest: parts.manifest, weights: bytesOf(parts).buffer as ArrayBuffer });
  const vectors = await folderVectors(opened, data.items, {
    ...options,
    onProgress: (done, total) => options.onProgress?.('Embedding', done, total),
  });
  const protocol: Protocol = nextPurchase(data, { days: options.days });
  const users = protocol.users.filter((user) => foldOf(data.events.users[user]!) !== options.holdOut);
  const executor = await createSimdExecutor();
  const lists: ConversionList[] = [];
  try {
    const lstm = await executor.load(model.lstm);
    for (const [done, user] of users.entries()) {
      if (signal?.aborted) throw new HomebodyError('aborted', 'The training was aborted.');
      for await (const list of conversionLists(protocol, { model, lstm, vectors }, [user])) lists.push(list);
      options.onProgress?.('Replaying', done + 1, users.length);
      await setImmediate();
    }
  } finally {
    executor.dispose();
  }
  return lists;
}

interface Figures {
  purchases: number;
  users: number;
  auc: number;
  brier: number;
  ece: number;
}

function figuresOf(lists: readonly ConversionList[], { auc, logits }: Choice): Figures {
  const chances = joined(logits).map((logit) => 1 / (1 + Math.exp(-logit)));
  const { brier, ece } = calibrationOf(chances, joined(lists.map(({ bought }) => bought)));
  return { purchases: lists.length, users: new Set(lists.map(({ user }) => user)).size, auc, brier, ece };
}

async function write(
  options: ConversionOptions,
  opened: ModelFolder,
  parts: Parts,
  data: DataFolder,
  figures: Figures,
): Promise<{ id: string; bytes: number }> {
  const { out, holdOut, seed, about } = options;
  await mkdir(out, { recursive: true });
  const weights = bytesOf(parts);
  const sha256 = createHash('sha256').update(weights).digest('hex');
  const id = `${options.id}-${sha256.slice(0, 8)}`;
  const files: ModelManifest['files'] = { 'weights.safetensors': { sha256, bytes: weights.length } };
  await writeFile(join(out, 'weights.safetensors'), weights);
  if (opened.catalogue) {
    await writeCatalogue(out, { ...opened.catalogue, model: id });
    for (const name of CATALOGUE_FILES) {
      const bytes = await readFile(join(out, name));
      files[name] = { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
    }
  }
  const row = (metric: string, value: number) => ({
    data: `conversion head, out of fold, ${figures.users} users`,
    protocol: 'next-purchase',
    slice: 'all',
    metric,
    prior: 'none',
    value: Math.round(value * 1e5) / 1e5,
  });
  const { training } = opened.model.manifest;
  const folds = `crc32(user_id) mod 5: trained and chosen on all but ${holdOut}`;
  const manifest: ModelManifest = {
    ...parts.manifest,
    id,
    training: {
      ...about,
      data: `${training.data}; conversion head: ${about.data}`,
      licence: `${training.licence}; conversion head: ${about.licence}`,
      credit: [training.credit, about.credit].filter(Boolean).join('; '),
      command: about.command,
      seed,
      folds,
      log: fingerprintOf(data.events),
    },
    metrics: [
      ...opened.model.manifest.metrics,
      row('auc', figures.auc),
      row('brier', figures.brier),
      row('ece', figures.ece),
    ],
    files,
  };
  await writeFile(join(out, 'model.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return { id, bytes: weights.length };
}
