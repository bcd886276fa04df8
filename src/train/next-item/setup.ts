import {
  type DataFolder,
  embedItems,
  FOLDS,
  fitWhitening,
  foldOf,
  itemVectors,
  openEmbedder,
  type Whitening,
} from '../../data';
import { leaveOneOut, type Protocol, seededRandom, timeSplit } from '../../evaluate';
import { loadModel, type ModelManifest } from '../../model';
import type { Tensors } from '../parameters';
import type { ColumnData } from './columns';
import { fitNeighbours, invert, type NeighbourLists, scaleNeighbours } from './neighbours';
import { planManifest, startWeights } from './plan';
import { readSequence, type UserSequence } from './sequences';
import type { NextItemSettings } from './settings';
import { weightBytes } from './write';

/** Everything that training starts from. n candidates. */
export interface Setup {
  data: DataFolder;
  manifest: ModelManifest;
  whitening: Whitening;
  weights: Tensors;
  /** [n] rows of `data.items` */
  rows: Int32Array;
  /** [n] how often each occurs in the sequences */
  counts: Int32Array;
  /** [n, E] whitened embeddings, as they are served */
  e: Float32Array;
  /** [n, E] those that the items' vectors are made of: `e`, or zeros where text has no part in them */
  content: Float32Array;
  columns: ColumnData;
  /** Fitted on all users, where a column reads them. */
  neighbours?: NeighbourLists;
  /** Every user's steps before the validation item, which is `next` where that item counts. */
  sequences: UserSequence[];
  /** Those of the validation users, with the item that is asked for as next. */
  validation: UserSequence[];
  /** False where items already met are no candidates. */
  ranksSeen: boolean;
}

export interface SetupOptions {
  /** What validation holds out. */
  protocol: 'leave-one-out' | 'time-split';
  /** Raw embeddings of these items where they are known already; default: the embedder makes them. */
  embed?: (ids: readonly string[]) => Float32Array[];
  embedder: string;
  embedderId: string;
  /** Folder in which embeddings are kept between runs. */
  embeddings?: string;
  seed: number;
  /** At most so many users, drawn by the seed. */
  sampleUsers?: number;
  signal?: AbortSignal;
  onProgress?: (phase: string, done: number, total: number) => void;
}

/** Reads sequences as the protocol's validation split has them, embeds the catalogue and makes the weights to start from. */
export async function setUp(log: DataFolder, settings: NextItemSettings, options: SetupOptions): Promise<Setup> {
  const protocol = protocolOf(log, settings, options.protocol);
  const { data } = protocol;
  const rows = protocol.candidates;
  const rowOf = new Int32Array(data.items.ids.length).fill(-1);
  rows.forEach((row, place) => {
    rowOf[row] = place;
  });
  const raw = options.embed
    ? options.embed(Array.from(rows, (row) => data.items.ids[row]!))
    : await embedTitles(data, rows, options);
  const whitening = fitWhitening(raw);
  const embedding = { id: options.embedderId, dtype: 'q8', dimension: whitening.mean.length };
  const manifest = planManifest(embedding, settings);
  const read = readSequences(protocol, manifest, rowOf, settings, options);
  const counts = new Int32Array(rows.length);
  for (const { items, steps } of read.sequences) for (let p = 0; p < steps; p += 1) counts[items[p]!]! += 1;
  const weights = startWeights(manifest, counts, settings, seededRandom(options.seed));
  const model = loadModel({ manifest: structuredClone(manifest), weights: weightBytes(manifest, weights, whitening) });
  const e = new Float32Array(rows.length * manifest.sizes.embedding);
  itemVectors(model, raw).forEach((vector, place) => {
    if (vector.e) e.set(vector.e, place * manifest.sizes.embedding);
  });
  const lists = fitLists(manifest, data, read.sequences, rows.length, settings);
  const columns = {
    e,
    ...names(data, rows),
    neighbours: lists.map(invert),
    folds: Uint8Array.from(data.events.users, foldOf),
  };
  const neighbours = lists.at(-1);
  return {
    data,
    manifest,
    whitening,
    weights,
    rows,
    counts,
    e,
    content: settings.itemVector === 'residual' ? new Float32Array(e.length) : e,
    columns,
    ...(neighbours ? { neighbours } : {}),
    ranksSeen: protocol.ranksSeen,
    ...read,
  };
}

async function embedTitles(data: DataFolder, rows: Int32Array, options: SetupOptions): Promise<Float32Array[]> {
  const signal = options.signal ? { signal: options.signal } : {};
  const embedder = await openEmbedder({ path: options.embedder, embedderId: options.embedderId }, options);
  const raw = await embedItems(data.items, embedder, {
    rows: [...rows],
    ...signal,
    onProgress: (done, total) => options.onProgress?.('embedding titles', done, total),
  });
  embedder.dispose();
  return raw;
}

/** Neighbours without each fold of users, then on all; none where no column reads them. */
function fitLists(
  manifest: ModelManifest,
  data: DataFolder,
  sequences: readonly UserSequence[],
  n: number,
  settings: NextItemSettings,
): NeighbourLists[] {
  if (!manifest.features.some((spec) => spec.kind === 'neighbours')) return [];
  const fits = Array.from({ length: FOLDS + 1 }, (_, fold) => {
    const others = sequences.filter(({ user }) => foldOf(data.events.users[user]!) !== fold);
    return fitNeighbours(others, n, settings.neighbours);
  });
  return fits.map((lists) => scaleNeighbours(lists, fits.at(-1)!));
}

/** Categories and brands of the candidates as numbers. */
function names({ items }: DataFolder, rows: Int32Array): Pick<ColumnData, 'categories' | 'brands'> {
  const numbers = new Map<string, number>();
  const numberOf = (name: string): number => {
    const known = numbers.get(name);
    if (known !== undefined) return known;
    numbers.set(name, numbers.size);
    return numbers.size - 1;
  };
  const values = Array.from(rows, (row) => [...new Set(items.categories[row]!)].map((name) => numberOf(`c ${name}`)));
  const offsets = new Int32Array(rows.length + 1);
  values.forEach((list, at) => {
    offsets[at + 1] = offsets[at]! + list.length;
  });
  return {
    categories: { offsets, values: Int32Array.from(values.flat()) },
    brands: Int32Array.from(rows, (row) => (items.brands[row] ? numberOf(`b ${items.brands[row]}`) : -1)),
  };
}

/**
 * What the protocol lets be learned from, user by user, and what it asks first of each user: the validation item. Where
 * that follows right after what is learned from, as in leave-one-out, one sequence serves both.
 */
function readSequences(
  protocol: Protocol,
  manifest: ModelManifest,
  rowOf: Int32Array,
  settings: NextItemSettings,
  options: SetupOptions,
): { sequences: UserSequence[]; validation: UserSequence[] } {
  const { data } = protocol;
  const { events } = data;
  const all = shuffle([...events.users.keys()], seededRandom(options.seed + 1)).slice(0, options.sampleUsers);
  const judged = new Set(protocol.users);
  const sequences: UserSequence[] = [];
  const validation: UserSequence[] = [];
  for (const user of all.sort((a, b) => a - b)) {
    const from = events.offsets[user]!;
    let to = from;
    while (to < events.offsets[user + 1]! && protocol.mayFit(to, user, foldOf(events.users[user]!))) to += 1;
    const [query] = judged.has(user) ? protocol.queriesOf(user) : [];
    const [item] = query?.judgements[0]?.relevant ?? [];
    const next = query && item !== undefined ? { next: { item, time: query.time } } : {};
    const isSame = query?.to === to;
    const sequence = readSequence(data, manifest, { user, from, to, ...(isSame ? next : {}) }, rowOf);
    if (sequence) sequences.push(sequence);
    const asked =
      isSame || !query ? sequence : readSequence(data, manifest, { user, from, to: query.to, ...next }, rowOf);
    if (asked && item !== undefined && rowOf[item]! >= 0) validation.push(asked);
  }
  const stride = Math.max(1, Math.floor(validation.length / settings.validationUsers));
  return { sequences, validation: validation.filter((_, i) => i % stride === 0) };
}

/** The part of the log that chooses: before the last event of every user, or before the latest tenth of all events. */
function protocolOf(log: DataFolder, settings: NextItemSettings, name: SetupOptions['protocol']): Protocol {
  if (name === 'leave-one-out') return leaveOneOut(log, { split: 'validation', minItemEvents: settings.minItemEvents });
  return timeSplit(log).tuning(0).protocol;
}

function shuffle<T>(list: T[], draw: () => number): T[] {
  for (let i = list.length - 1; i > 0; i -= 1) {
    const j = Math.floor(draw() * (i + 1));
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
  return list;
}
