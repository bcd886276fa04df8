import { join, resolve } from 'node:path';
import { FOLDS } from '../../data';
import { HomebodyError } from '../../domain';
import type { Arguments, CommandIo } from '../command';
import { shippedModels } from '../paths';
import { textsOf } from '../texts';

/** What the manifest says of the log and of what made the model. `command` without the paths of this machine. */
export function aboutOf(args: Arguments, command: string) {
  return {
    data: args.text('about-data') ?? args.text('data')!,
    licence: args.text('licence') ?? 'not stated',
    credit: args.text('credit') ?? '',
    command,
  };
}

/** What trainings of a whole model take alike. The embedder's id is its folder's name. */
export function trainingOf(args: Arguments, io: CommandIo) {
  const embedder = resolve(args.text('embedder') ?? join(shippedModels(), 'potion-base-2M'));
  const sampleUsers = wholeFrom(args, 'sample-users');
  return {
    data: args.text('data')!,
    out: args.text('out')!,
    ...textsOf(args),
    embedder,
    embedderId: embedder.split(/[\\/]/).at(-1)!,
    id: args.text('id')!,
    seed: args.number('seed')!,
    ...(sampleUsers === undefined ? {} : { sampleUsers }),
    resume: args.flag('resume'),
    signal: io.signal,
  };
}

/** @throws HomebodyError `invalid-input` when it is no whole number from `least` */
export function wholeFrom(args: Arguments, name: string, least = 1): number | undefined {
  const value = args.number(name);
  if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return value;
  throw new HomebodyError('invalid-input', `--${name} is a whole number from ${least}, not ${value}.`, {
    remedy: 'See homebody train --help.',
  });
}

/** The fold of --hold-out, the last one unless another is given. */
export function heldOutOf(args: Arguments): number {
  const held = args.number('hold-out') ?? FOLDS - 1;
  if (Number.isSafeInteger(held) && held >= 0 && held < FOLDS) return held;
  throw new HomebodyError('invalid-input', `--hold-out is a fold from 0 to ${FOLDS - 1}, not ${held}.`, {
    remedy: 'Customers are split by crc32(user_id) mod 5; see docs/command-line.md.',
  });
}
