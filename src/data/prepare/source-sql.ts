import { fileLiteral, identifier, literal } from '../duckdb';
import type { Mapping } from './columns';
import { EVENT_FIELDS, type EventField, ITEM_FIELDS, type ItemField } from './settings';

/** Between file, line and record of a segment of JSON lines: no JSON text holds this byte. */
export const JSON_DELIMITER = '\x1f';

/** How records of text files lie in a segment. */
export interface Layout {
  format: 'csv' | 'json';
  shape: 'rows' | 'ga4';
  /** CSV: names of the columns in order. */
  names: readonly string[];
  delimiter: string;
  mapping: Mapping<EventField>;
}

type Fields = readonly (EventField | ItemField)[];

const select = (fields: Fields, of: (field: EventField) => string | undefined, head: string, from: string): string =>
  `SELECT ${[head, ...fields.map((field) => `${of(field) ?? 'CAST(NULL AS VARCHAR)'} AS ${field}`)].join(', ')} FROM ${from}`;

/** The rows of a segment as `source` of sql.ts. */
export function segmentSource(path: string, layout: Layout, items = false): string {
  const fields = items ? ITEM_FIELDS : EVENT_FIELDS;
  if (layout.format === 'csv') {
    const columns = layout.names.map((_, at) => `'c${at}': 'VARCHAR'`).join(', ');
    const from = `read_csv(${fileLiteral(path)}, auto_detect=false, header=false, delim=${literal(layout.delimiter)}, quote='"',
      escape='"', new_line='\\n', nullstr='', max_line_size=8388608, columns={'file': 'INTEGER', 'line': 'BIGINT', ${columns}})`;
    const place = new Map(layout.names.map((name, at) => [name, `c${at}`]));
    return select(fields, (field) => place.get(layout.mapping[field] ?? ''), HEAD, from);
  }
  const from = `(SELECT file, line, CASE WHEN json_valid(text) THEN json(text) END AS j FROM read_csv(${fileLiteral(path)},
      auto_detect=false, header=false, delim='${JSON_DELIMITER}', quote='', escape='', new_line='\\n', nullstr='',
      max_line_size=8388608, columns={'file': 'INTEGER', 'line': 'BIGINT', 'text': 'VARCHAR'}))`;
  const at = (path: string): string => `j ->> ${literal(jsonPath(path))}`;
  const bad = "CASE WHEN j IS NULL OR json_type(j) <> 'OBJECT' THEN 'bad-json' END";
  if (layout.shape === 'ga4') return ga4Source(layout.mapping, from, at, "json_extract(j, '$.items')", bad);
  const of = (field: EventField): string | undefined => layout.mapping[field] && at(layout.mapping[field]);
  return select(fields, of, `file, line, 0 AS place, ${bad} AS bad`, from);
}

/** The rows of a Parquet file as `source`; a row's number is its line. */
export function parquetSource(
  path: string,
  file: number,
  shape: 'rows' | 'ga4',
  mapping: Mapping<EventField>,
  items = false,
): string {
  const from = `(SELECT ${file} AS file, file_row_number + 1 AS line, * FROM read_parquet(${fileLiteral(path)}, file_row_number=true))`;
  const at = (name: string): string => {
    const [column, ...path] = name.split('.');
    if (path.length === 0) return `CAST(${identifier(column!)} AS VARCHAR)`;
    return `to_json(${identifier(column!)}) ->> ${literal(jsonPath(path.join('.')))}`;
  };
  if (shape === 'ga4') return ga4Source(mapping, from, at, 'to_json("items")', 'CAST(NULL AS VARCHAR)');
  const of = (field: EventField): string | undefined => mapping[field] && at(mapping[field]);
  return select(items ? ITEM_FIELDS : EVENT_FIELDS, of, HEAD, from);
}

const HEAD = 'file, line, 0 AS place, CAST(NULL AS VARCHAR) AS bad';

/**
 * GA4's export to BigQuery: one record an event, its items nested (in Parquet also as `list.element`). One row for each
 * item; an event without items gives one row without an item.
 */
function ga4Source(
  mapping: Mapping<EventField>,
  from: string,
  at: (path: string) => string,
  items: string,
  bad: string,
): string {
  const of = (field: EventField): string => (mapping[field] ? at(mapping[field]) : 'CAST(NULL AS VARCHAR)');
  const categories = ['item_category', 'item_category2', 'item_category3', 'item_category4', 'item_category5']
    .map((name) => `NULLIF(NULLIF(item ->> '$.${name}', ''), '(not set)')`)
    .join(', ');
  return `SELECT file, line, place, CASE WHEN LEN(found) > 500 THEN 'too-many-items' ELSE bad END AS bad, user_id, item ->> '$.item_id' AS item_id, event, timestamp,
  item ->> '$.quantity' AS value, order_id, CASE WHEN place = 0 THEN revenue END AS revenue,
  item ->> '$.item_name' AS title, NULLIF(CONCAT_WS('|', ${categories}), '') AS category,
  item ->> '$.item_brand' AS brand, item ->> '$.price' AS price
FROM (
  SELECT *, UNNEST(list) AS item, UNNEST(RANGE(LEN(list))) AS place FROM (
    SELECT *, CASE WHEN LEN(found) > 0 THEN LIST_SLICE(found, 1, 500) ELSE [CAST(NULL AS JSON)] END AS list FROM (
      SELECT file, line, ${bad} AS bad, ${of('user_id')} AS user_id, ${of('event')} AS event,
        ${of('timestamp')} AS timestamp, ${of('order_id')} AS order_id, ${of('revenue')} AS revenue,
        CASE WHEN json_type(${items}) = 'OBJECT' THEN json_extract(${items}, '$.list[*].element')
          ELSE json_extract(${items}, '$[*]') END AS found
      FROM ${from})))`;
}

/** `a.b` as JSON's path `$."a"."b"`. */
function jsonPath(path: string): string {
  return `$${path
    .split('.')
    .map((name) => `."${name.replaceAll('"', '\\"')}"`)
    .join('')}`;
}
