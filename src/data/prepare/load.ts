import { HomebodyError } from '../../domain';
import { type Database, fileLiteral, literal } from '../duckdb';
import { type Mapping, mapColumns } from './columns';
import type { SourceFile } from './files';
import { readHead, readText } from './intake';
import { fieldsOf, MAX_RECORD_BYTES, RecordSplitter } from './records';
import { SegmentWriter } from './segments';
import { EVENT_FIELDS, type EventField, ITEM_FIELDS, type PrepareSettings } from './settings';
import { JSON_DELIMITER, type Layout, parquetSource, segmentSource } from './source-sql';
import { type ExtraField, readItemRows, readRows } from './sql';

/** What became of one file. */
export interface FileReport {
  path: string;
  bytes: number;
  shape: 'rows' | 'ga4';
  /** Our name → its column. */
  columns: Mapping<EventField>;
  /** Present when only a part of it could be read (`--damaged keep`). */
  damaged?: string;
}

/** A file with what its head told. */
export interface Planned extends FileReport {
  file: SourceFile;
  layout: Layout | undefined;
}

const GA4_COLUMNS: Mapping<EventField> = {
  user_id: 'user_pseudo_id',
  event: 'event_name',
  timestamp: 'event_timestamp',
  order_id: 'ecommerce.transaction_id',
  revenue: 'ecommerce.purchase_revenue',
};

/**
 * Looks at the head of every file, so that a wrong column ends the run before hours of work.
 * @throws HomebodyError `invalid-input`
 */
export async function planFiles(
  database: Database,
  files: readonly SourceFile[],
  kind: 'events' | 'items',
  settings: PrepareSettings,
  signal?: AbortSignal,
): Promise<Planned[]> {
  const planned: Planned[] = [];
  for (const file of files) {
    const head =
      file.format === 'parquet'
        ? { names: await parquetColumns(database, file.path), delimiter: '' }
        : await readHead(file, settings, signal);
    const report = { file, path: file.path, bytes: file.bytes };
    if (!head) {
      planned.push({ ...report, shape: 'rows', columns: {}, layout: undefined });
      continue;
    }
    const shape = kind === 'events' && shapeOf(file, head.names, settings.shape) ? 'ga4' : 'rows';
    const mapping =
      kind === 'items' ? itemColumns(file, head.names, settings) : eventColumns(file, head.names, shape, settings);
    const layout: Layout = { format: file.format === 'json' ? 'json' : 'csv', shape, ...head, mapping };
    planned.push({ ...report, shape, columns: mapping, layout });
  }
  if (planned.every((one) => !one.layout)) {
    throw new HomebodyError(
      'invalid-input',
      `${files.map((file) => file.path).join(', ')}: nothing in it but emptiness.`,
      {
        remedy: 'Its first line must name the columns.',
      },
    );
  }
  return planned;
}

function shapeOf(file: SourceFile, names: readonly string[], told: PrepareSettings['shape']): boolean {
  if (told !== 'auto') return told === 'ga4';
  const has = (name: string): boolean => names.some((one) => one.toLowerCase() === name);
  return (
    file.format !== 'csv' && has('event_name') && has('event_timestamp') && (has('items') || has('user_pseudo_id'))
  );
}

function eventColumns(
  file: SourceFile,
  names: readonly string[],
  shape: 'rows' | 'ga4',
  settings: PrepareSettings,
): Mapping<EventField> {
  if (shape === 'ga4') {
    const there = Object.entries({ ...GA4_COLUMNS, ...settings.columns }).filter(
      ([, path]) =>
        // JSON leaves out what is null: a key that the first lines lack may still come.
        file.format === 'json' || names.includes(path.split('.')[0]!),
    );
    return Object.fromEntries(there);
  }
  const required: EventField[] = ['user_id', 'item_id', ...(settings.event ? [] : (['event'] as const))];
  const told = settings.columns;
  const fields = EVENT_FIELDS.filter((field) => field !== 'event' || !settings.event);
  return mapColumns(file.path, names, fields, required, told);
}

function itemColumns(file: SourceFile, names: readonly string[], settings: PrepareSettings): Mapping<EventField> {
  return mapColumns(file.path, names, ITEM_FIELDS, ['item_id'], settings.itemColumns);
}

async function parquetColumns(database: Database, path: string): Promise<string[]> {
  try {
    const rows = await database.all<{ column_name: string }>(
      `DESCRIBE SELECT * FROM read_parquet(${fileLiteral(path)})`,
    );
    return rows.map((row) => row.column_name);
  } catch (cause) {
    if (cause instanceof HomebodyError) throw cause;
    throw new HomebodyError('invalid-input', `${path} is no Parquet file that can be read.`, {
      cause,
      remedy: 'Fetch the file again; a Parquet file that was cut short cannot be read in part.',
    });
  }
}

/** Loads planned files into `rows` or `item_rows`, and what is no row of theirs into `rejects`. */
export class Loader {
  private readonly rejects: SegmentWriter;
  private writer: SegmentWriter | undefined;
  private layout: string | undefined;
  constructor(
    private readonly database: Database,
    private readonly folder: string,
    private readonly settings: PrepareSettings,
    private readonly extra: readonly ExtraField[],
    private readonly signal: AbortSignal | undefined,
  ) {
    this.rejects = new SegmentWriter(folder, 'rejects', (path) =>
      this.database.run(`INSERT INTO rejects SELECT * FROM read_csv(${fileLiteral(path)}, auto_detect=false, header=false, delim=',',
        quote='"', escape='"', new_line='\\n', columns={'file': 'INTEGER', 'line': 'BIGINT', 'reason': 'VARCHAR', 'detail': 'VARCHAR', 'text': 'VARCHAR'})`),
    );
  }

  async load(one: Planned, items: boolean, onBytes: (read: number) => void): Promise<void> {
    const { file, layout } = one;
    if (!layout) return;
    if (file.format === 'parquet') {
      const source = parquetSource(file.path, file.number, one.shape, layout.mapping, items);
      await this.take(source, items, one, (share) => onBytes(share * file.bytes));
      onBytes(file.bytes);
      return;
    }
    const writer = await this.writerFor(layout, items);
    try {
      await this.text(one, layout, writer, onBytes);
    } catch (error) {
      const known = error instanceof HomebodyError && error.code === 'invalid-input';
      if (!known || this.settings.damaged === 'refuse') throw error;
      one.damaged = error.message;
      this.reject(file.number, 0, 'damaged-file', error.message, '');
    }
    await this.rejects.drain();
  }

  /** Hands over what has gathered. */
  async finish(): Promise<void> {
    await this.writer?.finish();
    this.writer = undefined;
    this.layout = undefined;
    await this.rejects.finish();
  }

  /** Ends an interrupted run. */
  async dispose(): Promise<void> {
    await this.writer?.dispose();
    await this.rejects.dispose();
  }

  private async text(
    one: Planned,
    layout: Layout,
    writer: SegmentWriter,
    onBytes: (read: number) => void,
  ): Promise<void> {
    const { number } = one.file;
    const csv = layout.format === 'csv';
    const delimiter = csv ? layout.delimiter : JSON_DELIMITER;
    const width = csv ? layout.names.length : 1;
    let header = csv;
    const splitter = new RecordSplitter(
      {
        record: (bytes, from, to, line, fields, irregular) => {
          if (header) {
            header = false;
            return;
          }
          if (fields !== width) {
            const detail = `${fields} fields instead of ${width}`;
            return this.reject(
              number,
              line,
              'field-count',
              detail,
              bytes.toString('utf8', from, Math.min(to, from + 200)),
            );
          }
          if (!csv && bytes.subarray(from, to).includes(JSON_DELIMITER)) {
            return this.reject(number, line, 'bad-json', '', bytes.toString('utf8', from, Math.min(to, from + 200)));
          }
          const prefix = `${number}${delimiter}${line}${delimiter}`;
          if (!irregular) return writer.add(prefix, bytes, from, to);
          const quoted = fieldsOf(bytes.toString('utf8', from, to), delimiter).map(quote);
          const again = Buffer.from(quoted.join(delimiter));
          writer.add(prefix, again, 0, again.length);
        },
        reject: (line, reason, text) => {
          // A header with an open quote was read as it stands.
          header = false;
          this.reject(number, line, reason, '', text);
        },
      },
      { maxBytes: MAX_RECORD_BYTES, ...(csv ? { delimiter: delimiter.charCodeAt(0) } : {}) },
    );
    await readText(one.file, { encoding: this.settings.encoding, onBytes, signal: this.signal }, async (chunk) => {
      splitter.push(chunk);
      await writer.drain();
      await this.rejects.drain();
    });
    splitter.end();
  }

  private reject(file: number, line: number, reason: string, detail: string, text: string): void {
    const record = Buffer.from([file, line, reason, quote(detail), quote(text.slice(0, 200))].join(','));
    this.rejects.add('', record, 0, record.length);
  }

  private async writerFor(layout: Layout, items: boolean): Promise<SegmentWriter> {
    const key = JSON.stringify([layout, items]);
    if (this.writer && this.layout === key) return this.writer;
    await this.writer?.finish();
    this.layout = key;
    this.writer = new SegmentWriter(this.folder, 'segment', (path) =>
      this.take(segmentSource(path, layout, items), items),
    );
    return this.writer;
  }

  private async take(
    source: string,
    items: boolean,
    parquet?: Planned,
    onProgress?: (share: number) => void,
  ): Promise<void> {
    try {
      await this.database.run(
        items ? readItemRows(source) : readRows(this.withEvent(source), this.settings, this.extra),
        onProgress,
      );
    } catch (cause) {
      if (!parquet || cause instanceof HomebodyError) throw cause;
      throw new HomebodyError('invalid-input', `${parquet.path} cannot be read.`, {
        cause,
        remedy: 'Fetch the file again, or check that its columns hold plain values.',
      });
    }
  }

  /** A log without a column for the event: every row is the one that was told. */
  private withEvent(source: string): string {
    if (!this.settings.event) return source;
    return `SELECT * REPLACE (${literal(this.settings.event)} AS event) FROM (${source})`;
  }
}

const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
