import { EVENT_NAMES } from '../../domain';
import type { Database } from '../duckdb';
import type { Planned } from './load';
import type { Loss, PrepareReport } from './report';
import type { PrepareSettings } from './settings';
import { FILE_OF_SEQ, IGNORED, REMARKS, UNITS } from './sql';
import type { Sources } from './stages';

/** Names of events that the report lists. */
const MOST_NAMES = 100;
const YEAR_1990 = Date.UTC(1990, 0, 1) * 1000;
const DAY = 86_400_000;

type Input = Omit<PrepareReport, 'dropped' | 'from' | 'to' | 'bots' | 'core' | 'result' | 'seconds'> & {
  ignored: number;
  revenue: number | null;
};

/** What the files held, while `rows` is there. @param now Unix ms */
export async function countInput(
  database: Database,
  settings: PrepareSettings,
  sources: Sources,
  now: number,
): Promise<Input> {
  const { out: _, ...told } = settings;
  const paths = new Map([...sources.events, ...sources.items].map((one) => [one.file.number, one.path]));
  const losses = await database.all<LossRow>(
    'SELECT file, reason, COUNT(*) AS n, MIN(line) AS first FROM rejects GROUP BY file, reason ORDER BY file, reason',
  );
  const good = await database.all<{ file: number; n: number; ignored: number }>(
    `SELECT ${FILE_OF_SEQ} AS file, COUNT(*) FILTER (WHERE reason IS NULL) AS n,
       COUNT(*) FILTER (WHERE reason = 'ignored-event') AS ignored FROM rows GROUP BY 1
     UNION ALL SELECT ${FILE_OF_SEQ}, COUNT(*) FILTER (WHERE reason IS NULL), 0 FROM item_rows GROUP BY 1`,
  );
  const eventFiles = new Set(sources.events.map((one) => one.file.number));
  const describe = (one: Planned): PrepareReport['files'][number] => {
    const { path, bytes, shape, columns, damaged, file } = one;
    const mine = good.find((row) => row.file === file.number);
    const lost = losses.filter((row) => row.file === file.number && row.reason !== 'damaged-file');
    const kept = mine?.n ?? 0;
    return {
      ...{ path, bytes, shape, columns, kind: eventFiles.has(file.number) ? 'events' : 'items', kept },
      rows: kept + (mine?.ignored ?? 0) + lost.reduce((sum, row) => sum + row.n, 0),
      ...(damaged === undefined ? {} : { damaged }),
    };
  };
  const files = [...sources.events, ...sources.items].map(describe);
  const sum = (kind: 'events' | 'items', of: 'rows' | 'kept'): number =>
    files.filter((file) => file.kind === kind).reduce((total, file) => total + file[of], 0);
  const lossesOf = (events: boolean): Loss[] =>
    combine(
      losses.filter((row) => eventFiles.has(row.file) === events),
      paths,
    );
  const { badPrices } = await database.one<{ badPrices: number }>(
    'SELECT COALESCE(SUM(bad_price), 0) AS badPrices FROM item_rows WHERE reason IS NULL',
  );
  const ordered = sources.events.some((one) => one.columns.order_id !== undefined);
  const revenue = sources.events.some((one) => one.columns.revenue !== undefined)
    ? await database.one<{ sum: number | null }>(
        `SELECT SUM(revenue) AS sum FROM (SELECT MAX(revenue) AS revenue FROM rows WHERE reason IS NULL
           GROUP BY user_id, ${ordered ? 'COALESCE(order_id, CAST(seq AS VARCHAR))' : 'seq'}) AS orders`,
      )
    : undefined;
  return {
    homebody: 'prepare',
    format: 1,
    settings: told,
    files,
    rows: sum('events', 'rows'),
    rejected: lossesOf(true),
    remarks: await remarks(database, now),
    names: await names(database),
    timeUnits: await units(database),
    catalogue: { rows: sum('items', 'rows'), kept: sum('items', 'kept'), rejected: lossesOf(false), badPrices },
    ignored: good.reduce((total, row) => total + row.ignored, 0),
    revenue: revenue?.sum ?? null,
  };
}

/** The whole report, once `log` stands. */
export async function countResult(
  database: Database,
  settings: PrepareSettings,
  input: Input,
  core: PrepareReport['core'],
): Promise<PrepareReport> {
  const { ignored, revenue, ...rest } = input;
  const kept = rest.files.reduce((sum, file) => sum + (file.kind === 'events' ? file.kept : 0), 0);
  const { events, bots } = await database.one<{ events: number; bots: number }>(
    `SELECT (SELECT COUNT(*) FROM events) AS events,
       ${settings.bots === 'drop' ? '(SELECT COUNT(*) FROM events WHERE u IN (SELECT u FROM bots))' : '0'} AS bots`,
  );
  const { first, last, ...counts } = await database.one<{
    events: number;
    users: number;
    first: number | null;
    last: number | null;
  }>('SELECT COUNT(*) AS events, COUNT(DISTINCT u) AS users, MIN(time) AS first, MAX(time) AS last FROM log');
  return {
    ...rest,
    dropped: { ignored, duplicates: kept - events, bots, core: events - bots - counts.events },
    from: iso(first),
    to: iso(last),
    bots: await botsByRule(database, settings),
    core,
    result: { ...counts, ...(await itemCounts(database, settings)), ...(await userCounts(database)), revenue },
    seconds: 0,
  };
}

interface LossRow extends Record<string, string | number> {
  file: number;
  reason: string;
  n: number;
  first: number;
}

function combine(rows: readonly LossRow[], paths: ReadonlyMap<number, string>): Loss[] {
  const losses = new Map<string, Loss>();
  for (const { file, reason, n, first } of rows) {
    const known = losses.get(reason);
    if (known) known.rows += n;
    else losses.set(reason, { reason, rows: n, file: paths.get(file) ?? '', line: first });
  }
  return [...losses.values()].sort((a, b) => b.rows - a.rows);
}

function iso(microseconds: number | null): string | null {
  const date = new Date((microseconds ?? Number.NaN) / 1000);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

async function remarks(database: Database, now: number): Promise<Record<string, number>> {
  const rows = await database.all<{ remark: number; n: number }>(
    'SELECT remark, COUNT(*) AS n FROM rows WHERE reason IS NULL AND remark IS NOT NULL GROUP BY remark ORDER BY remark',
  );
  const odd = await database.one<{ old: number; future: number }>(
    `SELECT COUNT(*) FILTER (WHERE time < ${YEAR_1990}) AS old,
       COUNT(*) FILTER (WHERE time > ${Math.round(now + DAY) * 1000}) AS future FROM rows WHERE reason IS NULL`,
  );
  return {
    ...Object.fromEntries(rows.map((row) => [REMARKS[row.remark]!, row.n])),
    ...(odd.old > 0 ? { 'old-time': odd.old } : {}),
    ...(odd.future > 0 ? { 'future-time': odd.future } : {}),
  };
}

async function names(database: Database): Promise<PrepareReport['names']> {
  const rows = await database.all<{ name: string; kind: number | null; n: number }>(
    `SELECT COALESCE(names.name, event) AS name, names.kind AS kind, CAST(SUM(n) AS BIGINT) AS n
     FROM (SELECT name, event, COUNT(*) AS n FROM rows GROUP BY name, event) AS met LEFT JOIN names ON names.id = met.name
     WHERE COALESCE(names.name, event) IS NOT NULL GROUP BY 1, 2 ORDER BY n DESC, 1 LIMIT ${MOST_NAMES}`,
  );
  return rows.map(({ name, kind, n }) => {
    if (kind === null) return { name, event: null, rows: n };
    return { name, event: kind === IGNORED ? 'ignore' : EVENT_NAMES[kind]!, rows: n };
  });
}

async function units(database: Database): Promise<Record<string, number>> {
  const rows = await database.all<{ unit: number; n: number }>(
    'SELECT unit, COUNT(*) AS n FROM rows WHERE reason IS NULL AND unit IS NOT NULL GROUP BY unit ORDER BY n DESC',
  );
  return Object.fromEntries(rows.map((row) => [UNITS[row.unit]!, row.n]));
}

async function botsByRule(database: Database, settings: PrepareSettings): Promise<PrepareReport['bots']> {
  if (settings.bots === 'ignore') return [];
  return database.all(
    `SELECT rule, COUNT(*) AS users, CAST(SUM(n) AS BIGINT) AS events FROM bots
       JOIN (SELECT u, COUNT(*) AS n FROM events GROUP BY u) AS per ON per.u = bots.u GROUP BY rule ORDER BY rule`,
  );
}

type Items =
  | 'items'
  | 'itemsWithoutEvents'
  | 'itemsWithoutTitle'
  | 'itemsWithoutPrice'
  | 'unlistedItems'
  | 'unlistedEvents';

async function itemCounts(database: Database, settings: PrepareSettings): Promise<Record<Items, number>> {
  const listed = settings.items.length > 0;
  return database.one<Record<Items, number>>(
    `SELECT COUNT(*) AS items, COUNT(*) FILTER (WHERE n IS NULL) AS "itemsWithoutEvents",
       COUNT(*) FILTER (WHERE title IS NULL) AS "itemsWithoutTitle",
       COUNT(*) FILTER (WHERE price IS NULL) AS "itemsWithoutPrice",
       ${listed ? 'COUNT(*) FILTER (WHERE listed = 0 AND n > 0)' : '0'} AS "unlistedItems",
       ${listed ? 'CAST(COALESCE(SUM(n) FILTER (WHERE listed = 0), 0) AS BIGINT)' : '0'} AS "unlistedEvents"
     FROM items LEFT JOIN (SELECT i, COUNT(*) AS n FROM log GROUP BY i) AS per ON per.i = items.i
     ${settings.minItemEvents > 0 ? 'WHERE items.i IN (SELECT i FROM kept_items)' : ''}`,
  );
}

async function userCounts(
  database: Database,
): Promise<Pick<PrepareReport['result'], 'sessions' | 'oneEventUsers' | 'untimedUsers'>> {
  return database.one<{ sessions: number; oneEventUsers: number; untimedUsers: number }>(
    `SELECT CAST(COALESCE(SUM(sessions), 0) AS BIGINT) AS sessions, COUNT(*) FILTER (WHERE n = 1) AS "oneEventUsers",
       COUNT(*) FILTER (WHERE sessions IS NULL) AS "untimedUsers"
     FROM (SELECT u, COUNT(*) AS n, MAX(session) + 1 AS sessions FROM log GROUP BY u) AS per`,
  );
}
