// npm run bench -- ablation --data FOLDER [--work FOLDER] [--folds 4] [--epochs 2] [--seed 1] [--only whole,text] [--sample-users N]
// Trains the shop's model on a log of purchases, whole, with each part taken out, and as the five systems it is made of, with
// the same epochs and seed, and puts their figures on customers held out into bench/results/ranking.json. What is trained and
// measured already is left as it is: run it again after an interruption.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const RECORD = join(root, 'bench/results/ranking.json');
const FOLDS = 5;

const { values } = parseArgs({
  args: process.argv.slice(process.argv.indexOf('ablation') + 1),
  options: {
    data: { type: 'string' },
    work: { type: 'string', default: join(tmpdir(), 'homebody-ablation') },
    folds: { type: 'string', default: '4' },
    epochs: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    'sample-users': { type: 'string' },
  },
});

/** Name in the results, and what `homebody train --preset shop` is told to leave out. */
const VARIANTS: Record<string, { title: string; without: string[] }> = {
  whole: { title: 'shop', without: [] },
  familiarity: { title: 'shop without familiarity', without: ['familiarity'] },
  neighbours: { title: 'shop without neighbours', without: ['neighbours'] },
  text: { title: 'shop without text columns', without: ['text'] },
  popularity: { title: 'shop without popularity bias', without: ['popularity'] },
  prior: { title: 'shop without the prior', without: ['prior'] },
  network: { title: 'shop without the network', without: ['network'] },
  memories: { title: 'shop without memories', without: ['memories'] },
  'time-decay': { title: 'shop without time decay of the cell', without: ['time-decay'] },
  s1: {
    title: 'S1 as a shop’s model: interest of a plain LSTM and text',
    without: ['familiarity', 'neighbours', 'popularity', 'memories', 'time-decay'],
  },
  s2: {
    title: 'S2 as a shop’s model: interest of a plain LSTM, text and popularity',
    without: ['familiarity', 'neighbours', 'memories', 'time-decay'],
  },
  s3: {
    title: 'S3 as a shop’s model: interest, memories, popularity and counts of what was met',
    without: ['neighbours', 'text', 'time-decay'],
  },
  s4: {
    title: 'S4 as a shop’s model: interest and counts that fade with time',
    without: ['neighbours', 'text', 'popularity'],
  },
  s5: {
    title: 'S5 as a shop’s model: long-term and short-term interest, fused',
    without: ['familiarity', 'neighbours', 'text', 'time-decay'],
  },
};

function homebody(args: string[]): Promise<void> {
  const command = [join(root, 'node_modules/tsx/dist/cli.mjs'), join(root, 'src/cli/main.ts'), ...args];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'inherit', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`homebody ${args[0]} ended with ${code}`)),
    );
  });
}

/** Names of models whose figures with the prior stand in the record. */
function recorded(): Set<string> {
  if (!existsSync(RECORD)) return new Set();
  const rows = JSON.parse(readFileSync(RECORD, 'utf8')) as { model: string; seed: number }[];
  return new Set(rows.filter(({ seed }) => seed === Number(values.seed)).map(({ model }) => model));
}

const { data } = values;
if (data === undefined) throw new Error('Say which log: npm run bench -- ablation --data <folder>');
const folds =
  values.folds === 'all' ? Array.from({ length: FOLDS }, (_, fold) => fold) : values.folds.split(',').map(Number);
if (folds.length > 1 && folds.length < FOLDS) throw new Error('--folds is one fold, or all.');
const chosen = values.only?.split(',') ?? Object.keys(VARIANTS);
const sample = values['sample-users'] === undefined ? [] : ['--sample-users', values['sample-users']];
const started = Date.now();
for (const [done, name] of chosen.entries()) {
  const variant = VARIANTS[name];
  if (!variant) throw new Error(`no variant ${name}; there are ${Object.keys(VARIANTS).join(', ')}`);
  const minutes = ((Date.now() - started) / 60_000).toFixed(1);
  const title = `${variant.title}, ${values.epochs} epochs`;
  console.log(`\n${done + 1} of ${chosen.length}, ${minutes} min: ${title}`);
  if (recorded().has(title) && sample.length === 0) {
    console.log('  measured already');
    continue;
  }
  const models = join(values.work, name);
  mkdirSync(models, { recursive: true });
  for (const fold of folds) {
    const out = join(models, `fold${fold}`);
    if (existsSync(join(out, 'model.json'))) continue;
    await homebody([
      ...[
        'train',
        '--preset',
        'shop',
        '--data',
        data,
        '--out',
        out,
        '--id',
        `shop-${name}`,
        '--hold-out',
        String(fold),
      ],
      ...['--epochs', values.epochs, '--seed', values.seed, '--resume', ...sample],
      ...(variant.without.length > 0 ? ['--without', variant.without.join(',')] : []),
    ]);
  }
  const one = folds.length === 1;
  await homebody([
    ...['evaluate', '--data', data, '--prior', 'popularity', '--name', title, '--seed', values.seed],
    ...['--model', join(models, one ? `fold${folds[0]}` : 'fold{fold}'), '--folds', one ? String(folds[0]) : 'all'],
    ...['--embedder', join(root, 'public/models/potion-base-2M')],
    ...(sample.length > 0 ? sample : ['--record', RECORD]),
  ]);
}
