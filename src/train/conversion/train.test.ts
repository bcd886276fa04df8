import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { folderVectors, foldOf, openModelFolder, readFolder, readModelFolder } from '../../data';
import { conversionRanker, evaluatePurchases, metRules, nextPurchase, seededRandom } from '../../evaluate';
import { createPlainExecutor } from '../../model';
import { trainConversion } from './train';

const universal = fileURLToPath(new URL('../../../public/models/universal', import.meta.url));
const embedder = fileURLToPath(new URL('../../../public/models/potion-base-2M', import.meta.url));
const about = { data: 'a test', licence: 'none', credit: '', command: 'a test' };
let folder: string;
const dataOf = () => join(folder, 'log');
const options = () => ({
  data: dataOf(),
  model: universal,
  embedder,
  out: join(folder, 'out'),
  id: 'test',
  holdOut: 4,
  epochs: 6,
  days: 3,
  seed: 1,
  about,
});

/** Shoppers look at five things an hour apart, put one of the first in the cart and buy it after the others were seen. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'homebody-conversion-'));
  await mkdir(dataOf());
  const random = seededRandom(5);
  const events = ['user_id,item_id,event,timestamp_s,value'];
  for (let user = 0; user < 40; user += 1) {
    for (let visit = 0; visit < 2; visit += 1) {
      const start = 1_700_000_000 + visit * 10 * 86_400;
      const items = [0, 1, 2, 3, 4].map((i) => `i${(user * 7 + visit * 3 + i) % 25}`);
      const wanted = items[Math.floor(random() * 3)]!;
      for (const [i, item] of items.entries()) {
        events.push(`u${user},${item},view_item,${start + i * 3600},`);
        if (item === wanted) events.push(`u${user},${item},add_to_cart,${start + i * 3600 + 60},`);
      }
      events.push(`u${user},${wanted},purchase,${start + 6 * 3600},1`);
    }
  }
  await writeFile(join(dataOf(), 'events.csv'), `${events.join('\n')}\n`);
  const items = Array.from({ length: 25 }, (_, i) => `i${i},thing ${i},c${i % 4}`);
  await writeFile(join(dataOf(), 'items.csv'), `item_id,title,category\n${items.join('\n')}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

test('a head learns what a rule cannot say, on users it never saw; relevance stays what it was', {
  timeout: 120_000,
}, async () => {
  const result = await trainConversion(options());
  expect(result.purchases).toBe(2 * result.users);
  expect(result.auc).toBeGreaterThan(0.9);
  const opened = await openModelFolder(options().out);
  const { model } = opened;
  expect(model.manifest.metrics.at(-3)).toMatchObject({ protocol: 'next-purchase', metric: 'auc' });
  const data = await readFolder(dataOf());
  const protocol = nextPurchase(data);
  const vectors = await folderVectors(opened, data.items, { embedder });
  const lstm = await createPlainExecutor().load(model.lstm);
  const unseen = protocol.users.filter((user) => foldOf(data.events.users[user]!) === 4);
  const rankers = [conversionRanker(data, { model, lstm, vectors }), ...metRules(data)];
  const rows = await evaluatePurchases(protocol, rankers, { users: unseen });
  expect(rows[0]!.auc).toBeGreaterThan(0.9);
  expect(rows.find(({ name }) => name === 'last met')!.auc).toBeLessThan(0.5);
  expect(rows[0]!.ece).toBeLessThan(0.2);
  const base = await readModelFolder(universal);
  const J = base.manifest.features.length;
  expect(model.manifest.features.slice(0, J)).toEqual(base.manifest.features);
  expect(model.gate.weight.subarray(0, base.gate.weight.length)).toEqual(base.gate.weight);
  expect(model.gate.weight.subarray(base.gate.weight.length).every((value) => value === 0)).toBe(true);
});

test('the same seed gives the same weights', { timeout: 120_000 }, async () => {
  const quick = { ...options(), epochs: 1 };
  const first = await trainConversion({ ...quick, out: join(folder, 'a') });
  const second = await trainConversion({ ...quick, out: join(folder, 'b') });
  expect(second.id).toBe(first.id);
});

test('a log without such purchases, and an abort, are typed errors', async () => {
  const log = join(folder, 'empty');
  await mkdir(log);
  await writeFile(join(log, 'items.csv'), 'item_id,title\nA,a\n');
  await writeFile(join(log, 'events.csv'), 'user_id,item_id,event,timestamp_s\nu,A,purchase,5\n');
  await expect(trainConversion({ ...options(), data: log })).rejects.toMatchObject({ code: 'invalid-input' });
  const signal = AbortSignal.abort();
  await expect(trainConversion({ ...options(), signal })).rejects.toMatchObject({ code: 'aborted' });
});
