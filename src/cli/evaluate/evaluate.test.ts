import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RecordRow, seededRandom } from '../../evaluate';
import { untrainedManifest, untrainedWeights } from '../../model';
import { run } from '../index';

const embedder = fileURLToPath(new URL('../../../public/models/potion-base-2M', import.meta.url));
const TITLES = ['Red cup', 'Blue cup', 'Green pan', 'Old chair', 'New chair', 'Lamp', 'Desk', 'Rug'];
let work: string;
let data: string;
let model: string;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'homebody-evaluate-'));
  data = join(work, 'shop');
  model = join(work, 'model');
  await mkdir(data);
  await mkdir(model);
  const manifest = untrainedManifest();
  const weights = new Uint8Array(untrainedWeights(manifest, seededRandom(1)));
  const sha256 = createHash('sha256').update(weights).digest('hex');
  manifest.files = { 'weights.safetensors': { sha256, bytes: weights.length } };
  await writeFile(join(model, 'model.json'), JSON.stringify(manifest));
  await writeFile(join(model, 'weights.safetensors'), weights);
  const random = seededRandom(8);
  const lines = Array.from({ length: 15 }, (_, user) => {
    const items = [...TITLES.keys()].sort(() => random() - 0.5).slice(0, 5);
    return items.map((item, at) => `u${user},i${item},view_item,${1000 * user + 60 * at},`).join('\n');
  });
  await writeFile(join(data, 'items.csv'), `item_id,title\n${TITLES.map((t, i) => `i${i},${t}`).join('\n')}\n`);
  await writeFile(join(data, 'events.csv'), `user_id,item_id,event,timestamp_s,value\n${lines.join('\n')}\n`);
});
afterAll(() => rm(work, { recursive: true }));

async function evaluated(...argv: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const io = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
  const words = ['evaluate', '--data', data, '--embedder', embedder, ...argv];
  const status = await run(words, { ...io, signal: new AbortController().signal });
  return { status, out: out.join('\n'), err: err.join('\n') };
}

const namesOf = (rows: { name: string }[]) => [...new Set(rows.map(({ name }) => name))];

describe('homebody evaluate', () => {
  test('leave-one-out with rules, strengths of diversity, slices, a record and a page', {
    timeout: 60_000,
  }, async () => {
    const [file, page] = [join(work, 'ranking.json'), join(work, 'page.html')];
    const flags = ['--protocol', 'leave-one-out', '--model', model, '--name', 'mine', '--record', file];
    const { status, out, err } = await evaluated(
      ...flags,
      ...['--baselines', '--slices', '--diversity', '.5,1', '--report', page, '--json'],
    );
    expect(err).not.toContain('homebody:');
    expect(status).toBe(0);
    const report = JSON.parse(out);
    expect(report).toMatchObject({ model: 'mine', protocol: 'leave-one-out', candidates: 8, prior: 'none' });
    expect(namesOf(report.rows)).toEqual([
      'mine',
      'mine, diversity 0.5',
      'mine, diversity 1',
      'untrained text rule',
      'popularity',
      'item-kNN',
      'shared words',
      'text mean',
      'text, 3rd power',
      'blend of rules',
    ]);
    const of = (name: string) => report.rows.find((row: { name: string }) => row.name === name);
    expect(of('mine')).toMatchObject({ slice: 'all', baskets: 15, customers: 15 });
    expect(of('item-kNN').settings).toContain('best of');
    expect(report.comparisons).toContainEqual(expect.objectContaining({ a: 'mine', b: 'item-kNN', slice: 'all' }));

    const rows = JSON.parse(await readFile(file, 'utf8')) as RecordRow[];
    const row = rows.find((one) => one.model === 'mine' && one.slice === 'all' && one.metric === 'ndcg@10')!;
    expect(row).toMatchObject({ data: 'shop', protocol: 'leave-one-out', trainer: 'homebody train', seed: 0 });
    expect(row.value).toBeCloseTo(of('mine')['ndcg@10'], 4);
    // A record can be published: no path of the machine it was made on.
    expect(JSON.stringify(rows)).not.toContain(work);
    expect(row.command).toContain('--data shop --model model --protocol leave-one-out');
    expect(rows.find((one) => one.model === 'popularity')!.trainer).toBe('none');
    expect(await readFile(page, 'utf8')).toContain('mine on shop: leave-one-out');

    // Once more: the same figures stand in the same places.
    await evaluated(...flags, '--slices');
    expect((JSON.parse(await readFile(file, 'utf8')) as RecordRow[]).map(({ value }) => value)).toEqual(
      rows.map(({ value }) => value),
    );
  });

  test('a model for each fold judges the customers that it has not seen', { timeout: 60_000 }, async () => {
    for (const fold of [0, 1, 2, 3, 4]) await cp(model, join(work, `fold${fold}`), { recursive: true });
    const flags = ['--protocol', 'sessions', '--json'];
    const byFold = JSON.parse((await evaluated(...flags, '--model', join(work, 'fold{fold}'))).out);
    const one = JSON.parse((await evaluated(...flags, '--model', model)).out);
    expect(byFold.model).toBe('untrained (5 folds)');
    expect(byFold.rows[0]['ndcg@10']).toBe(one.rows[0]['ndcg@10']);
    expect(byFold.rows[0].baskets).toBe(60);
    const missing = await evaluated(...flags, '--model', join(work, 'none{fold}'));
    expect([missing.status, missing.err]).toEqual([2, expect.stringContaining('none0')]);
  });

  test('rules alone, judged by a split in time', { timeout: 60_000 }, async () => {
    const { out } = await evaluated('--protocol', 'time-split', '--test-share', '0.3', '--model', 'none', '--json');
    const report = JSON.parse(out);
    expect(report.model).toBe('none');
    expect(namesOf(report.rows)).toContain('own frequency with decay');
    expect(report.comparisons).toEqual([]);
  });

  test.each([
    [['--protocol', 'impressions'], 'no list with a click'],
    [['--protocol', 'next-basket'], 'no basket to predict'],
    [['--protocol', 'time-split', '--test-share', '2'], 'between 0 and 1'],
    [['--protocol', 'sessions', '--diversity', '0,2'], '--diversity is a list'],
    [['--protocol', 'sessions', '--sample-users', '0'], '--sample-users is a whole number'],
  ])('%j is refused with a reason', async (argv, why) => {
    const { status, err } = await evaluated(...argv, '--model', model);
    expect([status, err]).toEqual([2, expect.stringContaining(why)]);
  });
});
