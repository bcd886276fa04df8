import {
  type DataFolder,
  describeReports,
  FOLDS,
  fingerprintOf,
  folderVectors,
  foldOf,
  type ModelFolder,
  openModelFolder,
  readFolder,
} from '../../data';
import { HomebodyError } from '../../domain';
import {
  type BasketRanker,
  evaluateNextBasket,
  frequencyRanker,
  modelRanker,
  popularityRanker,
  RecentPurchases,
  type ResultRow,
  recentPopularityRanker,
  sampleUsers,
  textRanker,
} from '../../evaluate';
import { createPlainExecutor, createSimdExecutor, type LstmExecutor } from '../../model';
import type { Arguments, Command, CommandIo } from '../command';
import { shippedModel } from '../paths';
import { Progress } from '../progress';
import { table } from '../table';

/** The fold that neither trains nor chooses a shipped model (formats.md). */
const JUDGED = FOLDS - 1;

/** What `homebody evaluate --json` prints. */
export interface EvaluationReport {
  /** Model id. */
  model: string;
  protocol: 'next-basket';
  /** What the candidates carried as the server's own score. */
  prior: 'none' | 'popularity';
  data: string;
  /** Evaluated customers: of these folds; `all`: every one. */
  folds: number[] | 'all';
  seed: number;
  executor: string;
  rows: ResultRow[];
}

/** `homebody evaluate`. */
export const evaluateCommand: Command = {
  name: 'evaluate',
  summary: 'Measures a model on a log, all products ranked, beside the simple rules it must beat.',
  options: {
    data: { type: 'string', value: '<folder>', help: 'items.csv[.gz] and events.csv[.gz]', required: true },
    model: { type: 'string', value: '<folder>', help: 'model folder (default: the shipped universal model)' },
    protocol: { type: 'string', help: 'what is predicted', choices: ['next-basket'], default: 'next-basket' },
    prior: {
      type: 'string',
      choices: ['none', 'popularity'],
      default: 'none',
      help: 'what a server would send with the candidates; popularity: purchases by others in the 30 days before',
    },
    folds: {
      type: 'string',
      value: '<list>|all',
      help: 'customers with crc32(user_id) mod 5 in the list (default: 4 on the log that the model was trained on, else all)',
    },
    'sample-users': { type: 'number', value: '<n>', help: 'only so many customers, drawn with the seed' },
    seed: { type: 'number', value: '<n>', help: 'of the sample and of the intervals', default: 1 },
    baselines: { type: 'flag', help: 'also popularity, own frequency and the untrained text rule' },
    embedder: { type: 'string', value: '<folder>', help: 'embedder folder (default: beside the model folder)' },
    executor: { type: 'string', choices: ['simd', 'plain'], default: 'simd', help: 'what runs the LSTM' },
    json: { type: 'flag', help: 'print one JSON object' },
  },
  examples: [
    'homebody evaluate --data logs/shop --protocol next-basket --baselines',
    'homebody evaluate --data logs/shop --model models/mine --prior popularity --json > result.json',
  ],
  run: evaluate,
};

async function evaluate(args: Arguments, io: CommandIo): Promise<void> {
  const folds = parseFolds(args.text('folds'));
  const path = args.text('data')!;
  const modelPath = args.text('model') ?? shippedModel();
  const seed = args.number('seed')!;
  const progress = new Progress(io);
  try {
    const opened = await openModelFolder(modelPath);
    const { model } = opened;
    const data = await readFolder(path, {
      signal: io.signal,
      onProgress: (read, size) => progress.show('Reading', read, size),
    });
    progress.stop();
    for (const line of describeReports(data.reports)) io.err(line);
    const isOwnLog = model.manifest.training.log === fingerprintOf(data.events);
    const evaluated = folds ?? (isOwnLog ? [JUDGED] : 'all');
    const users = pickUsers(data, evaluated, args.number('sample-users'), seed);
    io.err(`Customers: ${users.length}${evaluated === 'all' ? '' : ` of fold ${evaluated.join(', ')}`}.`);
    if (isOwnLog && (evaluated === 'all' || evaluated.some((fold) => fold !== JUDGED))) {
      io.err('Some of these customers trained the model or chose it: the figures flatter it.');
    } else if (isOwnLog && !folds) io.err('The model was trained on the other customers of this log.');
    const executor = await (args.text('executor') === 'plain' ? createPlainExecutor() : createSimdExecutor());
    const rankers = await prepare(args, data, opened, { executor, io, progress });
    const rows = await evaluateNextBasket(data, rankers, {
      users,
      seed,
      signal: io.signal,
      onProgress: (done, total) => progress.show('Customers', done, total),
    });
    progress.stop();
    const report: EvaluationReport = {
      model: model.manifest.id,
      protocol: 'next-basket',
      prior: args.text('prior') as EvaluationReport['prior'],
      data: path,
      folds: evaluated,
      seed,
      executor: executor.name,
      rows,
    };
    executor.dispose();
    io.out(args.flag('json') ? JSON.stringify(report, null, 2) : describeResult(report));
  } finally {
    progress.stop();
  }
}

/** The model first, then the rules. */
async function prepare(
  args: Arguments,
  data: DataFolder,
  opened: ModelFolder,
  context: { executor: LstmExecutor; io: CommandIo; progress: Progress },
): Promise<BasketRanker[]> {
  const { executor, io, progress } = context;
  const { model } = opened;
  const folder = args.text('embedder');
  const vectors = await folderVectors(opened, data.items, {
    ...(folder ? { embedder: folder } : {}),
    signal: io.signal,
    onProgress: (done, total) => progress.show('Embedding', done, total),
  });
  progress.stop();
  const recent = new RecentPurchases(data);
  const lstm = await executor.load(model.lstm);
  const prior = args.text('prior') === 'popularity' ? { prior: recent } : {};
  const rankers: BasketRanker[] = [modelRanker(data, { model, lstm, vectors, ...prior })];
  if (args.flag('baselines')) {
    rankers.push(
      popularityRanker(data),
      recentPopularityRanker(recent),
      frequencyRanker(data, 'popularity'),
      frequencyRanker(data, 'none'),
      textRanker(data, vectors),
    );
  }
  return rankers;
}

function parseFolds(text: string | undefined): number[] | 'all' | undefined {
  if (text === undefined || text === 'all') return text;
  const folds = text.split(',').map((part) => Number(part.trim() || Number.NaN));
  if (folds.every((fold) => Number.isInteger(fold) && fold >= 0 && fold < FOLDS)) return [...new Set(folds)].sort();
  throw new HomebodyError('invalid-input', `--folds is a list of numbers from 0 to ${FOLDS - 1}, not "${text}".`, {
    remedy: 'For example --folds 4, --folds 3,4 or --folds all.',
  });
}

function pickUsers(data: DataFolder, folds: number[] | 'all', sample: number | undefined, seed: number): number[] {
  const users = [...data.events.users.keys()].filter(
    (user) => folds === 'all' || folds.includes(foldOf(data.events.users[user]!)),
  );
  if (sample === undefined) return users;
  if (!Number.isInteger(sample) || sample < 1) {
    throw new HomebodyError('invalid-input', `--sample-users is a whole number from 1, not ${sample}.`, {
      remedy: 'Leave it out for all customers.',
    });
  }
  return sampleUsers(users, sample, seed);
}

function describeResult(report: EvaluationReport): string {
  const digits = (value: number): string => value.toFixed(4);
  const rows = report.rows.map((row) => ({
    name: row.name,
    slice: row.slice,
    'ndcg@10': digits(row['ndcg@10']),
    '95 %': `${digits(row.low)}–${digits(row.high)}`,
    'hr@10': digits(row['hr@10']),
    mrr: digits(row.mrr),
    coverage: row.coverage,
    baskets: row.baskets,
    customers: row.customers,
  }));
  return `${report.protocol}, prior: ${report.prior}, executor: ${report.executor}\n${table(rows)}`;
}
