import { join, resolve } from 'node:path';
import { FOLDS } from '../../data';
import { HomebodyError } from '../../domain';
import type { Block, PresetName, TrainOptions } from '../../train';
import type { Arguments, Command, CommandIo } from '../command';
import { shippedModel } from '../paths';
import { Progress } from '../progress';
import { textOptions, textsOf } from '../texts';
import { conversionOptions, trainConversionHead } from '../train/conversion';
import { nextItemOptions, trainNextItem } from '../train/next-item';

/** The parts that --without names. Said here as well as in src/train: help must not load the trainer. */
const BLOCKS: readonly Block[] = [
  'familiarity',
  'neighbours',
  'text',
  'residual',
  'popularity',
  'prior',
  'network',
  'memories',
  'time-decay',
];

/** `homebody train`. */
export const trainCommand: Command = {
  name: 'train',
  summary: 'Trains the interest model on a shop’s log and writes a model folder.',
  options: {
    data: { type: 'string', value: '<folder>', help: 'items.csv[.gz] and events.csv[.gz]', required: true },
    out: { type: 'string', value: '<folder>', help: 'model folder to write', required: true },
    objective: {
      type: 'string',
      choices: ['next-basket', 'next-item', 'conversion'],
      default: 'next-basket',
      help:
        'next-basket: lists of returning customers; next-item: the item after every step of every user; ' +
        'conversion: which of the items met lately is bought',
    },
    preset: {
      type: 'string',
      choices: ['universal', 'shop'],
      default: 'universal',
      help: 'next-basket: content only, for any shop; shop: with what the log tells of items',
    },
    without: {
      type: 'string',
      value: '<list>',
      help: `parts taken out, for ablations: ${BLOCKS.join(', ')} (residual: next-item alone; prior: next-basket alone)`,
    },
    'cell-decay': {
      type: 'flag',
      help: 'next-basket: the memory of the LSTM fades between events; off, since it gained nothing on the logs tried',
    },
    'hold-out': {
      type: 'number',
      value: '<fold>',
      help: 'next-basket: fold of customers that stays unseen; the one before it chooses, three train',
      default: FOLDS - 1,
    },
    refit: {
      type: 'flag',
      help: 'next-basket: once the epochs are chosen, train again on the customers who chose them, too',
    },
    ...textOptions('the shipped potion-base-2M'),
    id: {
      type: 'string',
      value: '<name>',
      help: 'name of the model; a hash of its weights is added',
      default: 'homebody',
    },
    epochs: { type: 'number', value: '<n>', help: 'at most so many passes over the training customers' },
    hidden: { type: 'number', value: '<n>', help: 'width of the LSTM' },
    seed: { type: 'number', value: '<n>', help: 'of everything random', default: 1 },
    'sample-users': { type: 'number', value: '<n>', help: 'at most so many customers of each part: for a try' },
    resume: { type: 'flag', help: 'go on from the checkpoint in <out>/training' },
    ...nextItemOptions,
    ...conversionOptions,
    'about-data': { type: 'string', value: '<text>', help: 'for the manifest: what it was trained on' },
    licence: { type: 'string', value: '<text>', help: 'for the manifest: the log’s licence' },
    credit: { type: 'string', value: '<text>', help: 'for the manifest: whom to credit' },
    json: { type: 'flag', help: 'print the result as one JSON object' },
  },
  examples: [
    'homebody train --data logs/shop --out models/mine',
    'homebody train --data logs/shop --out models/mine --resume',
    'homebody train --preset shop --hold-out 0 --data logs/shop --out runs/fold0',
    'homebody train --objective next-item --data logs/shop --out models/mine --hidden 192 --settings settings.json',
  ],
  run: train,
};

const whole = (args: Arguments, name: string): number | undefined => {
  const value = args.number(name);
  if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) return value;
  throw new HomebodyError('invalid-input', `--${name} is a whole number from 1, not ${value}.`, {
    remedy: 'See homebody train --help.',
  });
};

/** Next-item models have no prior, those of baskets no residuals. */
function blocksOf(list: string | undefined, objective: string): Block[] {
  const names = (list ?? '').split(',').filter((name) => name !== '');
  const known = BLOCKS.filter((name) => name !== (objective === 'next-item' ? 'prior' : 'residual'));
  const unknown = names.find((name) => !known.includes(name as Block));
  if (unknown === undefined) return names as Block[];
  throw new HomebodyError('invalid-input', `--without knows no "${unknown}" in --objective ${objective}.`, {
    remedy: `Its parts are ${known.join(', ')}.`,
  });
}

/** Which folds train and which one chooses when one is held out. */
function foldsWithout(held: number): Required<Pick<TrainOptions, 'trainFolds' | 'validationFolds'>> {
  if (!Number.isSafeInteger(held) || held < 0 || held >= FOLDS) {
    throw new HomebodyError('invalid-input', `--hold-out is a fold from 0 to ${FOLDS - 1}, not ${held}.`, {
      remedy: 'Customers are split by crc32(user_id) mod 5; see docs/command-line.md.',
    });
  }
  const choosing = (held + FOLDS - 1) % FOLDS;
  const all = Array.from({ length: FOLDS }, (_, fold) => fold);
  return { trainFolds: all.filter((fold) => fold !== held && fold !== choosing), validationFolds: [choosing] };
}

async function train(args: Arguments, io: CommandIo): Promise<void> {
  const objective = args.text('objective')!;
  for (const [other, options] of [
    ['next-item', nextItemOptions] as const,
    ['conversion', conversionOptions] as const,
  ]) {
    const name = Object.keys(options).find((one) => args.text(one) !== undefined);
    if (name === undefined || objective === other) continue;
    throw new HomebodyError('invalid-input', `--${name} is for --objective ${other}.`, {
      remedy: 'See homebody train --help.',
    });
  }
  const without = blocksOf(args.text('without'), objective);
  if (objective === 'next-item') return trainNextItem(args, io, without);
  if (objective === 'conversion') return trainConversionHead(args, io);
  const data = args.text('data')!;
  const out = args.text('out')!;
  const embedder = resolve(args.text('embedder') ?? join(shippedModel(), '..', 'potion-base-2M'));
  const epochs = whole(args, 'epochs');
  const hidden = whole(args, 'hidden');
  const sampleUsers = whole(args, 'sample-users');
  const seed = args.number('seed')!;
  const progress = new Progress(io);
  const options: TrainOptions = {
    data,
    out,
    ...textsOf(args),
    embedder,
    embedderId: embedder.split(/[\\/]/).at(-1)!,
    id: args.text('id')!,
    seed,
    ...(epochs === undefined ? {} : { epochs }),
    ...(hidden === undefined ? {} : { hidden }),
    ...(sampleUsers === undefined ? {} : { sampleUsers }),
    preset: args.text('preset') as PresetName,
    without,
    cellDecay: args.flag('cell-decay'),
    ...foldsWithout(args.number('hold-out')!),
    resume: args.flag('resume'),
    refit: args.flag('refit'),
    about: {
      data: args.text('about-data') ?? data,
      licence: args.text('licence') ?? 'not stated',
      credit: args.text('credit') ?? '',
      command: commandLine(args, seed),
    },
    signal: io.signal,
    onProgress: ({ phase, done, total, note }) => {
      if (phase !== 'epoch') return progress.show(phase, done, total);
      progress.stop();
      io.err(`epoch ${done} of ${total}: ${note ?? ''}`);
    },
  };
  try {
    // Training loads tfjs, which no other command needs.
    const { train } = await import('../../train');
    const result = await train(options);
    progress.stop();
    const { id, epoch, validation, bytes } = result;
    if (args.flag('json')) return io.out(JSON.stringify({ id, out, epoch, validation, bytes }, null, 2));
    io.out(
      `${id} in ${out}: ${bytes.toLocaleString('en')} bytes, weights of epoch ${epoch}; NDCG@10 on validation ` +
        `${validation.all.toFixed(4)} all, ${validation.new.toFixed(4)} new. Measure it: homebody evaluate --data ${data} --model ${out}`,
    );
  } finally {
    progress.stop();
  }
}

/** What made the model, for its manifest: without the paths of this machine. */
function commandLine(args: Arguments, seed: number): string {
  const parts = ['homebody train --data <folder> --out <folder>', `--seed ${seed}`];
  if (args.text('preset') !== 'universal') parts.push(`--preset ${args.text('preset')}`);
  if (args.text('without')) parts.push(`--without ${args.text('without')}`);
  if (args.flag('cell-decay')) parts.push('--cell-decay');
  if (args.number('hold-out') !== FOLDS - 1) parts.push(`--hold-out ${args.number('hold-out')}`);
  if (args.flag('refit')) parts.push('--refit');
  for (const name of ['epochs', 'hidden', 'sample-users']) {
    const value = args.number(name);
    if (value !== undefined) parts.push(`--${name} ${value}`);
  }
  return parts.join(' ');
}
