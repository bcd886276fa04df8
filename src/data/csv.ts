import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { HomebodyError } from '../domain';
import { newReport, type RowReport } from './report';

export interface ReadOptions {
  signal?: AbortSignal;
  /** Told now and then: bytes of the file read so far, and its size. */
  onProgress?: (read: number, size: number) => void;
}

/** A row's fields by the place of their column; a column that the file lacks gives ''. */
export type Row<C extends string> = (column: C) => string;

/** Columns that a reader asks for. */
export interface Wanted<C extends string> {
  required: readonly C[];
  optional: readonly C[];
}

/**
 * Streams a CSV file (RFC 4180, UTF-8 with or without BOM, gzip when it ends in `.gz`) through `onRow`, which may make it wait.
 * Columns are found by the header's names, in any order; others are ignored. A quote in the wrong place is
 * read as text; a short record's missing fields are ''.
 * @throws HomebodyError `invalid-input`: the file cannot be read, is empty, lacks a required column, or is damaged
 * (a truncated gzip, a quote that is never closed); `aborted`.
 */
export async function readCsv<C extends string>(
  path: string,
  columns: Wanted<C>,
  onRow: (row: Row<C>, report: RowReport) => void | Promise<void>,
  options: ReadOptions = {},
): Promise<RowReport> {
  const report = newReport(basename(path));
  const size = await stat(path).then(
    (info) => info.size,
    (cause) => {
      throw new HomebodyError('invalid-input', `Cannot read ${path}.`, { cause, remedy: 'Check the path.' });
    },
  );
  let places: Map<string, number> | undefined;
  let record: string[] = [];
  const field: Row<C> = (column) => record[places?.get(column) ?? -1]?.trim() ?? '';
  const parser = parse({
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    // `5" pipe` and the like stand in many a log: a quote in the wrong place is text.
    relax_quotes: true,
    // A quote that is never closed would otherwise swallow the rest of the file into one field.
    max_record_size: 1 << 20,
  });
  const input = createReadStream(path, { highWaterMark: 1 << 18 });
  if (options.onProgress) input.on('data', () => options.onProgress?.(input.bytesRead, size));
  // `pipeline` may report the closing of another stage instead of what was thrown here.
  let thrown: unknown;
  const consume = async (records: AsyncIterable<string[]>): Promise<void> => {
    for await (record of records) {
      try {
        if (!places) {
          places = header(record, columns, path);
          continue;
        }
        report.rows++;
        const waiting = onRow(field, report);
        if (waiting) await waiting;
      } catch (error) {
        thrown = error;
        throw error;
      }
    }
  };
  try {
    const { signal } = options;
    if (path.endsWith('.gz')) await pipeline(input, createGunzip(), parser, consume, { signal });
    else await pipeline(input, parser, consume, { signal });
  } catch (cause) {
    if (thrown) throw thrown;
    if (options.signal?.aborted) throw new HomebodyError('aborted', `Reading ${path} was aborted.`, { cause });
    throw new HomebodyError('invalid-input', `${path} is damaged near row ${report.rows + 1}: ${String(cause)}`, {
      cause,
      remedy: 'Check that the file is complete and is RFC 4180 CSV in UTF-8.',
    });
  }
  if (!places) {
    throw new HomebodyError('invalid-input', `${path} is empty.`, {
      remedy: `Its first line must name the columns, at least ${columns.required.join(', ')}.`,
    });
  }
  return report;
}

/**
 * The place of each column by its name in lower case.
 * @throws HomebodyError `invalid-input` when a required one is missing, or one that is read stands there twice
 */
export function header<C extends string>(names: string[], columns: Wanted<C>, path: string): Map<string, number> {
  const lower = names.map((name) => name.trim().toLowerCase());
  const places = new Map(lower.map((name, place) => [name, place]));
  const remedy = `Its first line must name ${columns.required.join(', ')}; it names ${names.slice(0, 40).join(', ').slice(0, 400)}. homebody prepare reads other names.`;
  const missing = columns.required.filter((name) => !places.has(name));
  if (missing.length > 0) {
    throw new HomebodyError('invalid-input', `${path} has no column ${missing.join(', ')}.`, { remedy });
  }
  const twice = [...columns.required, ...columns.optional].find(
    (name) => lower.indexOf(name) !== lower.lastIndexOf(name),
  );
  if (twice !== undefined) {
    throw new HomebodyError('invalid-input', `${path} has two columns ${twice}.`, { remedy: 'Rename one of the two.' });
  }
  return places;
}
