import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { HomebodyError } from '../domain';
import { type FeatureSpec, loadModel, type ModelManifest, readTensors, writeSafetensors } from '../model';
import { embedItems, medianPrices } from './catalogue';
import { weightTensor } from './half';
import { categoryCounts, type ItemTable } from './items';
import { openEmbedder, readModelFolder, type TextOptions } from './model-folder';
import { compose, fitWhitening, type Whitening } from './whitening';

/** Fewer texts than this say too little of a catalogue: the model's own whitening stays. */
export const FEWEST_TEXTS = 500;

/**
 * What is left of the weight of embedded texts beside shared words, where the map that made the embeddings better is out
 * or of another shop; found on the shop that the model was trained in (docs/decisions/universal-model.md).
 */
const UNMAPPED = 0.5;

/**
 * What adapted models read besides, with weight 1: words shared with the last few products, each step further back counting half.
 * Decay and weight come from the shop that the model was trained in, adapted as if it were another (same page).
 */
const LAST_WORDS: FeatureSpec = { kind: 'text', power: 2, words: true, stepDecay: 0.5, log: true, only: 'unmet' };

export interface AdaptOptions extends TextOptions {
  /** Model folder that was trained elsewhere. */
  model: string;
  /** The shop's products: their texts and prices are all that is read. */
  items: ItemTable;
  /** Model folder to write. */
  out: string;
  /** Categories and brands count by the words of the text alone: for catalogues where they are broad, as genres of films are. */
  withoutCategories?: boolean;
  /** What does this, for the manifest: it follows the command that trained the model. */
  command?: string;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

export interface Adapted {
  /** The new model's id. */
  id: string;
  /** Products that have a text. */
  texts: number;
  /** Whether the whitening was fitted to them; under {@link FEWEST_TEXTS} it stays. */
  whitened: boolean;
  /** How much of the catalogue shares a product's rarest category, on average over products that have one; 0 where none has. */
  categoryShare: number;
}

/**
 * Makes a content-only model that was trained elsewhere fit another shop. No behaviour is read. What was learned of which
 * goods go together belongs to the shop that it was learned in (docs/decisions/universal-model.md): of products not met the
 * interest says nothing any more, and embedded texts half as much, while the words shared with the last few products count
 * once more. The whitening is fitted to the catalogue's texts where they are enough ("μ, V, S are part of the model, or of
 * the shop's catalogue vectors", model.md, Item), which is why it must keep its axes (`training.whitening.symmetric`); its
 * learned map (tensor `whitening.map`) then moves into the item projection, where the network goes on reading it. Median
 * prices become the catalogue's.
 * @throws HomebodyError `invalid-input` (a model that knows its items, or whose whitening turns its axes), and what reading
 *   the model folder and the embedder throws
 */
export async function adaptModel(options: AdaptOptions): Promise<Adapted> {
  const { items, out, signal } = options;
  const { manifest } = await readModelFolder(options.model);
  const fit = manifest.training.whitening;
  if (!fit?.symmetric || Object.keys(manifest.files).length > 1) {
    throw new HomebodyError('invalid-input', `${manifest.id} was not trained to be adapted to other shops.`, {
      remedy: 'Take the shipped universal model, or train one on this shop’s log.',
    });
  }
  const embedder = await openEmbedder({ path: options.model, embedderId: manifest.embedder.id }, options);
  const raw = await embedItems(items, embedder, {
    ...(signal ? { signal } : {}),
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  });
  await embedder.dispose();
  const texts = raw.filter((one, row) => items.isProduct[row] && one.some((value) => value !== 0));
  const bytes = await readFile(join(options.model, 'weights.safetensors'));
  const stored = readTensors(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer);
  weighAnew(manifest, stored, options.withoutCategories ?? false);
  const whitened = texts.length >= FEWEST_TEXTS;
  if (whitened) whitenAnew(manifest, stored, fitWhitening(texts, fit));
  const tensors = new Map([...stored].map(([name, { shape, data }]) => [name, weightTensor(shape, data)]));
  const weights = new Uint8Array(writeSafetensors(tensors));
  const hash = createHash('sha256').update(weights);
  const sha256 = hash.copy().digest('hex');
  const medians = medianPrices(items);
  const priceMedians = Object.keys(medians).length > 0 ? medians : manifest.priceMedians;
  const mark = hash.update(JSON.stringify(priceMedians ?? {})).digest('hex');
  const written: ModelManifest = {
    ...manifest,
    id: `${manifest.id}-adapted-${mark.slice(0, 8)}`,
    ...(priceMedians ? { priceMedians } : {}),
    training: {
      ...manifest.training,
      command: [manifest.training.command, ...(options.command ? [`npx ${options.command}`] : [])].join(' && '),
    },
    // They were another shop's.
    metrics: [],
    files: { 'weights.safetensors': { sha256, bytes: weights.length } },
  };
  loadModel({ manifest: structuredClone(written), weights: weights.buffer });
  await mkdir(out, { recursive: true });
  await writeFile(join(out, 'weights.safetensors'), weights);
  await writeFile(join(out, 'model.json'), `${JSON.stringify(written, null, 2)}\n`);
  return { id: written.id, texts: texts.length, whitened, categoryShare: categoryShare(items) };
}

type Tensors = Map<string, { shape: number[]; data: Float32Array }>;

/** Of products that have categories: the mean share of the catalogue in the rarest of them. */
function categoryShare(items: ItemTable): number {
  const counts = categoryCounts(items);
  const named = items.categories.filter((names) => names.length > 0);
  const rarest = named.map((names) => Math.min(...names.map((name) => counts.get(name)!)));
  return rarest.reduce((sum, count) => sum + count, 0) / (named.length || 1) / (items.ids.length || 1);
}

/** The gate of another shop. */
function weighAnew(manifest: ModelManifest, stored: Tensors, withoutCategories: boolean): void {
  const { features } = manifest;
  const hasWords = features.some((spec) => spec.kind === 'text' && spec.words);
  const wasAdapted = features.some((spec) => isDeepStrictEqual(spec, LAST_WORDS));
  if (hasWords && !wasAdapted) {
    addColumn(manifest, stored, LAST_WORDS, 1);
    if (stored.has('whitening.map')) {
      weigh(manifest, stored, UNMAPPED, (spec) => spec.kind === 'text' && !spec.words && spec.only === 'unmet');
    }
  }
  weigh(manifest, stored, 0, (spec) => spec.kind === 'interest' && spec.only === 'unmet');
  if (withoutCategories) weigh(manifest, stored, 0, (spec) => spec.kind === 'familiarity' && spec.entity !== 'item');
}

/** Another catalogue's whitening; what the item projection read through the old one's map, it goes on reading. */
function whitenAnew({ sizes, embedder }: ModelManifest, stored: Tensors, { mean, matrix }: Whitening): void {
  const { dimension } = embedder;
  const map = stored.get('whitening.map')?.data;
  if (map) {
    const { data } = stored.get('item.weight')!;
    stored.set('item.weight', { shape: [sizes.item, dimension], data: compose(data, map, data.length / sizes.item) });
  }
  sizes.embedding = matrix.length / dimension;
  stored.delete('whitening.map');
  stored.set('whitening.mean', { shape: [dimension], data: mean });
  stored.set('whitening.matrix', { shape: [sizes.embedding, dimension], data: matrix });
}

/** A last column of constant weight: those before it keep their numbers. */
function addColumn({ features }: ModelManifest, stored: Tensors, spec: FeatureSpec, bias: number): void {
  const [weight, constant] = [stored.get('gate.weight')!, stored.get('gate.bias')!];
  const width = weight.data.length / features.length;
  features.push(spec);
  const rows = new Float32Array(features.length * width);
  rows.set(weight.data);
  stored.set('gate.weight', { shape: [features.length, width], data: rows });
  stored.set('gate.bias', { shape: [features.length], data: Float32Array.of(...constant.data, bias) });
}

/** The gate's weights of some columns become `factor` times what they are. */
function weigh(
  { features }: ModelManifest,
  stored: Tensors,
  factor: number,
  isMeant: (spec: FeatureSpec) => boolean,
): void {
  features.forEach((spec, row) => {
    if (!isMeant(spec)) return;
    for (const name of ['gate.weight', 'gate.bias']) {
      const { data } = stored.get(name)!;
      const width = data.length / features.length;
      // + 0: no negative zeros.
      for (let i = row * width; i < (row + 1) * width; i += 1) data[i] = data[i]! * factor + 0;
    }
  });
}
