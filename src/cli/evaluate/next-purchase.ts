import { basename, resolve } from 'node:path';
import { type DataFolder, FOLDS, fingerprintOf, folderVectors, foldOf, type TextOptions } from '../../data';
import {
  byFold,
  conversionRanker,
  evaluatePurchases,
  metRules,
  nextPurchase,
  type PurchaseRanker,
  type PurchaseRow,
  type RecordRow,
  sampleUsers,
  writeRecord,
} from '../../evaluate';
import { createPlainExecutor, createSimdExecutor, type LstmExecutor } from '../../model';
import type { Arguments, Command, CommandIo } from '../command';
import type { Progress } from '../progress';
import { table } from '../table';
import { textsOf } from '../texts';
import { type Models, nameOf, trainerOf } from './models';
import { commandLine, commit, machine } from './setting';

/** The protocol's name for --protocol. */
export const NEXT_PURCHASE = 'next-purchase';

/** What `homebody evaluate --protocol next-purchase --json` prints. */
interface PurchaseReport {
  model: string;
  protocol: 'next-purchase';
  data: string;
  folds: number[] | 'all';
  seed: number;
  executor: string;
  seconds: number;
  rows: PurchaseRow[];
}

interface Context {
  command: Command;
  data: DataFolder;
  /** Absent: the rules alone. */
  head: Models | undefined;
  /** Of users to judge; absent: those that the model has not seen, or all. */
  folds: number[] | 'all' | undefined;
  io: CommandIo;
  progress: Progress;
}

/** `homebody evaluate --protocol next-purchase`: the conversion head and the rules beside it. */
export async function evaluateNextPurchase(args: Arguments, context: Context): Promise<void> {
  const { data, head, io, progress } = context;
  const folds = context.folds ?? unseenFolds(head, data);
  const executor = await (args.text('executor') === 'plain' ? createPlainExecutor() : createSimdExecutor());
  const protocol = nextPurchase(data);
  const seed = args.number('seed')!;
  const { users: ids } = data.events;
  const all = protocol.users.filter((user) => folds === 'all' || folds.includes(foldOf(ids[user]!)));
  const sample = args.number('sample-users');
  const users = sample === undefined ? all : sampleUsers(all, sample, seed);
  io.err(`Customers: ${users.length}${folds === 'all' ? '' : ` of fold ${folds.join(', ')}`}.`);
  const name = head ? (args.text('name') ?? nameOf(head)) : 'none';
  const rankers: PurchaseRanker[] = [];
  if (head) rankers.push(await openHead(name, head, textsOf(args), executor, context));
  if (!head || args.flag('baselines')) rankers.push(...metRules(data));
  const started = performance.now();
  const rows = await evaluatePurchases(protocol, rankers, {
    users,
    seed,
    signal: io.signal,
    onProgress: (done, total) => progress.show('Customers', done, total),
  });
  progress.stop();
  executor.dispose();
  const report: PurchaseReport = {
    model: name,
    protocol: 'next-purchase',
    data: args.text('data')!,
    folds,
    seed,
    executor: executor.name,
    seconds: (performance.now() - started) / 1000,
    rows,
  };
  const file = args.text('record');
  if (file) {
    const setting = { command: commandLine('evaluate', context.command.options, args), commit: await commit() };
    await writeRecord(
      file,
      recordRows(report, head, { ...setting, machine: machine(), ...(sample === undefined ? {} : { sample }) }),
    );
    io.err(`Recorded in ${file}.`);
  }
  io.out(args.flag('json') ? JSON.stringify(report, null, 2) : describePurchases(report));
}

/** On the log that trained a single model, the fold that it left out unless told otherwise; else all. */
function unseenFolds(head: Models | undefined, data: DataFolder): number[] | 'all' {
  const log = head?.folders[0]?.model.manifest.training.log;
  return log === fingerprintOf(data.events) && !head?.isByFold ? [FOLDS - 1] : 'all';
}

async function openHead(
  name: string,
  { folders, isByFold }: Models,
  texts: TextOptions,
  executor: LstmExecutor,
  { data, io, progress }: Context,
): Promise<PurchaseRanker> {
  const rankers: PurchaseRanker[] = [];
  for (const folder of folders) {
    const vectors = await folderVectors(folder, data.items, {
      ...texts,
      signal: io.signal,
      onProgress: (done, total) => progress.show('Embedding', done, total),
    });
    const lstm = await executor.load(folder.model.lstm);
    rankers.push(conversionRanker(data, { name, model: folder.model, lstm, vectors }));
  }
  progress.stop();
  return isByFold ? { ...byFold(name, rankers), isLogit: true } : rankers[0]!;
}

function describePurchases({ rows, folds, executor, seconds }: PurchaseReport): string {
  const digits = (value: number | undefined): string => (value === undefined ? '' : value.toFixed(4));
  const figures = rows.map((row) => ({
    name: row.name,
    auc: digits(row.auc),
    '95 %': `${digits(row.low)}–${digits(row.high)}`,
    brier: digits(row.brier),
    ece: digits(row.ece),
    purchases: row.purchases,
    users: row.users,
    candidates: row.candidates.toFixed(1),
  }));
  const bins = rows.find((row) => row.bins)?.bins ?? [];
  return [
    `next-purchase, ${folds === 'all' ? 'all customers' : `customers of fold ${folds.join(', ')}`}, executor: ${executor}, ${seconds.toFixed(0)} s`,
    table(figures),
    ...(bins.length > 0 ? ['', 'Reliability: what the head says, and what was bought', table(bins.map(binRow))] : []),
  ].join('\n');
}

const binRow = ({ count, predicted, observed }: { count: number; predicted: number; observed: number }) => ({
  candidates: count,
  predicted: predicted.toFixed(4),
  observed: observed.toFixed(4),
});

function recordRows(
  report: PurchaseReport,
  head: Models | undefined,
  about: Pick<RecordRow, 'command' | 'commit' | 'machine' | 'sample'>,
): RecordRow[] {
  const { trainer, seed, trained } = head ? trainerOf(head) : { trainer: 'none', seed: report.seed, trained: '' };
  const rounded = (value: number) => Math.round(value * 1e5) / 1e5;
  return report.rows.flatMap((row) =>
    (['auc', 'brier', 'ece'] as const).flatMap((metric): RecordRow[] => {
      const value = row[metric];
      if (value === undefined) return [];
      const isModel = row.name === report.model;
      return [
        {
          data: basename(resolve(report.data)),
          protocol: report.protocol,
          slice: row.slice,
          model: row.name,
          trainer: isModel ? trainer : 'none',
          seed: isModel ? seed : report.seed,
          metric,
          value: rounded(value),
          low: metric === 'auc' ? rounded(row.low) : null,
          high: metric === 'auc' ? rounded(row.high) : null,
          command: about.command,
          commit: about.commit,
          machine: about.machine,
          seconds: Math.round(report.seconds),
          customers: row.users,
          rankings: row.purchases,
          ...(report.folds === 'all' ? {} : { folds: report.folds.join(',') }),
          ...(about.sample === undefined ? {} : { sample: about.sample }),
          ...(isModel && trained ? { trained } : {}),
        },
      ];
    }),
  );
}
