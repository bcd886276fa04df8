import { basename } from 'node:path';
import { HomebodyError } from '../domain';
import { header, type ReadOptions, type Row, readCsv, type Wanted } from './csv';
import { Database, fileLiteral, identifier } from './duckdb';
import { newReport, type RowReport } from './report';

/** Endings of files that {@link readTable} reads, in the order in which a folder is searched. */
export const TABLE_ENDINGS = ['.csv', '.csv.gz', '.parquet'] as const;

/** Takes a row; the next is read when what it returns has resolved. */
type OnRow<C extends string> = (row: Row<C>, report: RowReport) => void | Promise<void>;

/**
 * Streams the rows of a CSV or Parquet file through `onRow`, by the file's ending.
 * @throws HomebodyError as {@link readCsv}; `dependency-missing` for Parquet where DuckDB is not installed; `invalid-input`
 * when not a single row could be used
 */
export async function readTable<C extends string>(
  path: string,
  columns: Wanted<C>,
  onRow: OnRow<C>,
  options: ReadOptions = {},
): Promise<RowReport> {
  const report = await streamTable(path, columns, onRow, options);
  if (report.rows > 0 && report.kept === 0) {
    const why = Object.entries(report.problems).map(([problem, count]) => `${count} ${problem}`);
    throw new HomebodyError('invalid-input', `No row of ${path} can be used: ${why.join(', ')}.`, {
      remedy: 'homebody prepare reads other names, other units of time and other formats.',
    });
  }
  return report;
}

/** {@link readTable} without a judgement on what `onRow` kept. */
export function streamTable<C extends string>(
  path: string,
  columns: Wanted<C>,
  onRow: OnRow<C>,
  options: ReadOptions = {},
): Promise<RowReport> {
  return (path.endsWith('.parquet') ? readParquet : readCsv)(path, columns, onRow, options);
}

async function readParquet<C extends string>(
  path: string,
  columns: Wanted<C>,
  onRow: OnRow<C>,
  options: ReadOptions,
): Promise<RowReport> {
  const report = newReport(basename(path));
  const { signal } = options;
  const database = await Database.open({ threads: 1, ...(signal ? { signal } : {}) });
  const unreadable = (cause: unknown): never => {
    if (cause instanceof HomebodyError) throw cause;
    throw new HomebodyError('invalid-input', `${path} is no Parquet file that can be read.`, {
      cause,
      remedy: 'Fetch the file again.',
    });
  };
  try {
    const from = `read_parquet(${fileLiteral(path)})`;
    const described = await database.all<{ column_name: string }>(`DESCRIBE SELECT * FROM ${from}`).catch(unreadable);
    const names = described.map((row) => row.column_name);
    const places = header(names, columns, path);
    const wanted = [...columns.required, ...columns.optional].filter((name) => places.has(name));
    const place = new Map<string, number>(wanted.map((name, at) => [name, at]));
    const { rows: total } = await database
      .one<{ rows: number }>(`SELECT COUNT(*) AS rows FROM ${from}`)
      .catch(unreadable);
    const select = wanted.map((name) => identifier(names[places.get(name)!]!)).join(', ');
    for await (const rows of database.stream(`SELECT ${select} FROM ${from}`)) {
      for (const row of rows) {
        report.rows++;
        const waiting = onRow((column) => String(row[place.get(column) ?? -1] ?? '').trim(), report);
        if (waiting) await waiting;
      }
      options.onProgress?.(report.rows, total);
    }
  } finally {
    database.dispose();
  }
  return report;
}
