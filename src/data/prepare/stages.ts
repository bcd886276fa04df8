import { join } from 'node:path';
import { EVENT_NAMES } from '../../domain';
import { type Database, literal } from '../duckdb';
import { findFiles } from './files';
import { Loader, type Planned, planFiles } from './load';
import type { PrepareRun } from './prepare';
import type { PrepareReport } from './report';
import { KNOWN_EVENTS, OTHER_EVENTS, OTHER_GA4_EVENTS, type PrepareSettings } from './settings';
import * as sql from './sql';
import { fileName, writeEvents, writeItems, writeRejects } from './write-sql';

export interface Sources {
  events: Planned[];
  items: Planned[];
}

/** Runs the statements of sql.ts one after the other, telling how far each is. */
export class Stages {
  private extra: sql.ExtraField[] = [];
  constructor(
    private readonly database: Database,
    private readonly folder: string,
    private readonly settings: PrepareSettings,
    private readonly progress: PrepareRun,
  ) {}

  /** Files → `rows`, `item_rows`, `rejects`. */
  async load(): Promise<Sources> {
    const { database, settings } = this;
    const { signal } = this.progress;
    const files = await findFiles(database, settings.events);
    const itemFiles = settings.items.length > 0 ? await findFiles(database, settings.items, files.length) : [];
    const sources = {
      events: await planFiles(database, files, 'events', settings, signal),
      items: itemFiles.length > 0 ? await planFiles(database, itemFiles, 'items', settings, signal) : [],
    };
    const ga4 = sources.events.some((one) => one.shape === 'ga4');
    this.extra = sql.EXTRA_FIELDS.filter((field) =>
      sources.events.some((one) => one.columns[field] !== undefined || (ga4 && field !== 'order_id')),
    );
    for (const statement of sql.createTables(this.extra)) await database.run(statement);
    const paths = [...files, ...itemFiles].map((file) => `(${file.number}, ${literal(file.path)})`);
    await this.insert('files', paths);
    const names = [...namesOf(settings, ga4)].map(([name, kind], id) => `(${id}, ${literal(name)}, ${kind})`);
    await this.insert('names', names);
    const loader = new Loader(database, this.folder, settings, this.extra, signal);
    const total = [...files, ...itemFiles].reduce((sum, file) => sum + file.bytes, 0);
    let before = 0;
    try {
      for (const one of [...sources.events, ...sources.items]) {
        const tell = (read: number): void => this.progress.onProgress?.('Reading', before + read, total);
        await loader.load(one, sources.items.includes(one), tell);
        before += one.bytes;
        tell(0);
      }
      await loader.finish();
    } finally {
      await loader.dispose();
    }
    return sources;
  }

  /** `rows` → `users`, `items`, `events`. */
  async number(): Promise<void> {
    await this.step('Items', sql.MARK_DUPLICATE_ITEMS);
    for (const statement of sql.GATHER_REJECTS) await this.step('Rejects', statement);
    await this.step('Users', sql.CREATE_USERS);
    await this.step('Items', sql.createItems(this.extra));
    await this.step('Duplicates', sql.createEvents(this.settings.duplicates, this.extra.includes('order_id')));
  }

  /** The largest table, which nothing after this reads: its disk is used again. */
  async forgetRows(): Promise<void> {
    await this.database.run('DROP TABLE rows');
    await this.database.run('DROP TABLE item_rows');
  }

  /** `events` → `bots`, `kept_users`, `kept_items`, `log`. @returns what each round of the k-core left */
  async core(): Promise<PrepareReport['core']> {
    const { settings } = this;
    if (settings.bots !== 'ignore') await this.step('Bots', sql.createBots(settings.botRules));
    for (const statement of sql.startCore(settings.bots === 'drop')) await this.database.run(statement);
    const rounds = await this.rounds();
    await this.step('Sessions', sql.createLog(settings.sessionMinutes));
    return rounds;
  }

  /** Writes the three files of data into `folder`. */
  async write(folder: string): Promise<void> {
    const { to, bots, minItemEvents } = this.settings;
    await this.database.run('SET preserve_insertion_order = true');
    await this.step('Writing', writeEvents(join(folder, fileName('events', to)), to, bots !== 'ignore'));
    await this.step('Writing items', writeItems(join(folder, fileName('items', to)), to, minItemEvents > 0));
    await this.step('Writing rejects', writeRejects(join(folder, 'rejects.csv.gz')));
  }

  /** Rounds of the k-core until one changes nothing. */
  private async rounds(): Promise<PrepareReport['core']> {
    const rounds: PrepareReport['core'] = [];
    const { minUserEvents, minItemEvents } = this.settings;
    if (minUserEvents === 0 && minItemEvents === 0) return rounds;
    const count = (): Promise<{ users: number; items: number }> =>
      this.database.one(
        'SELECT (SELECT COUNT(*) FROM kept_users) AS users, (SELECT COUNT(*) FROM kept_items) AS items',
      );
    for (let before = await count(); ; ) {
      for (const statement of sql.coreRound(minUserEvents, minItemEvents)) {
        await this.step(`k-core ${rounds.length + 1}`, statement);
      }
      const after = await count();
      if (rounds.length > 0 && after.users === before.users && after.items === before.items) return rounds;
      rounds.push(after);
      before = after;
    }
  }

  private async step(phase: string, statement: string): Promise<void> {
    this.progress.onProgress?.(phase, 0, 100);
    await this.database.run(statement, (share) => this.progress.onProgress?.(phase, Math.round(share * 100), 100));
    this.progress.onProgress?.(phase, 100, 100);
  }

  private async insert(table: string, values: string[]): Promise<void> {
    for (let from = 0; from < values.length; from += 1000) {
      await this.database.run(`INSERT INTO ${table} VALUES ${values.slice(from, from + 1000).join(', ')}`);
    }
  }
}

/** Each name in lower case, with `_` for spaces and hyphens as sql.ts looks it up, and the number of its event; what the settings say goes before what is usual. */
function namesOf(settings: PrepareSettings, ga4: boolean): Map<string, number> {
  const names = new Map<string, number>();
  for (const name of OTHER_EVENTS) names.set(name, sql.IGNORED);
  for (const [name, event] of Object.entries(KNOWN_EVENTS)) names.set(name, EVENT_NAMES.indexOf(event));
  for (const [kind, name] of EVENT_NAMES.entries()) names.set(name, kind);
  if (ga4) for (const name of OTHER_GA4_EVENTS) names.set(name, sql.IGNORED);
  for (const [name, event] of Object.entries(settings.eventNames)) {
    names.set(
      name.trim().toLowerCase().replace(/[ -]/g, '_'),
      event === 'ignore' ? sql.IGNORED : EVENT_NAMES.indexOf(event),
    );
  }
  return names;
}
