import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { HomebodyError } from '../../domain';
import { Database, literal } from '../duckdb';
import { countInput, countResult } from './gather';
import { type PrepareReport, reportMarkdown } from './report';
import type { PrepareSettings } from './settings';
import { Stages } from './stages';

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
    const stages = new Stages(database, work, settings, run);
    const sources = await stages.load();
    await stages.number();
    const input = await countInput(database, settings, sources, run.now);
    await stages.forgetRows();
    const core = await stages.core();
    const report = await countResult(database, settings, input, core);
    if (report.result.events === 0) throw nothingLeft(report);
    const result = join(work, 'result');
    await mkdir(result);
    await stages.write(result);
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
  // Tables live for minutes: to look for the best compression of each costs more time than it saves.
  await database.run("SET force_compression = 'uncompressed'");
  return database;
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
