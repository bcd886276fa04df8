import type { EventName } from '../../domain';
import type { FileReport } from './load';
import type { PrepareSettings } from './settings';

/** Rows left out for one reason, and where the first one is. */
export interface Loss {
  reason: string;
  rows: number;
  file: string;
  line: number;
}

/** `report.json`: what was kept, what was not, and why. Every row of the input is in exactly one place of it. */
export interface PrepareReport {
  homebody: 'prepare';
  format: 1;
  settings: Omit<PrepareSettings, 'out'>;
  files: (FileReport & { kind: 'events' | 'items'; rows: number; kept: number })[];
  /** Rows that the event files hold. */
  rows: number;
  /** Bad rows, all in `rejects.csv.gz`. */
  rejected: Loss[];
  /** Rows left out on purpose, which the rejects file does not list. */
  dropped: { ignored: number; duplicates: number; bots: number; core: number };
  /** Rows kept with a gap or read in another way than written. */
  remarks: Record<string, number>;
  /** The log's names, what they were read as, and how often; null: nobody knows it. */
  names: { name: string; event: EventName | 'ignore' | null; rows: number }[];
  /** Rows by the unit of their time. */
  timeUnits: Record<string, number>;
  from: string | null;
  to: string | null;
  bots: { rule: string; users: number; events: number }[];
  /** What each round of the k-core left. */
  core: { users: number; items: number }[];
  catalogue: { rows: number; kept: number; rejected: Loss[]; badPrices: number };
  result: {
    events: number;
    users: number;
    items: number;
    sessions: number;
    /** Users with a single event: nothing can be predicted for them. */
    oneEventUsers: number;
    /** Users some of whose times are missing: their order is that of the rows. */
    untimedUsers: number;
    itemsWithoutEvents: number;
    itemsWithoutTitle: number;
    itemsWithoutPrice: number;
    /** Items that events name and the catalogue lacks, and their events. */
    unlistedItems: number;
    unlistedEvents: number;
    /** Sum over orders, each once, where the log has it. */
    revenue: number | null;
  };
  seconds: number;
}

const say = (n: number): string => n.toLocaleString('en');
/** `1 user`, `2 users`. */
const some = (n: number, what: string): string => `${say(n)} ${what}${n === 1 ? '' : 's'}`;
const share = (part: number, whole: number): string => (whole > 0 ? ` (${((100 * part) / whole).toFixed(1)}%)` : '');

/** What became of the rows, for a terminal's table; the last column says where to look. */
export function summaryRows(report: PrepareReport): { rows: string; what: string; note: string }[] {
  const { dropped, result } = report;
  const files = report.files.filter((file) => file.kind === 'events').length;
  const line = (rows: number, what: string, note = '') => ({ rows: say(rows), what, note });
  return [
    line(report.rows, 'read', some(files, 'file')),
    ...report.rejected.map((loss) =>
      line(loss.rows, `rejected: ${loss.reason}`, `first: ${loss.file}, line ${loss.line}`),
    ),
    ...(dropped.ignored > 0 ? [line(dropped.ignored, 'left out: events that tell of no item')] : []),
    ...(dropped.duplicates > 0 ? [line(dropped.duplicates, 'left out: exact duplicates')] : []),
    ...(dropped.bots > 0 ? [line(dropped.bots, 'left out: bot-like users')] : []),
    ...(dropped.core > 0 ? [line(dropped.core, 'left out: k-core', some(report.core.length, 'round'))] : []),
    line(
      result.events,
      'kept',
      `${some(result.users, 'user')}, ${some(result.items, 'item')}, ${some(result.sessions, 'session')}`,
    ),
  ];
}

/** Sentences on what deserves a look, the most serious first. */
export function warnings(report: PrepareReport): string[] {
  const { result, rows } = report;
  const rejected = report.rejected.reduce((sum, loss) => sum + loss.rows, 0);
  const said: string[] = [];
  for (const file of report.files) if (file.damaged) said.push(`${file.damaged} Its rows up to there were read.`);
  for (const file of report.files) if (file.rows === 0) said.push(`${file.path} holds no row.`);
  if (rejected > 0.01 * rows) {
    said.push(`${say(rejected)} rows${share(rejected, rows)} were rejected; rejects.csv.gz lists them all.`);
  }
  const listed = report.catalogue.rejected.map((loss) => `${say(loss.rows)} ${loss.reason}`);
  if (listed.length > 0) said.push(`Rows of the catalogue that were rejected: ${listed.join(', ')}.`);
  const unknown = report.names.filter((one) => one.event === null);
  if (unknown.length > 0) {
    const list = unknown.slice(0, 5).map((one) => `${one.name} (${say(one.rows)})`);
    said.push(`Event names nobody knows: ${list.join(', ')}. Map them with --event-names, or name them ignore.`);
  }
  if (Object.keys(report.timeUnits).length > 1) {
    const list = Object.entries(report.timeUnits).map(([unit, n]) => `${unit} (${say(n)})`);
    said.push(`Times are of several kinds: ${list.join(', ')}. Each was read by its own.`);
  }
  if (result.untimedUsers > 0) {
    said.push(
      `${some(result.untimedUsers, 'user')} ${result.untimedUsers === 1 ? 'has' : 'have'} rows without time; theirs stay in the files’ order.`,
    );
  }
  if (report.bots.length > 0) {
    const list = report.bots.map((one) => `${say(one.users)} by ${one.rule} (${say(one.events)} events)`);
    said.push(
      `Bot-like users, ${report.settings.bots === 'drop' ? 'left out' : 'kept and flagged'}: ${list.join(', ')}.`,
    );
  }
  if (result.unlistedItems > 0) {
    const of = share(result.unlistedEvents, result.events);
    said.push(
      `${say(result.unlistedItems)} items with ${say(result.unlistedEvents)} events${of} are not in the catalogue.`,
    );
  }
  if (result.itemsWithoutTitle > 0) {
    said.push(
      `${say(result.itemsWithoutTitle)} items${share(result.itemsWithoutTitle, result.items)} have no title, so no text vector.`,
    );
  }
  if (report.catalogue.badPrices > 0)
    said.push(`${say(report.catalogue.badPrices)} prices are no price and count as missing.`);
  for (const [remark, n] of Object.entries(report.remarks)) said.push(`${say(n)} rows: ${REMARKS[remark] ?? remark}.`);
  if (result.oneEventUsers > 0) {
    said.push(
      `${some(result.oneEventUsers, 'user')}${share(result.oneEventUsers, result.users)} with a single event: nothing can be predicted there.`,
    );
  }
  return said;
}

const REMARKS: Record<string, string> = {
  'bad-value': 'the value is no number and counts as missing',
  'negative-purchase': 'a purchase of a negative quantity was read as a refund',
  'old-time': 'the time lies before 1990',
  'future-time': 'the time lies in the future',
};

/** `report.md`. */
export function reportMarkdown(report: PrepareReport): string {
  const table = (head: string[], rows: (string | number)[][]): string[] => [
    `| ${head.join(' | ')} |`,
    `|${head.map(() => ' --- |').join('')}`,
    ...rows.map((row) => `| ${row.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`),
    '',
  ];
  const section = (title: string, lines: string[]): string[] => (lines.length > 0 ? [`## ${title}`, '', ...lines] : []);
  const columns = (file: FileReport): string =>
    Object.entries(file.columns)
      .map(([ours, theirs]) => `${ours} ← ${theirs}`)
      .join(', ');
  const { from, to, result, catalogue } = report;
  return [
    '# Prepared log',
    '',
    `${say(result.events)} events of ${say(result.users)} users on ${say(result.items)} items, ${from ?? 'without times'}${to ? ` to ${to}` : ''}.${result.revenue === null ? '' : ` Revenue of its orders: ${say(result.revenue)}.`}`,
    '',
    ...table(
      ['rows', 'what', ''],
      summaryRows(report).map((row) => [row.rows, row.what, row.note]),
    ),
    ...section(
      'To look at',
      warnings(report)
        .map((one) => `- ${one}`)
        .concat(''),
    ),
    ...section(
      'Event names',
      table(
        ['in the log', 'read as', 'rows'],
        report.names.map((one) => [one.name, one.event ?? '–', say(one.rows)]),
      ),
    ),
    ...section(
      'Files',
      table(
        ['file', 'rows', 'kept', 'columns'],
        report.files.map((file) => [file.path, say(file.rows), say(file.kept), columns(file)]),
      ),
    ),
    ...section('Items', [
      ...(catalogue.rows > 0
        ? [`The catalogue has ${some(catalogue.rows, 'row')}, ${say(catalogue.kept)} of them kept.`]
        : []),
      `${some(result.items, 'item')}: ${say(result.itemsWithoutEvents)} without events, ${say(result.itemsWithoutTitle)} without a title, ${say(result.itemsWithoutPrice)} without a price.`,
      '',
      ...catalogue.rejected.map((loss) => `- ${say(loss.rows)} ${loss.reason}, first: ${loss.file}, line ${loss.line}`),
    ]),
  ]
    .join('\n')
    .concat('\n');
}
