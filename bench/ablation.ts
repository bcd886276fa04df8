// npm run bench -- ablation --data FOLDER [--objective next-basket|next-item] [--epochs 2] [--seed 1] [--only whole,text]
//   [--users N] [--judged N] [--fold 4|all] [--protocol leave-one-out|time-split] [--settings JSON] [--work FOLDER]
// Trains a model whole, with each part taken out, and as the five systems it is made of, with the same epochs and seed, and
// puts NDCG@10 of each and its paired difference to the whole into bench/results/ablation.json. next-basket: the shop's model,
// on customers held out; next-item: that trainer's, on users' validation items. What is measured already is left as it is:
// run it again after an interruption.
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { commit, machine } from '../src/cli/evaluate/setting';
import { FOLDS } from '../src/data';
import type { NextItemSettingsInput } from '../src/train';
import { runNextItem } from './ablation/next-item';
import { ablationRows, readMeasured, recordAblation } from './ablation/record';
import { runShop } from './ablation/shop';
import { nextItemVariants, SHOP_VARIANTS } from './ablation/variants';

const RECORD = fileURLToPath(new URL('results/ablation.json', import.meta.url));

const { values } = parseArgs({
  args: process.argv.slice(process.argv.indexOf('ablation') + 1),
  options: {
    data: { type: 'string' },
    objective: { type: 'string', default: 'next-basket' },
    protocol: { type: 'string', default: 'leave-one-out' },
    work: { type: 'string' },
    fold: { type: 'string', default: '4' },
    epochs: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    users: { type: 'string' },
    judged: { type: 'string' },
    settings: { type: 'string', default: '{}' },
  },
});
const { data, objective, protocol } = values;
if (data === undefined) throw new Error('Say which log: npm run bench -- ablation --data <folder>');
if (objective !== 'next-basket' && objective !== 'next-item') throw new Error('--objective: next-basket or next-item');
if (protocol !== 'leave-one-out' && protocol !== 'time-split')
  throw new Error('--protocol: leave-one-out or time-split');
const isNextItem = objective === 'next-item';
const names = Object.keys(isNextItem ? nextItemVariants() : SHOP_VARIANTS);
const [epochs, seed] = [Number(values.epochs), Number(values.seed)];
const folds = values.fold === 'all' ? [...Array(FOLDS).keys()] : [Number(values.fold)];
const work = values.work ?? join(tmpdir(), 'homebody-ablation', `${basename(data)}-${objective}-${epochs}-${seed}`);
// `whole` first: the others are compared with it.
const only = [...new Set(['whole', ...(values.only?.split(',') ?? names)])];

const SAID = ['objective', 'protocol', 'fold', 'epochs', 'seed', 'users', 'judged', 'settings'] as const;
const defaults: Record<string, string> = {
  objective: 'next-basket',
  protocol: 'leave-one-out',
  fold: '4',
  settings: '{}',
};
const said = SAID.filter((name) => values[name] !== undefined && values[name] !== defaults[name]);
const made = await commit();
const onMeasured = (name: string): void => {
  const judged = readMeasured(work, 'whole')!.gains.all!;
  const setting = {
    data: basename(data),
    protocol: isNextItem ? `${protocol}, validation items` : `next-basket, fold ${folds.join(', ')}, with prior`,
    trainer: `homebody train --objective ${objective}`,
    epochs,
    seed,
    users: judged.length,
    command: [
      'npm run bench -- ablation',
      `--data ${basename(data)}`,
      ...said.map((one) => `--${one} ${values[one]}`),
    ].join(' '),
    commit: made,
    machine: machine(),
  };
  const rows = ablationRows(work, names, seed) as { variant: string }[];
  recordAblation(RECORD, setting, rows);
  console.log(JSON.stringify(rows.filter(({ variant }) => variant === name)));
};
const common = {
  data,
  work,
  only,
  epochs,
  seed,
  onMeasured,
  ...(values.users ? { users: Number(values.users) } : {}),
};
if (isNextItem) {
  const settings = JSON.parse(values.settings) as NextItemSettingsInput;
  await runNextItem({ ...common, protocol, settings });
} else {
  await runShop({ ...common, folds, ...(values.judged ? { judged: Number(values.judged) } : {}) });
}
