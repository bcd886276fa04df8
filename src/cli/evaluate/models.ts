import {
  type DataFolder,
  embedItems,
  FOLDS,
  folderVectors,
  type ModelFolder,
  openEmbedder,
  openModelFolder,
  type TextOptions,
} from '../../data';
import { HomebodyError } from '../../domain';
import { byFold, type ModelRanker, modelRanker, type Prior, type Ranker } from '../../evaluate';
import type { ItemVector, LstmExecutor } from '../../model';

/** `{fold}` in --model: one folder for each fold, trained without that fold's customers. */
const FOLD = '{fold}';

/** What --model names: one folder, or one a fold. */
export interface Models {
  folders: readonly ModelFolder[];
  isByFold: boolean;
}

/** @throws HomebodyError as `openModelFolder` */
export async function openModels(path: string): Promise<Models> {
  if (!path.includes(FOLD)) return { folders: [await openModelFolder(path)], isByFold: false };
  const folders: ModelFolder[] = [];
  for (let fold = 0; fold < FOLDS; fold++) folders.push(await openModelFolder(path.replaceAll(FOLD, String(fold))));
  return { folders, isByFold: true };
}

/** A name for the report: the model's id; of one a fold, what their ids have in common. */
export function nameOf({ folders, isByFold }: Models): string {
  const ids = folders.map(({ model }) => model.manifest.id);
  if (!isByFold) return ids[0]!;
  let length = 0;
  while (length < ids[0]!.length && ids.every((id) => id[length] === ids[0]![length])) length++;
  const common = ids[0]!.slice(0, length).replace(/[^\p{L}\p{N}]+$/u, '');
  return `${common || 'model'} (${FOLDS} folds)`;
}

export interface ModelRankerContext extends TextOptions {
  name: string;
  executor: LstmExecutor;
  prior?: { name: string; of: Prior };
  /** Strengths of the diversity switch that are judged beside the model without it. */
  diversities: readonly number[];
  signal: AbortSignal;
  onProgress: (done: number, total: number) => void;
}

/** The model under test, it with the diversity switch, and the item vectors of its first folder (the whitened text of the rules and of diversity). */
export async function openRankers(
  models: Models,
  data: DataFolder,
  context: ModelRankerContext,
): Promise<{ rankers: Ranker[]; vectors: ItemVector[] }> {
  const { name, executor, prior, diversities, signal, onProgress, ...texts } = context;
  const rankers: ModelRanker[] = [];
  let first: ItemVector[] | undefined;
  for (const folder of models.folders) {
    const vectors = await folderVectors(folder, data.items, {
      ...texts,
      signal,
      onProgress,
    });
    first ??= vectors;
    rankers.push(
      modelRanker(data, {
        name,
        model: folder.model,
        lstm: await executor.load(folder.model.lstm),
        vectors,
        ...(prior ? { prior: prior.of, settings: `prior: ${prior.name}` } : {}),
      }),
    );
  }
  const joined = (of: readonly Ranker[]): Ranker => (models.isByFold ? byFold(of[0]!.name, of) : of[0]!);
  const diversified = diversities.map((strength) => joined(rankers.map((ranker) => ranker.diversified(strength))));
  return { rankers: [joined(rankers), ...diversified], vectors: first! };
}

/** Raw text embeddings of all items by the model's embedder, for the rules on text. */
export async function rawTexts(
  { folders }: Models,
  data: DataFolder,
  { signal, onProgress, ...texts }: TextOptions & Pick<ModelRankerContext, 'signal' | 'onProgress'>,
): Promise<Float32Array[]> {
  const { path, model } = folders[0]!;
  const embedder = await openEmbedder({ path, embedderId: model.manifest.embedder.id }, { ...texts, signal });
  try {
    return await embedItems(data.items, embedder, { signal, onProgress });
  } finally {
    await embedder.dispose();
  }
}

/** What trained a model, for the record. */
export function trainerOf({ folders }: Models): { trainer: string; seed: number; trained: string } {
  const { command, seed } = folders[0]!.model.manifest.training;
  const isOurs = command === '' || command.includes('homebody train');
  return { trainer: isOurs ? 'homebody train' : 'examples/pytorch', seed, trained: command };
}

/** @throws HomebodyError `invalid-input` when `text` is no list of folds */
export function parseFolds(text: string | undefined): number[] | 'all' | undefined {
  if (text === undefined || text === 'all') return text;
  const folds = text.split(',').map((part) => Number(part.trim() || Number.NaN));
  if (folds.every((fold) => Number.isInteger(fold) && fold >= 0 && fold < FOLDS)) return [...new Set(folds)].sort();
  throw new HomebodyError('invalid-input', `--folds is a list of numbers from 0 to ${FOLDS - 1}, not "${text}".`, {
    remedy: 'For example --folds 4, --folds 3,4 or --folds all.',
  });
}

/** @throws HomebodyError `invalid-input` when `text` is no list of strengths */
export function parseDiversities(text: string | undefined): number[] {
  if (text === undefined) return [];
  const strengths = text.split(',').map((part) => Number(part.trim() || Number.NaN));
  if (strengths.every((one) => one > 0 && one <= 1)) return [...new Set(strengths)];
  throw new HomebodyError('invalid-input', `--diversity is a list of numbers above 0 up to 1, not "${text}".`, {
    remedy: 'For example --diversity .1,.2,.4.',
  });
}
