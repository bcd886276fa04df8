import { FOLDS } from '../../data';
import { HomebodyError } from '../../domain';
import type { Block } from '../../train';
import type { Arguments, Command, CommandIo } from '../command';
import { textOptions } from '../texts';
import { conversionOptions, trainConversionHead } from '../train/conversion';
import { nextBasketOptions, trainNextBasket } from '../train/next-basket';
import { nextItemOptions, trainNextItem } from '../train/next-item';

/** The parts that --without names. Said here as well as in src/train: help must not load the trainer. */
const BLOCKS: readonly Block[] = [
  'familiarity',
  'neighbours',
  'text',
  'words',
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
    without: {
      type: 'string',
      value: '<list>',
      help: `parts taken out, for ablations: ${BLOCKS.join(', ')} (residual: next-item alone; prior: next-basket alone)`,
    },
    'hold-out': {
      type: 'number',
      value: '<fold>',
      help: `next-basket and conversion: fold of customers that stays unseen (default ${FOLDS - 1}); next-basket: the one before it chooses, three train`,
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
    ...nextBasketOptions,
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

/** Options of several objectives that one of them has no use for. */
const IGNORED: Record<string, readonly string[]> = {
  'next-item': ['hold-out'],
  conversion: ['without', 'hidden', 'sample-users', 'resume'],
};

async function train(args: Arguments, io: CommandIo): Promise<void> {
  const objective = args.text('objective')!;
  for (const [other, options] of [
    ['next-basket', nextBasketOptions] as const,
    ['next-item', nextItemOptions] as const,
    ['conversion', conversionOptions] as const,
  ]) {
    const name = Object.keys(options).find(args.has);
    if (name === undefined || objective === other) continue;
    throw new HomebodyError('invalid-input', `--${name} is for --objective ${other}.`, {
      remedy: 'See homebody train --help.',
    });
  }
  const ignored = IGNORED[objective]?.find(args.has);
  if (ignored) {
    throw new HomebodyError('invalid-input', `--${ignored} says nothing to --objective ${objective}.`, {
      remedy: 'See homebody train --help.',
    });
  }
  const without = blocksOf(args.text('without'), objective);
  if (objective === 'next-item') return trainNextItem(args, io, without);
  if (objective === 'conversion') return trainConversionHead(args, io);
  return trainNextBasket(args, io, without);
}
