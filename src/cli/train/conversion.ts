import { HomebodyError } from '../../domain';
import type { Arguments, CommandIo, OptionSpec } from '../command';
import { shippedModel } from '../paths';
import { Progress } from '../progress';
import { textsOf } from '../texts';
import { aboutOf, heldOutOf, wholeFrom } from './shared';

/** Options of `homebody train --objective conversion` alone. */
export const conversionOptions: Record<string, OptionSpec> = {
  model: {
    type: 'string',
    value: '<folder>',
    help: 'conversion: model that gets the head (default: the shipped universal model)',
  },
  inputs: {
    type: 'string',
    value: '<list>',
    help: 'conversion: blocks that the head reads, with commas between them (default: all; docs/command-line.md)',
  },
  days: {
    type: 'number',
    value: '<n>',
    help: 'conversion: an item met in so many days before is a candidate (default 3)',
  },
};

/** Most passes of one fit; how many are kept is chosen. */
const EPOCHS = 15;

/** Trains the conversion head of a model and writes the model with it. */
export async function trainConversionHead(args: Arguments, io: CommandIo): Promise<void> {
  const data = args.text('data')!;
  const out = args.text('out')!;
  const days = args.number('days') ?? 3;
  const epochs = wholeFrom(args, 'epochs') ?? EPOCHS;
  const seed = args.number('seed')!;
  const holdOut = heldOutOf(args);
  if (!(days > 0)) {
    throw new HomebodyError('invalid-input', `--days is above 0, not ${days}.`, {
      remedy: 'See homebody train --help.',
    });
  }
  const command = ['homebody train --objective conversion --data <folder> --model <folder> --out <folder>'];
  command.push(`--hold-out ${holdOut} --days ${days} --epochs ${epochs} --seed ${seed}`);
  if (args.text('inputs')) command.push(`--inputs ${args.text('inputs')}`);
  const progress = new Progress(io);
  try {
    const { CONVERSION_INPUTS, trainConversion } = await import('../../train');
    const names = args
      .text('inputs')
      ?.split(',')
      .map((name) => name.trim());
    const inputs = CONVERSION_INPUTS.filter((name) => names?.includes(name) ?? true);
    if (names && names.length !== inputs.length) {
      throw new HomebodyError('invalid-input', `--inputs is a list of ${CONVERSION_INPUTS.join(', ')}.`, {
        remedy: 'For example --inputs features,recency,gap.',
      });
    }
    const result = await trainConversion({
      data,
      model: args.text('model') ?? shippedModel(),
      out,
      ...textsOf(args),
      id: args.text('id')!,
      holdOut,
      inputs,
      epochs,
      days,
      seed,
      about: aboutOf(args, command.join(' ')),
      signal: io.signal,
      onProgress: (phase, done, total) => progress.show(phase, done, total),
    });
    progress.stop();
    if (args.flag('json')) return io.out(JSON.stringify({ ...result, out }, null, 2));
    const { hidden, decay, interest } = result.settings;
    io.out(
      `${result.id} in ${out}: ${result.bytes.toLocaleString('en')} bytes; ${result.purchases} purchases of ` +
        `${result.users} users; ${hidden} hidden, decay ${decay}, ${interest ? 'with' : 'without'} interest, ` +
        `${result.epochs} epochs; out of fold: AUC ${result.auc.toFixed(4)}, Brier ${result.brier.toFixed(4)}, ECE ` +
        `${result.ece.toFixed(4)}. Measure it: homebody evaluate --protocol next-purchase --data ${data} --model ${out}`,
    );
  } finally {
    progress.stop();
  }
}
