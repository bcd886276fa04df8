import { readFile } from 'node:fs/promises';
import { EVENT_FIELDS, ITEM_FIELDS, parseSettings, prepare, summaryRows, warnings } from '../../data';
import { EVENT_NAMES, HomebodyError } from '../../domain';
import type { Arguments, Command, CommandIo } from '../command';
import { Progress } from '../progress';
import { table } from '../table';

/** `homebody prepare`. */
export const prepareCommand: Command = {
  name: 'prepare',
  summary: 'Makes a log that train and evaluate read out of CSV, JSONL or Parquet files, of any size.',
  words: '[more event files…]',
  options: {
    events: { type: 'string', value: '<files>', help: 'files, folders or globs of events, joined with commas' },
    items: { type: 'string', value: '<files>', help: 'the catalogue; absent: from what the events say of their items' },
    out: {
      type: 'string',
      value: '<folder>',
      help: 'folder to write: events, items, rejects.csv.gz, report.json, report.md',
    },
    config: {
      type: 'string',
      value: '<file>',
      help: 'the same settings as JSON (docs/prepare.md); flags go before it',
    },
    shape: { type: 'string', choices: ['auto', 'rows', 'ga4'], help: 'ga4: BigQuery’s export (default auto)' },
    columns: { type: 'string', value: '<ours=theirs,…>', help: `of ${EVENT_FIELDS.join(', ')}` },
    'item-columns': { type: 'string', value: '<ours=theirs,…>', help: `of ${ITEM_FIELDS.join(', ')}` },
    'event-names': { type: 'string', value: '<theirs=ours,…>', help: 'ours is a GA4 name, or ignore' },
    event: {
      type: 'string',
      choices: EVENT_NAMES,
      value: '<name>',
      help: 'what every row is, where no column says it',
    },
    'time-unit': {
      type: 'string',
      choices: ['auto', 's', 'ms', 'us', 'ns', 'text'],
      help: 'of numbers (default auto)',
    },
    'time-format': { type: 'string', value: '<pattern>', help: 'of texts that are not ISO 8601: %d/%m/%Y %H:%M' },
    'time-zone': { type: 'string', value: '<zone>', help: 'of times without an offset (default UTC)' },
    delimiter: { type: 'string', value: '<character>', help: 'of CSV (default: , ; tab or |, by the header)' },
    encoding: {
      type: 'string',
      choices: ['auto', 'utf-8', 'latin1', 'utf-16le', 'utf-16be'],
      help: 'of text (default auto)',
    },
    'min-user-events': { type: 'number', value: '<n>', help: 'k-core: users with fewer events are left out' },
    'min-item-events': { type: 'number', value: '<n>', help: 'k-core: items with fewer events are left out' },
    'session-minutes': { type: 'number', value: '<n>', help: 'a longer gap begins a new session (default 30)' },
    duplicates: { type: 'string', choices: ['drop', 'keep'], help: 'exact ones (default drop)' },
    bots: { type: 'string', choices: ['flag', 'drop', 'ignore'], help: 'users who look like programs (default flag)' },
    damaged: { type: 'string', choices: ['refuse', 'keep'], help: 'files that are cut short (default refuse)' },
    to: { type: 'string', choices: ['csv', 'parquet'], help: 'what to write (default csv, gzipped)' },
    memory: {
      type: 'string',
      value: '<size>',
      help: 'DuckDB’s bound (default 2GB; the process takes some 0.5 GB beside it)',
    },
    threads: { type: 'number', value: '<n>', help: '(default: all cores)' },
    json: { type: 'flag', help: 'print the report as one JSON object' },
  },
  examples: [
    'homebody prepare --events "logs/2024-*.csv.gz" --items catalogue.csv --out logs/shop',
    'homebody prepare --events export/ --out logs/shop          # GA4’s BigQuery export, JSONL or Parquet',
    'homebody prepare --events orders.csv --event purchase --columns user_id=Client,timestamp=Day \\',
    '  --time-format "%d/%m/%Y" --time-zone Europe/Berlin --out logs/shop',
  ],
  run: runPrepare,
};

async function runPrepare(args: Arguments, io: CommandIo): Promise<void> {
  const settings = parseSettings(await settingsOf(args));
  const progress = new Progress(io);
  try {
    const report = await prepare(settings, {
      signal: io.signal,
      now: Date.now(),
      onProgress: (phase, done, total) => progress.show(phase, done, total),
    });
    progress.stop();
    if (args.flag('json')) return io.out(JSON.stringify(report, null, 2));
    io.out(table(summaryRows(report)));
    for (const line of warnings(report)) io.err(`! ${line}`);
    io.out(
      `${settings.out} is ready in ${report.seconds} s; report.md tells more. Next: homebody evaluate --data ${settings.out} --baselines`,
    );
  } finally {
    progress.stop();
  }
}

/** The settings of `--config`, with those of the flags over them. */
async function settingsOf(args: Arguments): Promise<Record<string, unknown>> {
  const settings = await configOf(args.text('config'));
  const events = [...list(args.text('events')), ...args.words];
  const flags: Record<string, unknown> = {
    events: events.length > 0 ? events : undefined,
    items: args.text('items') === undefined ? undefined : list(args.text('items')),
    out: args.text('out'),
    shape: args.text('shape'),
    columns: pairs(args, 'columns', settings.columns),
    itemColumns: pairs(args, 'item-columns', settings.itemColumns),
    eventNames: pairs(args, 'event-names', settings.eventNames),
    event: args.text('event'),
    timeUnit: args.text('time-unit'),
    timeFormat: args.text('time-format'),
    timeZone: args.text('time-zone'),
    delimiter: args.text('delimiter')?.replace('\\t', '\t'),
    encoding: args.text('encoding'),
    minUserEvents: args.number('min-user-events'),
    minItemEvents: args.number('min-item-events'),
    sessionMinutes: args.number('session-minutes'),
    duplicates: args.text('duplicates'),
    bots: args.text('bots'),
    damaged: args.text('damaged'),
    to: args.text('to'),
    memory: args.text('memory'),
    threads: args.number('threads'),
  };
  for (const [name, value] of Object.entries(flags)) if (value !== undefined) settings[name] = value;
  for (const name of ['events', 'out']) {
    if (settings[name] === undefined) {
      throw new HomebodyError('invalid-input', `--${name} is missing.`, { remedy: 'See homebody prepare --help.' });
    }
  }
  return settings;
}

async function configOf(path: string | undefined): Promise<Record<string, unknown>> {
  if (path === undefined) return {};
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch (cause) {
    throw new HomebodyError('invalid-input', `${path} cannot be read as JSON.`, {
      cause,
      remedy: 'See docs/prepare.md.',
    });
  }
  throw new HomebodyError('invalid-input', `${path} is no JSON object.`, { remedy: 'See docs/prepare.md.' });
}

const list = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');

/** `a=b,c=d`, over what the file says. */
function pairs(args: Arguments, name: string, base: unknown): Record<string, string> | undefined {
  const text = args.text(name);
  if (text === undefined) return undefined;
  const parsed = list(text).map((pair): [string, string] => {
    const at = pair.lastIndexOf('=');
    if (at < 1 || at === pair.length - 1) {
      throw new HomebodyError('invalid-input', `--${name} is a list of name=name, not "${pair}".`, {
        remedy: 'See homebody prepare --help.',
      });
    }
    return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
  });
  return { ...(typeof base === 'object' ? base : {}), ...Object.fromEntries(parsed) };
}
