import { join, resolve } from 'node:path';
import { FOLDS } from '../../data';
import { HomebodyError } from '../../domain';
import type { Block, PresetName, TrainOptions } from '../../train';
import type { Arguments, CommandIo, OptionSpec } from '../command';
import { shippedModel } from '../paths';
import { Progress } from '../progress';
import { textsOf } from '../texts';

/** Options of `homebody train` that `--objective next-basket` alone takes. */
export const nextBasketOptions: Record<string, OptionSpec> = {
  preset: {
    type: 'string',
    choices: ['universal', 'shop'],
    help: 'next-basket: universal (default): content only, for any shop; shop: with what the log tells of items',
  },
  'cell-decay': {
    type: 'flag',
    help: 'next-basket: the memory of the LSTM fades between events; off, since it gained nothing on the logs tried',
  },
  refit: {
    type: 'flag',
    help: 'next-basket: once the epochs are chosen, train again on the customers who chose them, too',
  },
};

const whole = (args: Arguments, name: string): number | undefined => {
  const value = args.number(name);
  if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) return value;
  throw new HomebodyError('invalid-input', `--${name} is a whole number from 1, not ${value}.`, {
    remedy: 'See homebody train --help.',
  });
};

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

const presetOf = (args: Arguments) => (args.text('preset') ?? 'universal') as PresetName;

/** `homebody train --objective next-basket`. */
export async function trainNextBasket(args: Arguments, io: CommandIo, without: Block[]): Promise<void> {
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
    preset: presetOf(args),
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
  if (presetOf(args) !== 'universal') parts.push(`--preset ${presetOf(args)}`);
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
