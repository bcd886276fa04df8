import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { EVENT_NAMES, HomebodyError } from '../../domain';
import { Database, literal } from '../duckdb';
import { findFiles, type SourceFile } from './files';
import { gather } from './gather';
import { Loader, type Planned, planFiles } from './load';
import { type PrepareReport, reportMarkdown } from './report';
import { KNOWN_EVENTS, OTHER_EVENTS, OTHER_GA4_EVENTS, type PrepareSettings } from './settings';
import * as sql from './sql';
import { fileName, writeEvents, writeItems, writeRejects } from './write-sql';

export interface PrepareRun {
  signal?: AbortSignal;
  /** Told how far a phase is. */
  onProgress?: (phase: string, done: number, total: number) => void;
  /** Unix ms; to tell times that lie in the future. */
  now: number;
}

/** Names of everything that a prepared folder holds. */
const WRITTEN = /^(events|items)\.(csv\.gz|parquet)$|^rejects\.csv\.gz$|^report\.(json|md)$/;

/**
 * Makes a log that `train` and `evaluate` read out of a shop's files, in bounded memory: rows are typed, named, checked,
 * freed of duplicates, ordered and given sessions in DuckDB, whose database and overflow lie beside `out` meanwhile.
 * `out` appears when all is done, or not at all.
 * @throws HomebodyError `invalid-input` (files, columns, nothing left, `out` holds something else), `dependency-missing`,
 * `aborted`
 */
export async function prepare(settings: PrepareSettings, run: PrepareRun): Promise<PrepareReport> {
  const started = performance.now();
  const out = resolve(settings.out);
  await checkOut(out);
  await mkdir(dirname(out), { recursive: true });
  const work = await mkdtemp(join(dirname(out), `.${basename(out)}-`));
  let database: Database | undefined;
  try {
    database = await openDatabase(work, settings, run.signal);
    const sources = await load(database, work, settings, run);
    const core = await refine(database, settings, run);
    const report = await gather(database, settings, sources, core, run.now);
    if (report.result.events === 0) throw nothingLeft(report);
    const result = join(work, 'result');
    await mkdir(result);
    await write(database, result, settings, run);
    report.seconds = Math.round((performance.now() - started) / 100) / 10;
    await writeFile(join(result, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
    await writeFile(join(result, 'report.md'), reportMarkdown(report));
    if (run.signal?.aborted) throw new HomebodyError('aborted', 'Interrupted.');
    await publish(result, out, work);
    return report;
  } finally {
    database?.dispose();
    await rm(work, { recursive: true, force: true });
  }
}

async function openDatabase(work: string, settings: PrepareSettings, signal?: AbortSignal): Promise<Database> {
  const database = await Database.open({
    path: join(work, 'log.duckdb'),
    spill: join(work, 'spill'),
    memory: settings.memory,
    ...(settings.threads ? { threads: settings.threads } : {}),
    ...(signal ? { signal } : {}),
  });
  try {
    await database.run(`SET TimeZone = ${literal(settings.timeZone)}`);
  } catch (cause) {
    database.dispose();
    if (cause instanceof HomebodyError) throw cause;
    throw new HomebodyError('invalid-input', `There is no time zone ${settings.timeZone}.`, {
      cause,
      remedy: 'Name it as in the IANA list, for example Europe/Berlin.',
    });
  }
  // Rows carry their own order; keeping DuckDB's would cost memory.
  await database.run('SET preserve_insertion_order = false');
  return database;
}

export interface Sources {
  events: Planned[];
  items: Planned[];
}

async function load(database: Database, work: string, settings: PrepareSettings, run: PrepareRun): Promise<Sources> {
  const files = await findFiles(database, settings.events);
  const itemFiles = settings.items.length > 0 ? await findFiles(database, settings.items, files.length) : [];
  const sources = {
    events: await planFiles(database, files, 'events', settings, run.signal),
    items: itemFiles.length > 0 ? await planFiles(database, itemFiles, 'items', settings, run.signal) : [],
  };
  for (const statement of sql.CREATE_TABLES) await database.run(statement);
  await insert(
    database,
    'files',
    [...files, ...itemFiles].map((file: SourceFile) => `(${file.number}, ${literal(file.path)})`),
  );
  const ga4 = sources.events.some((one) => one.shape === 'ga4');
  await insert(
    database,
    'names',
    [...namesOf(settings, ga4)].map(([name, kind]) => `(${literal(name)}, ${kind})`),
  );
  const loader = new Loader(database, work, settings, run.signal);
  const total = [...files, ...itemFiles].reduce((sum, file) => sum + file.bytes, 0);
  let before = 0;
  try {
    for (const one of [...sources.events, ...sources.items]) {
      await loader.load(one, sources.items.includes(one), (read) => run.onProgress?.('Reading', before + read, total));
      before += one.bytes;
      run.onProgress?.('Reading', before, total);
    }
    await loader.finish();
  } finally {
    await loader.dispose();
  }
  return sources;
}

/** Each name in lower case with the number of its event; what the settings say goes before what is usual. */
function namesOf(settings: PrepareSettings, ga4: boolean): Map<string, number> {
  const names = new Map<string, number>();
  for (const name of OTHER_EVENTS) names.set(name, sql.IGNORED);
  for (const [name, event] of Object.entries(KNOWN_EVENTS)) names.set(name, EVENT_NAMES.indexOf(event));
  for (const [kind, name] of EVENT_NAMES.entries()) names.set(name, kind);
  if (ga4) for (const name of OTHER_GA4_EVENTS) names.set(name, sql.IGNORED);
  for (const [name, event] of Object.entries(settings.eventNames)) {
    names.set(name.trim().toLowerCase(), event === 'ignore' ? sql.IGNORED : EVENT_NAMES.indexOf(event));
  }
  return names;
}

async function insert(database: Database, table: string, values: string[]): Promise<void> {
  for (let from = 0; from < values.length; from += 1000) {
    await database.run(`INSERT INTO ${table} VALUES ${values.slice(from, from + 1000).join(', ')}`);
  }
}

/** From rows to the log. @returns users and items that each round of the k-core left */
async function refine(database: Database, settings: PrepareSettings, run: PrepareRun): Promise<PrepareReport['core']> {
  const step = (phase: string, statement: string): Promise<void> => {
    run.onProgress?.(phase, 0, 100);
    return database.run(statement, (share) => run.onProgress?.(phase, Math.round(share * 100), 100));
  };
  await step('Items', sql.MARK_DUPLICATE_ITEMS);
  await step('Users', sql.CREATE_USERS);
  await step('Items', sql.CREATE_ITEMS);
  const { orders } = await database.one<{ orders: number }>(
    'SELECT COUNT(order_id) AS orders FROM rows WHERE reason IS NULL',
  );
  await step('Duplicates', sql.createEvents(settings.duplicates, orders > 0));
  if (settings.bots !== 'ignore') await step('Bots', sql.createBots(settings.botRules));
  for (const statement of sql.startCore(settings.bots === 'drop')) await database.run(statement);
  const rounds = await core(database, settings, step);
  await step('Sessions', sql.createLog(settings.sessionMinutes));
  return rounds;
}

/** Rounds until one changes nothing. */
async function core(
  database: Database,
  settings: PrepareSettings,
  step: (phase: string, statement: string) => Promise<void>,
): Promise<PrepareReport['core']> {
  const rounds: PrepareReport['core'] = [];
  const { minUserEvents, minItemEvents } = settings;
  if (minUserEvents === 0 && minItemEvents === 0) return rounds;
  const count = (): Promise<{ users: number; items: number }> =>
    database.one('SELECT (SELECT COUNT(*) FROM kept_users) AS users, (SELECT COUNT(*) FROM kept_items) AS items');
  for (let before = await count(); ; ) {
    for (const statement of sql.coreRound(minUserEvents, minItemEvents))
      await step(`k-core ${rounds.length + 1}`, statement);
    const after = await count();
    if (rounds.length > 0 && after.users === before.users && after.items === before.items) return rounds;
    rounds.push(after);
    before = after;
  }
}

async function write(database: Database, folder: string, settings: PrepareSettings, run: PrepareRun): Promise<void> {
  const { to } = settings;
  const step = (phase: string, statement: string): Promise<void> => {
    run.onProgress?.(phase, 0, 100);
    return database.run(statement, (share) => run.onProgress?.(phase, Math.round(share * 100), 100));
  };
  await database.run('SET preserve_insertion_order = true');
  await step('Writing', writeEvents(join(folder, fileName('events', to)), to, settings.bots !== 'ignore'));
  await step('Writing items', writeItems(join(folder, fileName('items', to)), to, settings.minItemEvents > 0));
  await step('Writing rejects', writeRejects(join(folder, 'rejects.csv.gz')));
}

/** Refuses to replace anything that an earlier run did not write. */
async function checkOut(out: string): Promise<void> {
  const names = await readdir(out).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new HomebodyError('invalid-input', `${out} is no folder.`, { cause: error, remedy: 'Give --out a folder.' });
  });
  if (!names || names.length === 0) return;
  const report = await readFile(join(out, 'report.json'), 'utf8').catch(() => '');
  if (report.includes('"homebody": "prepare"') && names.every((name) => WRITTEN.test(name))) return;
  throw new HomebodyError('invalid-input', `${out} holds files that prepare did not write.`, {
    remedy: 'Give --out a new folder, or empty this one.',
  });
}

async function publish(result: string, out: string, work: string): Promise<void> {
  await rename(out, join(work, 'before')).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(result, out);
}

function nothingLeft(report: PrepareReport): HomebodyError {
  const why = report.rejected.map((loss) => `${loss.rows} ${loss.reason} (first: ${loss.file}, line ${loss.line})`);
  const { ignored, bots, core } = report.dropped;
  if (ignored > 0) why.push(`${ignored} of events that tell of no item`);
  if (bots > 0) why.push(`${bots} of bot-like users`);
  if (core > 0) why.push(`${core} outside the k-core`);
  return new HomebodyError(
    'invalid-input',
    `No row is left of ${report.rows}: ${why.join(', ') || 'the files are empty'}.`,
    {
      remedy: 'Check --columns, --event-names, --time-unit and --time-format against a line of the file.',
    },
  );
}
