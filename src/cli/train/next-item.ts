import { readFile } from 'node:fs/promises';
import { HomebodyError } from '../../domain';
import type { Block, NextItemOptions, NextItemSettingsInput, SystemName } from '../../train';
import type { Arguments, CommandIo, OptionSpec } from '../command';
import { Progress } from '../progress';
import { aboutOf, trainingOf, wholeFrom } from './shared';

/** Options of `homebody train` that `--objective next-item` alone takes. */
export const nextItemOptions: Record<string, OptionSpec> = {
  settings: { type: 'string', value: '<file>', help: 'next-item: all settings as JSON; flags override it' },
  system: {
    type: 'string',
    choices: ['s1', 's2', 's3', 's4', 's5', 'whole'] satisfies SystemName[],
    help: 'next-item: settings of one of the systems that docs/command-line.md tells of; --settings and flags override them',
  },
  batch: { type: 'number', value: '<n>', help: 'next-item: windows in an update' },
  rate: { type: 'number', value: '<x>', help: 'next-item: highest rate of Adam' },
  workers: { type: 'number', value: '<n>', help: 'next-item: threads; 0: none beside its own (default: cores − 1)' },
  backend: {
    type: 'string',
    choices: ['auto', 'wasm', 'webgpu'],
    help: 'next-item: what computes; auto: a GPU where there is one, else wasm',
  },
  protocol: {
    type: 'string',
    choices: ['leave-one-out', 'time-split'],
    help: 'next-item: what validation holds out (default: leave-one-out)',
  },
};

/** Flags that stand for a field of the settings. */
const FIELDS = ['epochs', 'hidden', 'batch', 'rate'] as const;

async function readSettings(args: Arguments, without: readonly Block[]): Promise<NextItemSettingsInput> {
  const file = args.text('settings');
  let settings: Record<string, unknown> = {};
  if (file !== undefined) {
    const remedy = 'Give a file with one JSON object; docs/command-line.md lists its fields.';
    const text = await readFile(file, 'utf8').catch((cause) => {
      throw new HomebodyError('invalid-input', `${file} cannot be read.`, { cause, remedy });
    });
    try {
      settings = JSON.parse(text) as typeof settings;
    } catch (cause) {
      throw new HomebodyError('invalid-input', `${file} is not JSON.`, { cause, remedy });
    }
  }
  const { SYSTEMS, settingsWithout } = await import('../../train');
  const system = args.text('system') as SystemName | undefined;
  if (system) settings = { ...SYSTEMS[system].settings, ...settings };
  for (const name of FIELDS) {
    const value = args.number(name);
    if (value !== undefined) settings[name] = value;
  }
  return settingsWithout(settings as NextItemSettingsInput, without);
}

/** `homebody train --objective next-item`. */
export async function trainNextItem(args: Arguments, io: CommandIo, without: readonly Block[]): Promise<void> {
  const training = trainingOf(args, io);
  const workers = wholeFrom(args, 'workers', 0);
  const progress = new Progress(io);
  const settings = await readSettings(args, without);
  const options: NextItemOptions = {
    ...training,
    settings,
    ...(workers === undefined ? {} : { workers }),
    backend: (args.text('backend') ?? 'auto') as NonNullable<NextItemOptions['backend']>,
    protocol: (args.text('protocol') ?? 'leave-one-out') as NonNullable<NextItemOptions['protocol']>,
    about: aboutOf(args, commandLine(settings, training.seed, training.sampleUsers)),
    onProgress: (now) => {
      if (now.phase === 'preparing') return progress.show(now.what, now.done, now.total);
      if (now.phase === 'training') {
        const { epoch, done, total, loss, eventsPerSecond, best } = now;
        const parts = [`epoch ${epoch + 1}`, `loss ${loss.toFixed(4)}`, `${eventsPerSecond.toFixed(0)} events/s`];
        if (best !== undefined) parts.splice(2, 0, `best NDCG@10 ${best.toFixed(4)}`);
        return progress.show('training', done, total, parts.join(', '));
      }
      progress.stop();
      const { epoch, epochs, loss, validation, eventsPerSecond } = now;
      io.err(
        `epoch ${epoch} of ${epochs}: loss ${loss.toFixed(4)}; validation NDCG@10 ${validation['ndcg@10'].toFixed(4)}, ` +
          `HR@10 ${validation['hr@10'].toFixed(4)} of ${validation.users} users; ${eventsPerSecond.toFixed(0)} events/s`,
      );
    },
  };
  try {
    // Training loads tfjs, which no other command needs.
    const { trainNextItem: run } = await import('../../train');
    const result = await run(options);
    progress.stop();
    if (args.flag('json')) return io.out(JSON.stringify({ out: training.out, ...result }, null, 2));
    const { id, epoch, validation } = result;
    const figure = validation ? `; NDCG@10 on validation ${validation['ndcg@10'].toFixed(4)}` : '';
    const measure = `homebody evaluate --data ${training.data} --model ${training.out} --protocol leave-one-out`;
    io.out(`${id} in ${training.out}: weights of epoch ${epoch}${figure}. Measure it: ${measure}`);
  } finally {
    progress.stop();
  }
}

/** What made the model, for its manifest: without the paths of this machine. */
function commandLine(settings: NextItemSettingsInput, seed: number, sampleUsers: number | undefined): string {
  const parts = ['homebody train --objective next-item --data <folder> --out <folder>', `--seed ${seed}`];
  if (sampleUsers !== undefined) parts.push(`--sample-users ${sampleUsers}`);
  const text = JSON.stringify(settings);
  if (text !== '{}') parts.push(`--settings ${text.length < 1500 ? text : '<file>'}`);
  return parts.join(' ');
}
