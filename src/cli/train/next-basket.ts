import { FOLDS } from '../../data';
import type { Block, PresetName, TrainOptions } from '../../train';
import type { Arguments, CommandIo, OptionSpec } from '../command';
import { Progress } from '../progress';
import { aboutOf, heldOutOf, trainingOf, wholeFrom } from './shared';

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

/** Which folds train and which one chooses when one is held out. */
function foldsWithout(held: number): Required<Pick<TrainOptions, 'trainFolds' | 'validationFolds'>> {
  const choosing = (held + FOLDS - 1) % FOLDS;
  const all = Array.from({ length: FOLDS }, (_, fold) => fold);
  return { trainFolds: all.filter((fold) => fold !== held && fold !== choosing), validationFolds: [choosing] };
}

const presetOf = (args: Arguments) => (args.text('preset') ?? 'universal') as PresetName;

/** `homebody train --objective next-basket`. */
export async function trainNextBasket(args: Arguments, io: CommandIo, without: Block[]): Promise<void> {
  const training = trainingOf(args, io);
  const epochs = wholeFrom(args, 'epochs');
  const hidden = wholeFrom(args, 'hidden');
  const progress = new Progress(io);
  const options: TrainOptions = {
    ...training,
    ...(epochs === undefined ? {} : { epochs }),
    ...(hidden === undefined ? {} : { hidden }),
    preset: presetOf(args),
    without,
    cellDecay: args.flag('cell-decay'),
    ...foldsWithout(heldOutOf(args)),
    refit: args.flag('refit'),
    about: aboutOf(args, commandLine(args, training.seed)),
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
    if (args.flag('json')) return io.out(JSON.stringify({ id, out: training.out, epoch, validation, bytes }, null, 2));
    io.out(
      `${id} in ${training.out}: ${bytes.toLocaleString('en')} bytes, weights of epoch ${epoch}; NDCG@10 on validation ` +
        `${validation.all.toFixed(4)} all, ${validation.new.toFixed(4)} new. Measure it: homebody evaluate --data ${training.data} --model ${training.out}`,
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
  if (heldOutOf(args) !== FOLDS - 1) parts.push(`--hold-out ${heldOutOf(args)}`);
  if (args.flag('refit')) parts.push('--refit');
  for (const name of ['epochs', 'hidden', 'sample-users']) {
    const value = args.number(name);
    if (value !== undefined) parts.push(`--${name} ${value}`);
  }
  return parts.join(' ');
}
