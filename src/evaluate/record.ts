import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { HomebodyError } from '../domain';

/** One figure with everything that is needed to get it again: a row of `bench/results/ranking.json`. */
export interface RecordRow {
  /** Name of the log. */
  data: string;
  protocol: string;
  slice: string;
  /** A model's id or name, or the name of a rule. */
  model: string;
  /** What trained it: `homebody train`, `examples/pytorch`; `none` for a rule. */
  trainer: string;
  /** Of the training; of the intervals where nothing was trained. */
  seed: number;
  metric: string;
  value: number;
  /** 95 % interval, customers resampled; null for metrics that have none. */
  low: number | null;
  high: number | null;
  /** The evaluation's command, its folders by name only. */
  command: string;
  commit: string;
  machine: string;
  /** Wall clock of the evaluation of all rankers of the command. */
  seconds: number;
  customers?: number;
  /** Customers of these folds only; absent: all. */
  folds?: string;
  /** So many customers drawn with the command's seed; absent: all. */
  sample?: number;
  rankings?: number;
  /** Of a rule: its constants and what they were chosen on. Of a model: prior and switches. */
  settings?: string;
  /** The command that trained the model, from its manifest. */
  trained?: string;
}

const KEY = ['data', 'protocol', 'slice', 'model', 'trainer', 'seed', 'metric', 'settings', 'folds', 'sample'] as const;

function keyOf(row: RecordRow): string {
  return JSON.stringify(KEY.map((name) => row[name] ?? null));
}

/** Rows with `added` in the place of those they replace; the others behind them, in the order given. */
export function mergeRecord(rows: readonly RecordRow[], added: readonly RecordRow[]): RecordRow[] {
  const merged = new Map(rows.map((row) => [keyOf(row), row]));
  for (const row of added) merged.set(keyOf(row), row);
  return [...merged.values()];
}

/**
 * Rows of a record file; none where there is no file.
 * @throws HomebodyError `invalid-input` when it is something else
 */
export async function readRecord(file: string): Promise<RecordRow[]> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch (cause) {
    throw new HomebodyError('invalid-input', `${file} is not JSON.`, { cause, remedy: 'Name another file.' });
  }
  if (Array.isArray(rows)) return rows as RecordRow[];
  throw new HomebodyError('invalid-input', `${file} is not a list of rows.`, { remedy: 'Name another file.' });
}

/** A lock that is older was left by a process that ended: writing takes milliseconds. */
const STALE_MS = 30_000;

/** Runs `work` while no other process does so for `file`. */
async function locked<T>(file: string, work: () => Promise<T>): Promise<T> {
  const lock = `${file}.lock`;
  for (;;) {
    try {
      await (await open(lock, 'wx')).close();
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const made = await stat(lock).catch(() => undefined);
      if (made && Date.now() - made.mtimeMs > STALE_MS) await rm(lock, { force: true });
      else await setTimeout(50);
    }
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

/**
 * Puts rows into a record file, one a line. A reader never sees half of it, and of several processes that write at the
 * same time none loses the other's rows.
 */
export async function writeRecord(file: string, added: readonly RecordRow[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await locked(file, async () => {
    const rows = mergeRecord(await readRecord(file), added);
    const draft = `${file}.${process.pid}.draft`;
    await writeFile(draft, `[\n${rows.map((row) => `  ${JSON.stringify(row)}`).join(',\n')}\n]\n`);
    await rename(draft, file);
  });
}
