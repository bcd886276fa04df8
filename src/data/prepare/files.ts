import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HomebodyError } from '../../domain';
import { type Database, literal } from '../duckdb';

export type FileFormat = 'csv' | 'json' | 'parquet';

/** One file of the log, with its number in every table. */
export interface SourceFile {
  path: string;
  number: number;
  format: FileFormat;
  gzip: boolean;
  bytes: number;
}

const FORMATS: readonly [RegExp, FileFormat][] = [
  [/\.(csv|tsv|txt)(\.gz)?$/i, 'csv'],
  [/\.(jsonl|ndjson|json)(\.gz)?$/i, 'json'],
  [/\.(parquet|pq)$/i, 'parquet'],
];

const formatOf = (path: string): FileFormat | undefined => FORMATS.find(([ending]) => ending.test(path))?.[1];

/**
 * The files that patterns mean, each once, in the patterns' order and sorted within one: a path that exists is taken as
 * it is (a folder: the files in it), else it is a glob (DuckDB's: `*`, `**`, `?`, `[…]`).
 * @throws HomebodyError `invalid-input` for a pattern that matches nothing, and a file of an ending nobody knows
 */
export async function findFiles(database: Database, patterns: readonly string[], first = 0): Promise<SourceFile[]> {
  const found = new Map<string, SourceFile>();
  for (const pattern of patterns) {
    const info = await stat(pattern).catch(() => undefined);
    const paths = info?.isFile() ? [pattern] : await glob(database, info ? join(pattern, '*') : pattern);
    const known = info?.isDirectory() ? paths.filter(formatOf) : paths;
    if (known.length === 0) {
      throw new HomebodyError('invalid-input', `No file is meant by ${pattern}.`, {
        remedy: info
          ? 'The folder holds no .csv, .jsonl or .parquet file.'
          : 'Check the path; put a pattern in quotes, so that the shell leaves it alone.',
      });
    }
    for (const path of known) {
      const format = formatOf(path);
      if (!format) {
        throw new HomebodyError('invalid-input', `${path} is of no known format.`, {
          remedy: 'Files end in .csv, .tsv, .txt, .jsonl, .ndjson, .json (these also with .gz) or .parquet.',
        });
      }
      const bytes = await stat(path).then(
        (one) => one.size,
        (cause) => {
          throw new HomebodyError('invalid-input', `Cannot read ${path}.`, { cause, remedy: 'Check its permissions.' });
        },
      );
      if (found.has(path)) continue;
      found.set(path, { path, number: first + found.size, format, gzip: /\.gz$/i.test(path), bytes });
    }
  }
  return [...found.values()];
}

async function glob(database: Database, pattern: string): Promise<string[]> {
  const rows = await database.all<{ file: string }>(`SELECT file FROM glob(${literal(pattern)}) ORDER BY file`);
  return rows.map((row) => row.file);
}
