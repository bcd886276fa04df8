import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from './index';

const embedder = fileURLToPath(new URL('../../public/models/potion-base-2M', import.meta.url));
let work: string;
let data: string;

/** Twenty shoppers look at four things and buy the one in the cart. */
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'homebody-conversion-'));
  data = join(work, 'log');
  await mkdir(data);
  const events = Array.from({ length: 20 }, (_, user) => {
    const at = (minutes: number) => 1_700_000_000 + 60 * minutes;
    const item = (place: number) => `i${(user + 3 * place) % 15}`;
    return [
      ...[0, 1, 2, 3].map((place) => `u${user},${item(place)},view_item,${at(place)},`),
      `u${user},${item(user % 3)},add_to_cart,${at(4)},`,
      `u${user},${item(3)},view_item,${at(5)},`,
      `u${user},${item(user % 3)},purchase,${at(60)},1`,
    ];
  }).flat();
  await writeFile(join(data, 'events.csv'), `user_id,item_id,event,timestamp_s,value\n${events.join('\n')}\n`);
  const items = Array.from({ length: 15 }, (_, i) => `i${i},thing number ${i},kind ${i % 3}`);
  await writeFile(join(data, 'items.csv'), `item_id,title,category\n${items.join('\n')}\n`);
});
afterAll(() => rm(work, { recursive: true }));

async function homebody(...argv: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const io = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
  const status = await run(argv, { ...io, signal: new AbortController().signal });
  return { status, out: out.join('\n'), err: err.join('\n') };
}

test('train, evaluate and record a conversion head', { timeout: 120_000 }, async () => {
  const out = join(work, 'model');
  const trained = await homebody(
    ...['train', '--objective', 'conversion', '--data', data, '--embedder', embedder, '--out', out],
    ...['--epochs', '2', '--json'],
  );
  expect(trained).toMatchObject({ status: 0, err: '' });
  expect(JSON.parse(trained.out)).toMatchObject({ out, auc: expect.any(Number), settings: { hidden: 16 } });
  const record = join(work, 'record.json');
  const judged = await homebody(
    ...['evaluate', '--protocol', 'next-purchase', '--data', data, '--model', out, '--embedder', embedder],
    ...['--baselines', '--json', '--record', record],
  );
  expect(judged.status).toBe(0);
  const { rows, folds } = JSON.parse(judged.out);
  expect(folds).toEqual([4]);
  expect(rows.map(({ name }: { name: string }) => name).slice(1)).toEqual([
    'last met',
    'in the cart, then last met',
    'last met, the very last at the end',
    'most viewed, then last met',
  ]);
  expect(rows[0]).toMatchObject({ auc: expect.any(Number), brier: expect.any(Number), ece: expect.any(Number) });
  expect(rows[2].auc).toBe(1);
  const recorded: { metric: string; protocol: string; command: string }[] = JSON.parse(await readFile(record, 'utf8'));
  expect(recorded.map(({ metric }) => metric)).toEqual(['auc', 'brier', 'ece', 'auc', 'auc', 'auc', 'auc']);
  expect(recorded[0]).toMatchObject({ protocol: 'next-purchase', command: expect.not.stringContaining(work) });
});

test('a model with no embedder beside it trains with the one that the package ships', {
  timeout: 120_000,
}, async () => {
  const alone = join(work, 'alone');
  await cp(join(embedder, '..', 'universal'), alone, { recursive: true });
  const trained = await homebody(
    ...['train', '--objective', 'conversion', '--data', data, '--model', alone, '--out', join(work, 'from-alone')],
    ...['--epochs', '1', '--json'],
  );
  expect(trained).toMatchObject({ status: 0, err: '' });
});

test('a model without the head is refused', async () => {
  const judged = await homebody('evaluate', '--protocol', 'next-purchase', '--data', data);
  expect(judged).toMatchObject({ status: 2, err: expect.stringContaining('--objective conversion') });
});

test.each([
  ['next-basket --days 5', '--days is for --objective conversion'],
  ['next-item --refit', '--refit is for --objective next-basket'],
  ['next-item --hold-out 3', '--hold-out says nothing to --objective next-item'],
  ['conversion --resume', '--resume says nothing to --objective conversion'],
  ['conversion --hold-out 9', '--hold-out is a fold from 0 to 4, not 9'],
])('homebody train --objective %s is refused', async (words, message) => {
  const out = join(work, 'none');
  const trained = await homebody('train', '--data', data, '--out', out, '--objective', ...words.split(' '));
  expect(trained).toMatchObject({ status: 2, err: expect.stringContaining(message) });
});
