import type { RecordRow } from '../../src/evaluate';

/** What the literature and the floors of this project reach on a log, to hold our rows against. */
interface Reference {
  title: string;
  what: string;
  /** Published or given figures, in words. */
  floors: string;
}

/** By log and protocol; logs and protocols that are not named are told without references. */
const REFERENCES: Record<string, Reference> = {
  'movielens-1m, leave-one-out': {
    title: 'MovieLens-1M, leave-one-out',
    what: '6,040 users, 3,416 items with 5 or more ratings, all ranked but those seen; the last rating of each user.',
    floors:
      'Published, all items ranked, NDCG@10: SASRec .134, BERT4Rec .154, gSASRec .173, eSASRec .177, SASRec with full cross-entropy .182–.186, HSTU-large .189, HSTU with full softmax .194.',
  },
  'amazon-beauty, leave-one-out': {
    title: 'Amazon Beauty, leave-one-out',
    what: '22,363 users, 12,101 items, all ranked but those seen; only the order of events is known.',
    floors: 'Published, all items ranked, NDCG@10: GRU4Rec .019–.039, SASRec .029–.057.',
  },
  'online-retail, next-basket': {
    title: 'Online Retail, next basket',
    what: 'Customers the model never saw; 3,676 products; all, and those new to the customer.',
    floors:
      'Simple rules on the same half: own frequency .275 / .041, best fixed blends .283 / .091 or .272 / .102 (their weights chosen on the test customers).',
  },
  'taobao-sample, next-purchase': {
    title: 'Taobao, which of the items met lately is bought next',
    what: 'Items met in the three days before a purchase; mean AUC over users.',
    floors: 'Last met .800; carted first, then last met .807; most viewed .724.',
  },
  'movielens-100k, leave-one-out': {
    title: 'MovieLens-100K, leave-one-out',
    what: '943 users with real times; all items ranked but those seen.',
    floors: '',
  },
};

/** Rows of one table. */
export interface Group {
  key: string;
  data: string;
  protocol: string;
  rows: RecordRow[];
}

/** Rows by log and protocol, those with references first. */
export function groupsOf(rows: readonly RecordRow[]): Group[] {
  const groups = new Map<string, Group>();
  for (const row of rows) {
    const key = `${row.data}, ${row.protocol}`;
    const group = groups.get(key) ?? { key, data: row.data, protocol: row.protocol, rows: [] };
    group.rows.push(row);
    groups.set(key, group);
  }
  const order = Object.keys(REFERENCES);
  const place = (key: string): number => (order.includes(key) ? order.indexOf(key) : order.length);
  return [...groups.values()].sort((a, b) => place(a.key) - place(b.key) || a.key.localeCompare(b.key));
}

/** A contender: what has a name and settings of its own. */
export interface Entry {
  name: string;
  /** Who was judged, in words; '' for all. */
  whom: string;
  row: RecordRow;
  /** By `slice/metric`. */
  figures: Map<string, RecordRow>;
}

const PRIORS: Record<string, string> = { 'prior: popularity': ' + prior', 'prior: trending': ' + trending' };

/** The contenders of a group, best first on the first slice's main metric. */
export function entriesOf({ rows }: Pick<Group, 'rows'>): Entry[] {
  const entries = new Map<string, Entry>();
  for (const row of rows) {
    const prior = row.trainer === 'none' ? '' : (PRIORS[row.settings ?? ''] ?? '');
    const of = [row.folds ? `fold ${row.folds}` : '', row.sample ? `${row.sample.toLocaleString('en')} customers` : ''];
    const whom = of.some(Boolean) ? ` (${of.filter(Boolean).join(', ')})` : '';
    const settings = row.trainer === 'none' ? '' : (row.settings ?? '');
    const key = JSON.stringify([row.model, row.trainer, row.seed, settings, whom]);
    const entry = entries.get(key) ?? { name: `${row.model}${prior}`, whom, row, figures: new Map() };
    entry.figures.set(`${row.slice}/${row.metric}`, row);
    entries.set(key, entry);
  }
  const metric = mainMetric(rows);
  const slice = slicesOf(rows)[0]!;
  const value = (entry: Entry): number => entry.figures.get(`${slice}/${metric}`)?.value ?? -1;
  return [...entries.values()].sort((a, b) => value(b) - value(a));
}

/** What a group is judged by. */
export function mainMetric(rows: readonly RecordRow[]): string {
  return rows.some(({ metric }) => metric === 'auc') ? 'auc' : 'ndcg@10';
}

const MAIN = ['all', 'new', 'clicks', 'purchases'];

/** The slices that everybody asks for, without groups of users or items. */
export function slicesOf(rows: readonly RecordRow[]): string[] {
  return MAIN.filter((slice) => rows.some((row) => row.slice === slice));
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
const digits = (value: number | undefined, places = 4): string => value?.toFixed(places) ?? '';
const DIVERSITY = /^(.*), diversity ([\d.]+)$/;

function interval(row: RecordRow | undefined): string {
  if (!row) return '';
  return row.low === null || row.high === null
    ? digits(row.value)
    : `${digits(row.value)} (${digits(row.low)}–${digits(row.high)})`;
}

/** The table of a group: main metric with interval by slice, then the others of the first slice. */
export function groupTable(group: Group): string {
  const entries = entriesOf(group).filter(({ name }) => !DIVERSITY.test(name));
  const main = mainMetric(group.rows);
  const slices = slicesOf(group.rows);
  const others = ['hr@10', 'mrr', 'gauc', 'ece', 'coverage', 'novelty@10', 'diversity@10', 'gini@10'].filter((metric) =>
    group.rows.some((row) => row.metric === metric),
  );
  const head = ['', ...slices.map((slice) => `${main.toUpperCase()} ${slice}`), ...others, 'trained by', 'seed'];
  const lines = entries.map(({ name, whom, row, figures }) => {
    const isOurs = row.trainer !== 'none';
    return [
      `${isOurs ? `**${cell(name)}**` : cell(name)}${whom}`,
      ...slices.map((slice) => interval(figures.get(`${slice}/${main}`))),
      ...others.map((metric) => {
        const value = figures.get(`${slices[0]}/${metric}`)?.value;
        return metric === 'coverage'
          ? (value?.toLocaleString('en') ?? '')
          : digits(value, metric === 'novelty@10' ? 2 : 4);
      }),
      isOurs ? row.trainer : '',
      isOurs ? String(row.seed) : '',
    ];
  });
  return [head, head.map((_, at) => (at === 0 ? '---' : '---:')), ...lines]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
}

/** What the diversity switch costs and gives; '' where it was not measured. */
export function diversityTable(group: Group): string {
  const entries = entriesOf(group);
  const lines = entries
    .flatMap((entry) => {
      const [, base, strength] = DIVERSITY.exec(entry.name.replace(/ \+ (prior|trending)/, '')) ?? [];
      const without = entries.find(
        (other) =>
          other.row.model === base &&
          other.whom === entry.whom &&
          (other.row.settings ?? '') === (entry.row.settings ?? ''),
      );
      return base && strength && without ? [{ entry, without, strength: Number(strength) }] : [];
    })
    .sort((a, b) => a.without.name.localeCompare(b.without.name) || a.strength - b.strength)
    .map(({ entry, without, strength }) => {
      const at = (of: Entry, metric: string): number => of.figures.get(`all/${metric}`)!.value;
      const change = (metric: string): string => {
        const percent = 100 * (at(entry, metric) / at(without, metric) - 1);
        return `${digits(at(entry, metric))} (${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(1)} %)`;
      };
      return `| ${cell(without.name)}${without.whom} | ${strength} | ${change('ndcg@10')} | ${change('diversity@10')} | ${at(entry, 'coverage').toLocaleString('en')} |`;
    });
  if (lines.length === 0) return '';
  const head = [
    '| model | strength | NDCG@10 | intra-list distance | coverage |',
    '| --- | ---: | ---: | ---: | ---: |',
  ];
  return [...head, ...lines].join('\n');
}

/** What was chosen, and the commands; each command once. */
export function groupNotes(group: Group): string {
  const settings = new Map<string, string>();
  const commands = new Map<string, RecordRow>();
  for (const row of group.rows) {
    if (row.settings && row.trainer === 'none') settings.set(row.model, row.settings);
    // A slice may hold a few of the customers.
    if ((row.customers ?? 0) >= (commands.get(row.command)?.customers ?? 0)) commands.set(row.command, row);
  }
  const trained = new Map(group.rows.flatMap((row) => (row.trained ? [[row.model, row.trained] as const] : [])));
  return [
    ...[...settings].map(([name, words]) => `- *${name}*: ${words}`),
    ...[...trained]
      .filter(([name]) => !DIVERSITY.test(name))
      .map(([name, command]) => `- *${name}* was trained by \`${command}\``),
    ...[...commands].map(
      ([command, row]) =>
        `- \`${command}\`: commit ${row.commit}, ${row.seconds.toLocaleString('en')} s on ${row.machine}` +
        `${row.customers === undefined ? '' : `, ${row.customers.toLocaleString('en')} customers`}`,
    ),
  ].join('\n');
}

/** The heading and the words of a group. */
export function groupHead({ key, data, protocol }: Group): string {
  const { title, what, floors } = REFERENCES[key] ?? { title: `${data}, ${protocol}`, what: '', floors: '' };
  return [`## ${title}`, '', [what, floors].filter(Boolean).join(' ')].join('\n').trim();
}
