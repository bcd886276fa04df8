import { EVENT_NAMES } from '../../domain';
import { literal } from '../duckdb';

/** Statements that write what sql.ts made: DuckDB's COPY. */

export type OutputFormat = 'csv' | 'parquet';

const ending = (format: OutputFormat): string =>
  format === 'parquet' ? 'FORMAT parquet, COMPRESSION snappy' : 'FORMAT csv, HEADER, COMPRESSION gzip';

export const fileName = (name: 'events' | 'items', format: OutputFormat): string =>
  format === 'parquet' ? `${name}.parquet` : `${name}.csv.gz`;

/** Whole seconds without a point; microseconds where the log has them. */
const SECONDS = `CASE WHEN time % 1000000 = 0 THEN CAST(time // 1000000 AS VARCHAR)
  ELSE RTRIM(PRINTF('%.6f', time / 1e6), '0') END`;
const NUMBER = (field: string): string =>
  `CASE WHEN ${field} = FLOOR(${field}) AND ABS(${field}) < 1e15 THEN CAST(CAST(${field} AS BIGINT) AS VARCHAR) ELSE CAST(${field} AS VARCHAR) END`;

/** `user_id, item_id, event, timestamp_s, value, session, bot`, a shopper's rows together and in order. */
export function writeEvents(path: string, format: OutputFormat, bots: boolean): string {
  const names = EVENT_NAMES.map((name, kind) => `WHEN ${kind} THEN ${literal(name)}`).join(' ');
  const parquet = format === 'parquet';
  return `COPY (
  SELECT user_id, item_id, CASE kind ${names} END AS event,
    ${parquet ? 'time / 1e6' : SECONDS} AS timestamp_s, ${parquet ? 'value' : NUMBER('value')} AS value,
    CAST(session AS INTEGER) AS session, ${bots ? 'bots.rule' : 'CAST(NULL AS VARCHAR)'} AS bot
  FROM log JOIN users ON users.u = log.u JOIN items ON items.i = log.i
    ${bots ? 'LEFT JOIN bots ON bots.u = log.u' : ''}
  ORDER BY log.u, place, seq
) TO ${literal(path)} (${ending(format)})`;
}

/** `item_id, title, category, brand, price`; with a k-core only the items in it. */
export function writeItems(path: string, format: OutputFormat, core: boolean): string {
  return `COPY (
  SELECT item_id, title, category, brand, ${format === 'parquet' ? 'price' : NUMBER('price')} AS price FROM items
  ${core ? 'WHERE i IN (SELECT i FROM kept_items)' : ''} ORDER BY i
) TO ${literal(path)} (${ending(format)})`;
}

/** All that was left out as bad: `file, line, reason, detail, text`. */
export function writeRejects(path: string): string {
  return `COPY (
  SELECT path AS file, line, reason, detail, text FROM rejects JOIN files ON files.file = rejects.file
  ORDER BY files.file, line, reason
) TO ${literal(path)} (FORMAT csv, HEADER, COMPRESSION gzip)`;
}
