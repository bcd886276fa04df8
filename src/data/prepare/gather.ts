import { EVENT_NAMES } from '../../domain';
import type { Database } from '../duckdb';
import type { Planned } from './load';
import type { Sources } from './prepare';
import type { Loss, PrepareReport } from './report';
import type { PrepareSettings } from './settings';
import { FILE_OF_SEQ, IGNORED, LINE_OF_SEQ } from './sql';

/** Names of events that the report lists. */
const MOST_NAMES = 100;
const YEAR_1990 = Date.UTC(1990, 0, 1) * 1000;
const DAY = 86_400_000;

/** Counts what became of the rows. */
export async function gather(
  database: Database,
  settings: PrepareSettings,
  sources: Sources,
  core: PrepareReport['core'],
  now: number,
): Promise<PrepareReport> {
  const { out: _, ...told } = settings;
  const eventFiles = new Set(sources.events.map((one) => one.file.number));
  const paths = new Map([...sources.events, ...sources.items].map((one) => [one.file.number, one.path]));
  const losses = await database.all<{ file: number; reason: string; n: number; first: number }>(
    `SELECT file, reason, COUNT(*) AS n, MIN(line) AS first FROM (
       SELECT file, line, reason FROM rejects
       UNION ALL SELECT ${FILE_OF_SEQ}, ${LINE_OF_SEQ}, reason FROM rows WHERE reason IS NOT NULL AND reason <> 'ignored-event'
       UNION ALL SELECT ${FILE_OF_SEQ}, ${LINE_OF_SEQ}, reason FROM item_rows WHERE reason IS NOT NULL
     ) AS r (file, line, reason) GROUP BY file, reason ORDER BY file, reason`,
  );
  const good = await database.all<{ file: number; n: number; ignored: number }>(
    `SELECT ${FILE_OF_SEQ} AS file, COUNT(*) FILTER (WHERE reason IS NULL) AS n,
       COUNT(*) FILTER (WHERE reason = 'ignored-event') AS ignored FROM rows GROUP BY 1
     UNION ALL SELECT ${FILE_OF_SEQ}, COUNT(*) FILTER (WHERE reason IS NULL), 0 FROM item_rows GROUP BY 1`,
  );
  const describe = (one: Planned): PrepareReport['files'][number] => {
    const { path, bytes, shape, columns, damaged, file } = one;
    const mine = good.find((row) => row.file === file.number);
    const lost = losses.filter((row) => row.file === file.number).reduce((sum, row) => sum + row.n, 0);
    const kept = mine?.n ?? 0;
    return {
      ...{ path, bytes, shape, columns, kind: eventFiles.has(file.number) ? 'events' : 'items' },
      ...{ rows: kept + lost + (mine?.ignored ?? 0), kept },
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
  const counts = await database.one<{ events: number; users: number }>(
    'SELECT COUNT(*) AS events, COUNT(DISTINCT u) AS users FROM log',
  );
  return {
    homebody: 'prepare',
    format: 1,
    settings: told,
    files,
    rows: sum('events', 'rows'),
    rejected: lossesOf(true),
    dropped: await dropped(
      database,
      settings,
      good.reduce((total, row) => total + row.ignored, 0),
      sum('events', 'kept'),
    ),
    remarks: await remarks(database, now),
    names: await names(database),
    ...(await times(database)),
    bots: await bots(database, settings),
    core,
    catalogue: {
      rows: sum('items', 'rows'),
      kept: sum('items', 'kept'),
      rejected: lossesOf(false),
      badPrices: (
        await database.one<{ n: number }>('SELECT COALESCE(SUM(bad_price), 0) AS n FROM item_rows WHERE reason IS NULL')
      ).n,
    },
    result: { ...counts, ...(await result(database, settings)) },
    seconds: 0,
  };
}

function combine(
  rows: readonly { file: number; reason: string; n: number; first: number }[],
  paths: Map<number, string>,
): Loss[] {
  const losses = new Map<string, Loss>();
  for (const { file, reason, n, first } of rows) {
    const known = losses.get(reason);
    if (known) known.rows += n;
    else losses.set(reason, { reason, rows: n, file: paths.get(file) ?? '', line: first });
  }
  return [...losses.values()].sort((a, b) => b.rows - a.rows);
}

async function dropped(
  database: Database,
  settings: PrepareSettings,
  ignored: number,
  kept: number,
): Promise<PrepareReport['dropped']> {
  const row = await database.one<{ events: number; bots: number; log: number }>(
    `SELECT (SELECT COUNT(*) FROM events) AS events, (SELECT COUNT(*) FROM log) AS log,
       ${settings.bots === 'drop' ? '(SELECT COUNT(*) FROM events WHERE u IN (SELECT u FROM bots))' : '0'} AS bots`,
  );
  return { ignored, duplicates: kept - row.events, bots: row.bots, core: row.events - row.bots - row.log };
}

async function remarks(database: Database, now: number): Promise<Record<string, number>> {
  const rows = await database.all<{ remark: string; n: number }>(
    `SELECT remark, COUNT(*) AS n FROM rows WHERE reason IS NULL AND remark IS NOT NULL GROUP BY remark
     UNION ALL SELECT 'old-time', COUNT(*) FROM rows WHERE reason IS NULL AND time < ${YEAR_1990}
     UNION ALL SELECT 'future-time', COUNT(*) FROM rows WHERE reason IS NULL AND time > ${Math.round(now + DAY) * 1000}`,
  );
  return Object.fromEntries(rows.filter((row) => row.n > 0).map((row) => [row.remark, row.n]));
}

async function names(database: Database): Promise<PrepareReport['names']> {
  const rows = await database.all<{ event: string | null; kind: number | null; n: number }>(
    `SELECT event, kind, COUNT(*) AS n FROM rows GROUP BY event, kind ORDER BY n DESC, event LIMIT ${MOST_NAMES}`,
  );
  const nameOf = (kind: number | null) => (kind === null || kind === IGNORED ? null : EVENT_NAMES[kind]!);
  return rows
    .filter((row) => row.event !== null || row.kind !== null)
    .map((row) => ({
      name: row.event,
      event: nameOf(row.kind),
      rows: row.n,
      ...(row.kind === IGNORED ? { ignored: true } : {}),
    }));
}

async function times(database: Database): Promise<Pick<PrepareReport, 'timeUnits' | 'from' | 'to'>> {
  const rows = await database.all<{ unit: string; n: number }>(
    'SELECT unit, COUNT(*) AS n FROM rows WHERE reason IS NULL AND unit IS NOT NULL GROUP BY unit ORDER BY n DESC',
  );
  const { first, last } = await database.one<{ first: number | null; last: number | null }>(
    'SELECT MIN(time) AS first, MAX(time) AS last FROM log',
  );
  const iso = (time: number | null): string | null => {
    const date = new Date((time ?? Number.NaN) / 1000);
    return Number.isNaN(date.getTime()) ? null : date.toISOString();
  };
  return { timeUnits: Object.fromEntries(rows.map((row) => [row.unit, row.n])), from: iso(first), to: iso(last) };
}

async function bots(database: Database, settings: PrepareSettings): Promise<PrepareReport['bots']> {
  if (settings.bots === 'ignore') return [];
  return database.all(
    `SELECT rule, COUNT(*) AS users, CAST(SUM(n) AS BIGINT) AS events FROM bots
       JOIN (SELECT u, COUNT(*) AS n FROM events GROUP BY u) AS per ON per.u = bots.u GROUP BY rule ORDER BY rule`,
  );
}

async function result(
  database: Database,
  settings: PrepareSettings,
): Promise<Omit<PrepareReport['result'], 'events' | 'users'>> {
  const core = settings.minItemEvents > 0;
  const items = await database.one<
    Record<'items' | 'itemsWithoutEvents' | 'itemsWithoutTitle' | 'itemsWithoutPrice' | 'unlistedItems', number>
  >(
    `SELECT COUNT(*) AS items, COUNT(*) FILTER (WHERE events = 0) AS itemsWithoutEvents,
       COUNT(*) FILTER (WHERE title IS NULL) AS itemsWithoutTitle, COUNT(*) FILTER (WHERE price IS NULL) AS itemsWithoutPrice,
       ${settings.items.length > 0 ? 'COUNT(*) FILTER (WHERE listed = 0)' : '0'} AS unlistedItems
     FROM items ${core ? 'WHERE i IN (SELECT i FROM kept_items)' : ''}`,
  );
  const rest = await database.one<{ sessions: number; oneEventUsers: number; untimedUsers: number }>(
    `SELECT COALESCE(SUM(sessions), 0) AS sessions, COUNT(*) FILTER (WHERE n = 1) AS oneEventUsers,
       COUNT(*) FILTER (WHERE sessions IS NULL) AS untimedUsers
     FROM (SELECT u, COUNT(*) AS n, MAX(session) + 1 AS sessions FROM log GROUP BY u) AS per`,
  );
  const unlisted = await database.one<{ n: number }>(
    settings.items.length > 0
      ? 'SELECT COUNT(*) AS n FROM log WHERE i IN (SELECT i FROM items WHERE listed = 0)'
      : 'SELECT 0 AS n',
  );
  const { revenue } = await database.one<{ revenue: number | null }>(
    'SELECT SUM(revenue) AS revenue FROM rows WHERE reason IS NULL',
  );
  return { ...items, ...rest, unlistedEvents: unlisted.n, revenue };
}
