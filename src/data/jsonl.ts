import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { HomebodyError } from '../domain';
import type { ReadOptions, Row } from './csv';
import { newReport, note, type RowReport } from './report';

/**
 * Streams a JSONL file (one object a line, UTF-8, gzip when it ends in `.gz`) through `onRow`, fields as text: a list is
 * joined with bars, a missing field is ''. A line that is no object is noted as `bad-row` and left out.
 * @throws HomebodyError `invalid-input` when the file cannot be read or is damaged, `aborted`
 */
export async function readJsonl<C extends string>(
  path: string,
  onRow: (row: Row<C>, report: RowReport) => void | Promise<void>,
  options: ReadOptions = {},
): Promise<RowReport> {
  const report = newReport(basename(path));
  const failed = (cause: unknown, what: string) =>
    new HomebodyError('invalid-input', what, { cause, remedy: 'Check the path, and that the file is complete.' });
  const size = await stat(path).then(
    (info) => info.size,
    (cause) => {
      throw failed(cause, `Cannot read ${path}.`);
    },
  );
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  const input = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  let broken: unknown;
  const fail = (error: unknown) => {
    broken ??= error;
    lines.close();
  };
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  file.on('error', fail);
  input.on('error', fail);
  try {
    for await (const line of lines) {
      if (options.signal?.aborted) throw new HomebodyError('aborted', `Reading ${path} was aborted.`);
      if (line.trim() === '') continue;
      report.rows++;
      const fields = parse(line);
      if (!fields) {
        note(report, 'bad-row');
        continue;
      }
      const waiting = onRow((column) => textOf(fields[column]), report);
      if (waiting) await waiting;
      if (report.rows % 4096 === 0) options.onProgress?.(file.bytesRead, size);
    }
  } finally {
    lines.close();
    file.destroy();
  }
  if (broken) throw failed(broken, `${path} is damaged near line ${report.rows + 1}.`);
  return report;
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).filter(Boolean).join('|');
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
}
