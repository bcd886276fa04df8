import { EVENT_NAMES } from '../../domain';
import type { PrepareSettings } from './settings';

/**
 * Every statement by which `prepare` turns rows of text into a log, in the order in which they run. They are standard
 * SQL but for these, which every engine for many machines has under some name: `//` (integer division), TRY_CAST, ISFINITE,
 * TRY_STRPTIME, TIMEZONE, EPOCH_US, MAX_BY and MEDIAN. What is DuckDB's own (reading and writing files) stands in
 * source-sql.ts and write-sql.ts, so that these can run over tables `source` and `item_source` of another engine.
 *
 * Tables: `source` (file, line, place, bad, and the fields as text) → `rows` (typed, each with its reason to be left
 * out) → `users`, `items` (numbered) → `events` (numbers only, duplicates gone) → `kept_users`, `kept_items` (k-core)
 * → `log` (with sessions).
 */

/** Rows of a file and items of a row that a row's number `seq` has room for: file · 2^44 + line · 2^9 + place. */
const SEQ = 'CAST(file AS BIGINT) * 17592186044416 + CAST(line AS BIGINT) * 512 + place';
export const FILE_OF_SEQ = 'seq // 17592186044416';
export const LINE_OF_SEQ = '(seq % 17592186044416) // 512';

/** What stands for "no value" in exports; an id of this kind would gather strangers into one shopper. */
const NOTHING = ['', 'null', 'none', 'nan', 'undefined', 'n/a', '(not set)', '(none)', '\\n'];
const kind = (name: (typeof EVENT_NAMES)[number]): number => EVENT_NAMES.indexOf(name);
/** `names.kind` of an event that is left out on purpose. */
export const IGNORED = -1;

/** What a row may carry beside the fields that every log has; a column only where some file has it. */
export type ExtraField = 'order_id' | 'revenue' | 'title' | 'category' | 'brand' | 'price';
const EXTRA_TYPES: Record<ExtraField, string> = {
  ...{
    order_id: 'VARCHAR',
    revenue: 'DOUBLE',
    title: 'VARCHAR',
    category: 'VARCHAR',
    brand: 'VARCHAR',
    price: 'DOUBLE',
  },
};
export const EXTRA_FIELDS = Object.keys(EXTRA_TYPES) as ExtraField[];

/** `rows.unit` and `rows.remark` are places in these. */
export const UNITS = ['s', 'ms', 'us', 'ns', 'yyyymmdd', 'yyyymmddhhmmss', 'text'] as const;
export const REMARKS = ['bad-value', 'negative-purchase'] as const;
const unitOf = (unit: (typeof UNITS)[number]): number => UNITS.indexOf(unit);

// Comparisons, not NOT IN: DuckDB makes a join of a list.
const given = (field: string): string =>
  `CASE WHEN ${NOTHING.map((word) => `LOWER(TRIM(${field})) <> '${word}'`).join(' AND ')} THEN TRIM(${field}) END`;
const number = (field: string): string =>
  `CASE WHEN ISFINITE(TRY_CAST(${field} AS DOUBLE)) THEN TRY_CAST(${field} AS DOUBLE) END`;

/** @param extra fields that the log has */
export function createTables(extra: readonly ExtraField[]): string[] {
  return [
    'CREATE TABLE files (file INTEGER, path VARCHAR)',
    'CREATE TABLE names (id SMALLINT, name VARCHAR, kind TINYINT)',
    'CREATE TABLE rejects (file INTEGER, line BIGINT, reason VARCHAR, detail VARCHAR, text VARCHAR)',
    `CREATE TABLE rows (seq BIGINT, user_id VARCHAR, item_id VARCHAR, name SMALLINT, kind TINYINT, time BIGINT, unit TINYINT,
       value DOUBLE, remark TINYINT, reason VARCHAR, event VARCHAR, text VARCHAR
       ${extra.map((field) => `, ${field} ${EXTRA_TYPES[field]}`).join('')})`,
    `CREATE TABLE item_rows (seq BIGINT, item_id VARCHAR, title VARCHAR, category VARCHAR, brand VARCHAR, price DOUBLE,
       reason VARCHAR, bad_price INTEGER)`,
  ];
}

/**
 * The unit of a time by its size: no shop has logs of before 1973 in milliseconds or of after 5138 in seconds.
 * Whole numbers that read as 20240131 or 20240131235959 are dates.
 */
const AUTO_UNIT = `CASE
    WHEN time_text IS NULL THEN NULL
    WHEN n IS NULL THEN ${unitOf('text')}
    WHEN n BETWEEN 19700101 AND 20991231 THEN
      CASE WHEN TRY_STRPTIME(time_text, '%Y%m%d') IS NULL THEN ${unitOf('s')} ELSE ${unitOf('yyyymmdd')} END
    WHEN n BETWEEN 19700101000000 AND 20991231235959 THEN
      CASE WHEN TRY_STRPTIME(time_text, '%Y%m%d%H%M%S') IS NULL THEN ${unitOf('ms')} ELSE ${unitOf('yyyymmddhhmmss')} END
    WHEN ABS(n) < 1e11 THEN ${unitOf('s')}
    WHEN ABS(n) < 1e14 THEN ${unitOf('ms')}
    WHEN ABS(n) < 1e17 THEN ${unitOf('us')}
    ELSE ${unitOf('ns')} END`;

/** Microseconds since 1970. Texts without an offset are of the session's time zone. */
function microseconds(settings: Pick<PrepareSettings, 'timeFormat' | 'timeZone'>): string {
  const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  const local = (format: string): string =>
    `EPOCH_US(TIMEZONE(${quote(settings.timeZone)}, TRY_STRPTIME(time_text, ${quote(format)})))`;
  // The cast does not know a `Z` behind minutes, nor the compact form.
  const iso = `EPOCH_US(COALESCE(TRY_CAST(time_text AS TIMESTAMP WITH TIME ZONE), TRY_STRPTIME(
      REPLACE(time_text, 'Z', '+00'), ['%Y-%m-%dT%H:%M%z', '%Y-%m-%d %H:%M%z', '%Y%m%dT%H%M%S%z', '%a, %d %b %Y %H:%M:%S %Z'])))`;
  return `CASE unit
    WHEN ${unitOf('s')} THEN TRY_CAST(ROUND(n * 1e6) AS BIGINT)
    WHEN ${unitOf('ms')} THEN TRY_CAST(ROUND(n * 1e3) AS BIGINT)
    WHEN ${unitOf('us')} THEN TRY_CAST(ROUND(n) AS BIGINT)
    WHEN ${unitOf('ns')} THEN TRY_CAST(ROUND(n / 1e3) AS BIGINT)
    WHEN ${unitOf('yyyymmdd')} THEN ${local('%Y%m%d')}
    WHEN ${unitOf('yyyymmddhhmmss')} THEN ${local('%Y%m%d%H%M%S')}
    WHEN ${unitOf('text')} THEN ${settings.timeFormat === undefined ? iso : `COALESCE(${local(settings.timeFormat)}, ${iso})`} END`;
}

/** Reads `source` into `rows`: types, names of events, times, and for each row the reason to leave it out, if any. */
export function readRows(
  source: string,
  settings: Pick<PrepareSettings, 'timeUnit' | 'timeFormat' | 'timeZone'>,
  extra: readonly ExtraField[],
): string {
  const unit =
    settings.timeUnit === 'auto'
      ? AUTO_UNIT
      : `CASE WHEN time_text IS NULL THEN NULL WHEN n IS NULL THEN ${unitOf('text')} ELSE ${unitOf(settings.timeUnit)} END`;
  const fields = extra.map(
    (field) => `, ${EXTRA_TYPES[field] === 'DOUBLE' ? number(field) : given(field)} AS ${field}`,
  );
  return `INSERT INTO rows
WITH source AS (${source}),
plain AS (
  SELECT ${SEQ} AS seq, bad, ${given('user_id')} AS user_id, ${given('item_id')} AS item_id, ${given('event')} AS event,
    ${given('timestamp')} AS time_text, ${number('timestamp')} AS n, ${number('value')} AS value, value AS value_text
    ${fields.join('')}
  FROM source
),
named AS (
  SELECT plain.*, names.id AS name, names.kind FROM plain LEFT JOIN names
    ON names.name = REPLACE(REPLACE(LOWER(plain.event), ' ', '_'), '-', '_')
),
united AS (SELECT named.*, ${unit} AS unit FROM named),
timed AS (SELECT united.*, ${microseconds(settings)} AS time FROM united),
judged AS (
  SELECT timed.*, CASE
    WHEN kind = ${IGNORED} THEN 'ignored-event'
    WHEN bad IS NOT NULL THEN bad
    WHEN user_id IS NULL THEN 'missing-user'
    WHEN item_id IS NULL THEN 'missing-item'
    WHEN event IS NULL THEN 'missing-event'
    WHEN kind IS NULL THEN 'unknown-event'
    WHEN time_text IS NOT NULL AND time IS NULL THEN 'bad-time' END AS reason
  FROM timed
)
SELECT seq, user_id, item_id, name,
  CASE WHEN kind = ${kind('purchase')} AND value < 0 THEN ${kind('refund')} ELSE kind END AS kind,
  time, unit, value,
  CASE WHEN value IS NULL AND value_text IS NOT NULL THEN CASE WHEN ${given('value_text')} IS NOT NULL THEN 0 END
    WHEN kind = ${kind('purchase')} AND value < 0 THEN 1 END AS remark,
  reason, CASE WHEN name IS NULL THEN event END AS event,
  CASE WHEN reason IS NOT NULL AND reason <> 'ignored-event'
    THEN SUBSTR(CONCAT_WS(',', user_id, item_id, event, time_text, value_text), 1, 200) END AS text
  ${extra.map((field) => `, ${field === 'price' ? 'CASE WHEN price >= 0 THEN price END AS price' : field}`).join('')}
FROM judged`;
}

/** Reads `item_source` into `item_rows`. */
export function readItemRows(source: string): string {
  return `INSERT INTO item_rows
WITH source AS (${source}),
plain AS (
  SELECT ${SEQ} AS seq, bad, ${given('item_id')} AS item_id, ${given('title')} AS title,
    ${given('category')} AS category, ${given('brand')} AS brand, NULLIF(TRIM(price), '') AS price_text
  FROM source
),
priced AS (SELECT plain.*, ${number('price_text')} AS price FROM plain)
SELECT seq, item_id, title, category, brand, CASE WHEN price >= 0 THEN price END AS price,
  CASE WHEN bad IS NOT NULL THEN bad WHEN item_id IS NULL THEN 'missing-item' END AS reason,
  CASE WHEN price_text IS NOT NULL AND (price IS NULL OR price < 0) THEN 1 ELSE 0 END AS bad_price
FROM priced`;
}

/** Bad rows beside those that were no rows at all; `rows` can go when `events` stands. */
export const GATHER_REJECTS = [
  `INSERT INTO rejects SELECT CAST(${FILE_OF_SEQ} AS INTEGER), ${LINE_OF_SEQ}, reason,
     CASE reason WHEN 'unknown-event' THEN event END, text
   FROM rows WHERE reason IS NOT NULL AND reason <> 'ignored-event'`,
  `INSERT INTO rejects SELECT CAST(${FILE_OF_SEQ} AS INTEGER), ${LINE_OF_SEQ}, reason, item_id, title
   FROM item_rows WHERE reason IS NOT NULL`,
];

/** An id met twice in the catalogue: the first row counts. */
export const MARK_DUPLICATE_ITEMS = `UPDATE item_rows SET reason = 'duplicate-item' WHERE reason IS NULL AND seq NOT IN (
  SELECT MIN(seq) FROM item_rows WHERE reason IS NULL GROUP BY item_id)`;

/** Shoppers by their first row. `untimed`: some of their times are missing, so that only the order of rows counts. */
export const CREATE_USERS = `CREATE TABLE users AS
SELECT CAST(ROW_NUMBER() OVER (ORDER BY MIN(seq)) AS INTEGER) AS u, user_id,
  MAX(CASE WHEN time IS NULL THEN 1 ELSE 0 END) AS untimed
FROM rows WHERE reason IS NULL GROUP BY user_id`;

/**
 * Items: those of the catalogue in its order, then those that only events know, by their first row. What events say of
 * an item (its last title, category, brand, and its median price) fills what the catalogue does not say.
 */
export function createItems(extra: readonly ExtraField[]): string {
  const last = (field: ExtraField): string =>
    extra.includes(field) ? `MAX_BY(${field}, seq) FILTER (WHERE ${field} IS NOT NULL)` : 'CAST(NULL AS VARCHAR)';
  const median = extra.includes('price') ? 'MEDIAN(price) FILTER (WHERE price > 0)' : 'CAST(NULL AS DOUBLE)';
  return `CREATE TABLE items AS
WITH met AS (
  SELECT item_id, MIN(seq) AS first, ${last('title')} AS title, ${last('category')} AS category,
    ${last('brand')} AS brand, ${median} AS price, COUNT(*) AS events
  FROM rows WHERE reason IS NULL GROUP BY item_id
),
listed AS (SELECT seq, item_id, title, category, brand, price FROM item_rows WHERE reason IS NULL)
SELECT CAST(ROW_NUMBER() OVER (ORDER BY CASE WHEN listed.seq IS NULL THEN 1 ELSE 0 END, listed.seq, met.first)
    AS INTEGER) AS i,
  COALESCE(listed.item_id, met.item_id) AS item_id, COALESCE(listed.title, met.title) AS title,
  COALESCE(listed.category, met.category) AS category, COALESCE(listed.brand, met.brand) AS brand,
  COALESCE(listed.price, met.price) AS price, CASE WHEN listed.seq IS NULL THEN 0 ELSE 1 END AS listed,
  COALESCE(met.events, 0) AS events
FROM listed FULL OUTER JOIN met ON met.item_id = listed.item_id`;
}

/**
 * Rows by number, each once. Equal are rows of one shopper, item, kind and value at one time; of one order where the log
 * knows orders (a page of thanks that is loaded again repeats the purchase later). A row without either is never equal.
 */
export function createEvents(duplicates: PrepareSettings['duplicates'], orders: boolean): string {
  const columns = `u, i, kind, value, ${orders ? 'CASE WHEN order_id IS NULL THEN time END' : 'time'} AS moment`;
  const order = orders ? 'order_id' : 'NULL';
  const rows = `SELECT seq, time, ${columns}, ${orders ? 'order_id,' : ''}
    CASE WHEN time IS NULL AND ${order} IS NULL THEN seq END AS alone
  FROM rows JOIN users ON users.user_id = rows.user_id JOIN items ON items.item_id = rows.item_id
  WHERE reason IS NULL`;
  if (duplicates === 'keep') return `CREATE TABLE events AS SELECT seq, u, i, kind, time, value FROM (${rows})`;
  return `CREATE TABLE events AS
SELECT MIN(seq) AS seq, u, i, kind, MIN(time) AS time, value FROM (${rows})
GROUP BY u, i, kind, value, moment, ${orders ? 'order_id, ' : ''}alone`;
}

/** Shoppers who look like programs, each by the first rule that holds. Rows of an order and ratings come in bulk. */
export function createBots(rules: PrepareSettings['botRules']): string {
  const bulk = [kind('purchase'), kind('refund'), kind('rate'), kind('view_item_list')].join(', ');
  return `CREATE TABLE bots AS
WITH minutes AS (
  SELECT u, time // 60000000 AS minute, COUNT(*) AS n FROM events
  WHERE time IS NOT NULL AND seq % 512 = 0 AND kind NOT IN (${bulk}) GROUP BY u, time // 60000000
),
days AS (
  SELECT u, minute // 1440 AS day, SUM(n) AS n, MAX(n) AS fastest, COUNT(DISTINCT minute // 60) AS hours
  FROM minutes GROUP BY u, minute // 1440
),
judged AS (SELECT u, MAX(fastest) AS fastest, MAX(hours) AS hours, MAX(n) AS n FROM days GROUP BY u)
SELECT u, CASE WHEN fastest > ${rules.perMinute} THEN 'per-minute'
  WHEN n > ${rules.perDay} THEN 'per-day' ELSE 'hours-of-day' END AS rule
FROM judged WHERE fastest > ${rules.perMinute} OR n > ${rules.perDay} OR hours > ${rules.hoursOfDay}`;
}

/** The first round of the k-core: everybody, but bots where they are dropped. */
export function startCore(dropBots: boolean): string[] {
  return [
    `CREATE TABLE kept_users AS SELECT u FROM users${dropBots ? ' WHERE u NOT IN (SELECT u FROM bots)' : ''}`,
    'CREATE TABLE kept_items AS SELECT i FROM items',
  ];
}

/** One round: items, then users, that have too few events among what the round before kept. */
export function coreRound(minUserEvents: number, minItemEvents: number): string[] {
  const among = 'events JOIN kept_users ON kept_users.u = events.u JOIN kept_items ON kept_items.i = events.i';
  const round = (table: string, key: string, least: number): string[] => [
    `CREATE TABLE next_round AS SELECT events.${key} FROM ${among} GROUP BY events.${key} HAVING COUNT(*) >= ${least}`,
    `DROP TABLE ${table}`,
    `ALTER TABLE next_round RENAME TO ${table}`,
  ];
  return [
    ...(minItemEvents > 0 ? round('kept_items', 'i', minItemEvents) : []),
    ...(minUserEvents > 0 ? round('kept_users', 'u', minUserEvents) : []),
  ];
}

/**
 * The log: every shopper's rows in order (by time, ties by row; by row alone where a time is missing), with the number
 * of the session in the shopper's history, from 0.
 */
export function createLog(sessionMinutes: number): string {
  return `CREATE TABLE log AS
WITH ordered AS (
  SELECT events.*, untimed, CASE WHEN untimed = 1 THEN 0 ELSE time END AS place
  FROM events JOIN users ON users.u = events.u
    JOIN kept_users ON kept_users.u = events.u JOIN kept_items ON kept_items.i = events.i
),
gaps AS (
  SELECT ordered.*, CASE WHEN place - LAG(place) OVER (PARTITION BY u ORDER BY place, seq)
    > ${Math.round(sessionMinutes * 60e6)} THEN 1 ELSE 0 END AS fresh
  FROM ordered
)
SELECT u, i, kind, time, value, place, seq, CASE WHEN untimed = 0 THEN
  SUM(fresh) OVER (PARTITION BY u ORDER BY place, seq ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) END AS session
FROM gaps`;
}
