// The ablation of the shop's model: every variant is trained by `homebody train --preset shop` on the other customers, and
// judged on those held out as `homebody evaluate --prior trending` does it.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DataFolder, folderVectors, foldOf, openModelFolder, readFolder } from '../../src/data';
import { evaluate, modelRanker, nextBasket, type Protocol, RecentPurchases, sampleUsers } from '../../src/evaluate';
import { createSimdExecutor } from '../../src/model';
import { type Measured, readMeasured, writeMeasured } from './record';
import { SHOP_VARIANTS } from './variants';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface ShopAblation {
  data: string;
  work: string;
  only: readonly string[];
  /** Each is held out once; the customers of all are judged together. */
  folds: readonly number[];
  /** At most so many customers train, and are judged. */
  users?: number;
  judged?: number;
  epochs: number;
  seed: number;
  onMeasured: (name: string) => void;
}

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

/** Trains a variant, on from where an earlier run left it; the seconds it took are kept beside the model. */
async function trainVariant(options: ShopAblation, name: string, fold: number, out: string): Promise<number> {
  const clock = join(out, 'seconds');
  if (!existsSync(join(out, 'model.json'))) {
    const began = performance.now();
    const { without } = SHOP_VARIANTS[name]!;
    await homebody([
      ...['train', '--preset', 'shop', '--data', options.data, '--out', out, '--id', `shop-${name}`],
      ...['--hold-out', String(fold), '--epochs', String(options.epochs), '--seed', String(options.seed)],
      '--resume',
      // Off by default for what this ablation found; the whole has it.
      ...(without.includes('time-decay') ? [] : ['--cell-decay']),
      ...(options.users ? ['--sample-users', String(options.users)] : []),
      ...(without.length > 0 ? ['--without', without.join(',')] : []),
    ]);
    writeFileSync(clock, String((performance.now() - began) / 1000));
  }
  return existsSync(clock) ? Number(readFileSync(clock, 'utf8')) : Number.NaN;
}

export async function runShop(options: ShopAblation): Promise<void> {
  const unknown = options.only.find((name) => !SHOP_VARIANTS[name]);
  if (unknown) throw new Error(`no variant ${unknown}; there are ${Object.keys(SHOP_VARIANTS).join(', ')}`);
  const log = await readFolder(options.data);
  const protocol = nextBasket(log);
  const recent = new RecentPurchases(log);
  for (const name of options.only) {
    if (readMeasured(options.work, name)) continue;
    const parts: Measured[] = [];
    for (const fold of options.folds) {
      const part = `${name}-fold${fold}`;
      if (!readMeasured(options.work, part)) {
        writeMeasured(options.work, part, await measure(options, { log, protocol, recent }, name, fold));
      }
      parts.push(readMeasured(options.work, part)!);
    }
    writeMeasured(options.work, name, joined(parts));
    options.onMeasured(name);
  }
}

interface Judging {
  log: DataFolder;
  protocol: Protocol;
  recent: RecentPurchases;
}

/** One variant, trained without a fold and judged on it. */
async function measure(options: ShopAblation, judging: Judging, name: string, fold: number): Promise<Measured> {
  const { log, protocol, recent } = judging;
  const held = protocol.users.filter((user) => foldOf(log.events.users[user]!) === fold);
  const users = options.judged ? sampleUsers(held, options.judged, options.seed) : held;
  const out = join(options.work, `${name}-fold${fold}`);
  const seconds = await trainVariant(options, name, fold, out);
  const executor = await createSimdExecutor();
  const folder = await openModelFolder(out);
  const ranker = modelRanker(log, {
    name,
    model: folder.model,
    lstm: await executor.load(folder.model.lstm),
    vectors: await folderVectors(folder, log.items, { embedder: join(root, 'public/models/potion-base-2M') }),
    prior: ({ time, user }) => recent.fading(time, user),
  });
  const { tallies } = await evaluate(protocol, [ranker], { users, seed: options.seed });
  executor.dispose();
  const gains = Object.fromEntries(
    [...tallies.get(name)!].map(([slice, { byUser }]) => [
      slice,
      [...byUser].map(([user, { sum, count }]): [number, number, number] => [user, sum, count]),
    ]),
  );
  return { title: SHOP_VARIANTS[name]!.title, seconds, gains };
}

function joined(parts: readonly Measured[]): Measured {
  const slices = new Set(parts.flatMap(({ gains }) => Object.keys(gains)));
  const gains = Object.fromEntries(
    [...slices].map((slice) => [slice, parts.flatMap((part) => part.gains[slice] ?? [])]),
  );
  return { title: parts[0]!.title, seconds: parts.reduce((sum, part) => sum + part.seconds, 0), gains };
}
