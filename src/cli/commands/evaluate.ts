import { writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { type DataFolder, describeReports, FOLDS, fingerprintOf, foldOf, readFolder } from '../../data';
import { HomebodyError } from '../../domain';
import { compareAll, evaluate, type Protocol, reportHtml, sampleUsers, writeRecord } from '../../evaluate';
import { createPlainExecutor, createSimdExecutor } from '../../model';
import type { Arguments, Command, CommandIo } from '../command';
import {
  type Models,
  nameOf,
  openModels,
  openRankers,
  parseDiversities,
  parseFolds,
  rawTexts,
  trainerOf,
} from '../evaluate/models';
import { evaluateNextPurchase, NEXT_PURCHASE } from '../evaluate/next-purchase';
import { PRIORS, PROTOCOLS, type PriorName, priorOf, protocolOf, recentOf, rulesOf } from '../evaluate/protocols';
import { describeResult, type EvaluationReport, recordRows } from '../evaluate/report';
import { commandLine, commit, machine } from '../evaluate/setting';
import { shippedModel } from '../paths';
import { Progress } from '../progress';
import { textOptions, textsOf } from '../texts';

/** The fold that neither trains nor chooses a shipped model (formats.md). */
const JUDGED = FOLDS - 1;
/** `--model none`: no model, only rules. */
const NONE = 'none';
/** Rankings that the constants of rules are chosen on, at most. */
const TUNED_ON = 300;

/** `homebody evaluate`. */
export const evaluateCommand: Command = {
  name: 'evaluate',
  summary: 'Measures a model on a log, all products ranked, beside the simple rules it must beat.',
  options: {
    data: { type: 'string', value: '<folder>', help: 'items.csv[.gz] and events.csv[.gz]', required: true },
    model: {
      type: 'string',
      value: '<folder>',
      help: 'model folder (default: the shipped universal model); {fold} in it: one a fold of customers; none: rules only',
    },
    protocol: {
      type: 'string',
      help: 'what is predicted',
      choices: [...PROTOCOLS, NEXT_PURCHASE],
      default: 'next-basket',
    },
    split: {
      type: 'string',
      choices: ['test', 'validation'],
      default: 'test',
      help: 'leave-one-out: judge a user’s last event, or the one before it',
    },
    'min-item-events': {
      type: 'number',
      value: '<n>',
      default: 1,
      help: 'leave-one-out: drop items with fewer events',
    },
    'test-share': {
      type: 'number',
      value: '<0 to 1>',
      default: 0.1,
      help: 'time-split: the latest share of the events is judged',
    },
    history: { type: 'number', value: '<n>', help: 'leave-one-out: only the last n events of a user are known' },
    slices: { type: 'flag', help: 'also by length of history, training events and popularity of the item' },
    prior: {
      type: 'string',
      choices: PRIORS,
      default: 'none',
      help: 'what a server would send with the candidates; popularity: purchases by others in the 30 days before; trending: the same, each fading with a half-life of 4 days',
    },
    diversity: {
      type: 'string',
      value: '<list>',
      help: 'also with the diversity switch at these strengths from 0 to 1, for example .1,.2,.4',
    },
    folds: {
      type: 'string',
      value: '<list>|all',
      help: 'customers with crc32(user_id) mod 5 in the list (default: 4 on the log that the model was trained on, else all)',
    },
    'sample-users': { type: 'number', value: '<n>', help: 'only so many customers, drawn with the seed' },
    seed: { type: 'number', value: '<n>', help: 'of the sample and of the intervals', default: 1 },
    baselines: { type: 'flag', help: 'also the rules that need no training' },
    name: { type: 'string', value: '<text>', help: 'name of the model in the results (default: its id)' },
    ...textOptions(),
    executor: { type: 'string', choices: ['simd', 'plain'], default: 'simd', help: 'what runs the LSTM' },
    record: { type: 'string', value: '<file>', help: 'put the figures into a list of results (JSON)' },
    report: { type: 'string', value: '<file>', help: 'write a page with tables and plots (HTML)' },
    json: { type: 'flag', help: 'print one JSON object' },
  },
  examples: [
    'homebody evaluate --data logs/shop --protocol next-basket --baselines',
    'homebody evaluate --data logs/shop --model models/mine --prior popularity --json > result.json',
    'homebody evaluate --data logs/films --protocol leave-one-out --min-item-events 5 --model models/films',
  ],
  run: runEvaluate,
};

async function runEvaluate(args: Arguments, io: CommandIo): Promise<void> {
  const folds = parseFolds(args.text('folds'));
  const path = args.text('data')!;
  const seed = args.number('seed')!;
  const progress = new Progress(io);
  try {
    const isRulesOnly = args.text('model') === NONE;
    const models = await openModels(isRulesOnly ? shippedModel() : (args.text('model') ?? shippedModel()));
    const source = await readFolder(path, {
      signal: io.signal,
      onProgress: (read, size) => progress.show('Reading', read, size),
    });
    progress.stop();
    for (const line of describeReports(source.reports)) io.err(line);
    if (args.text('protocol') === NEXT_PURCHASE) {
      const head = isRulesOnly ? undefined : models;
      return await evaluateNextPurchase(args, { command: evaluateCommand, data: source, head, folds, io, progress });
    }
    const protocol = protocolOf(args, source);
    const evaluated = isRulesOnly ? (folds ?? 'all') : judgedFolds(models, source, folds, protocol, io);
    const sample = args.number('sample-users');
    const users = pickUsers(protocol, evaluated, sample, seed);
    io.err(`Customers: ${users.length}${evaluated === 'all' ? '' : ` of fold ${evaluated.join(', ')}`}.`);
    const executor = await (args.text('executor') === 'plain' ? createPlainExecutor() : createSimdExecutor());
    const name = isRulesOnly ? NONE : (args.text('name') ?? nameOf(models));
    const recent = recentOf(protocol);
    const prior = priorOf(args.text('prior') as PriorName, protocol, recent);
    const texts = {
      ...textsOf(args),
      signal: io.signal,
      onProgress: (done: number, total: number) => progress.show('Embedding', done, total),
    };
    const { rankers: ours, vectors } = await openRankers(models, protocol.data, {
      name,
      executor,
      ...(prior ? { prior: { name: args.text('prior')!, of: prior } } : {}),
      diversities: parseDiversities(args.text('diversity')),
      ...texts,
    });
    const rankers = isRulesOnly ? [] : ours;
    if (args.flag('baselines') || isRulesOnly) {
      let rule = '';
      const rules = await rulesOf(protocol, vectors, {
        folds: evaluated === 'all' ? [...Array(FOLDS).keys()] : evaluated,
        raw: await rawTexts(models, protocol.data, texts),
        ...(recent ? { recent } : {}),
        seed,
        rankings: Math.min(TUNED_ON, 2 * (sample ?? TUNED_ON)),
        signal: io.signal,
        onRule: (name) => {
          rule = name;
        },
        onProgress: (done, total) => progress.show(`Settings of ${rule}`, done, total),
      });
      rankers.push(...rules);
    }
    progress.stop();
    const started = performance.now();
    const { rows, tallies } = await evaluate(protocol, rankers, {
      users,
      seed,
      textOf: (row) => vectors[row]?.e,
      signal: io.signal,
      onProgress: (done, total) => progress.show('Customers', done, total),
    });
    progress.stop();
    executor.dispose();
    const report: EvaluationReport = {
      model: name,
      protocol: protocol.name,
      prior: args.text('prior') as EvaluationReport['prior'],
      data: path,
      folds: evaluated,
      seed,
      executor: executor.name,
      candidates: protocol.candidates.length,
      seconds: (performance.now() - started) / 1000,
      rows,
      comparisons: compareAll(tallies, name, { seed }),
    };
    const about = {
      command: commandLine('evaluate', evaluateCommand.options, args),
      commit: await commit(),
      machine: machine(),
    };
    const page = args.text('report');
    if (page) {
      const { trained } = trainerOf(models);
      const lines = Object.entries({ ...about, ...(isRulesOnly || trained === '' ? {} : { trained }) });
      await writeFile(page, reportHtml({ ...report, data: basename(resolve(path)), about: lines }));
      io.err(`Report in ${page}.`);
    }
    const file = args.text('record');
    if (file) {
      await writeRecord(
        file,
        recordRows(report, {
          data: basename(resolve(path)),
          ...trainerOf(models),
          ...about,
          ...(sample === undefined ? {} : { sample }),
        }),
      );
      io.err(`Recorded in ${file}.`);
    }
    io.out(args.flag('json') ? JSON.stringify(report, null, 2) : describeResult(report));
  } finally {
    progress.stop();
  }
}

/** Whom to judge: on the log that a single model was trained on, those it has not seen, unless told otherwise. */
function judgedFolds(
  { folders, isByFold }: Models,
  data: DataFolder,
  folds: number[] | 'all' | undefined,
  protocol: Protocol,
  io: CommandIo,
): number[] | 'all' {
  // Leave-one-out and the split by time hold out events, not customers.
  const holdsOutEvents = protocol.name.startsWith('leave-one-out') || protocol.name === 'time-split';
  if (isByFold || holdsOutEvents) return folds ?? 'all';
  const isOwnLog = folders[0]!.model.manifest.training.log === fingerprintOf(data.events);
  const evaluated = folds ?? (isOwnLog ? [JUDGED] : 'all');
  if (isOwnLog && (evaluated === 'all' || evaluated.some((fold) => fold !== JUDGED))) {
    io.err('Some of these customers trained the model or chose it: the figures flatter it.');
  } else if (isOwnLog && !folds) io.err('The model was trained on the other customers of this log.');
  return evaluated;
}

function pickUsers(
  { users, data }: Protocol,
  folds: number[] | 'all',
  sample: number | undefined,
  seed: number,
): number[] {
  const judged = users.filter((user) => folds === 'all' || folds.includes(foldOf(data.events.users[user]!)));
  if (sample === undefined) return judged;
  if (!Number.isInteger(sample) || sample < 1) {
    throw new HomebodyError('invalid-input', `--sample-users is a whole number from 1, not ${sample}.`, {
      remedy: 'Leave it out for all customers.',
    });
  }
  return sampleUsers(judged, sample, seed);
}
