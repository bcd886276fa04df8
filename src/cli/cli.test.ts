import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fingerprintOf, readCatalogue, readFolder, vectorOf } from '../data';
import { seededRandom } from '../evaluate';
import { loadModel, readVector, untrainedManifest, untrainedWeights } from '../model';
import { run } from './index';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const sample = join(repository, 'test/fixtures/online-retail');
const embedder = join(repository, 'public/models/potion-base-2M');
let work: string;
let model: string;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'homebody-cli-'));
  model = join(work, 'model');
  await mkdir(model);
  const manifest = untrainedManifest();
  const weights = new Uint8Array(untrainedWeights(manifest, seededRandom(1)));
  const sha256 = createHash('sha256').update(weights).digest('hex');
  manifest.files = { 'weights.safetensors': { sha256, bytes: weights.length } };
  await writeFile(join(model, 'model.json'), JSON.stringify(manifest));
  await writeFile(join(model, 'weights.safetensors'), weights);
});
afterAll(() => rm(work, { recursive: true }));

async function homebody(...argv: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const io = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
  const status = await run(argv, { ...io, signal: new AbortController().signal });
  return { status, out: out.join('\n'), err: err.join('\n') };
}

describe('arguments', () => {
  test.each([
    [['frobnicate'], 'no command "frobnicate"'],
    [[], ''],
    [['evaluate'], '--data is missing'],
    [['evaluate', '--data', 'x', '--bogus'], 'has no option --bogus'],
    [['evaluate', '--data'], '--data needs a value'],
    [['evaluate', '--data', 'x', '--data', 'y'], '--data was given twice'],
    [['evaluate', '--data', 'x', '--seed', 'abc'], '--seed is a number, not "abc"'],
    [['evaluate', '--data', 'x', '--folds', '5'], '--folds is a list of numbers from 0 to 4'],
    [
      ['evaluate', '--data', 'x', '--protocol', 'next-word'],
      '--protocol is one of next-basket, leave-one-out, time-split, sessions, impressions',
    ],
    [['evaluate', '--data', 'x', 'y'], 'does not take "y"'],
    [['models', 'destroy'], 'does not know "destroy"'],
  ])('%j is refused with status 2 and says why', async (argv, why) => {
    const { status, err } = await homebody(...argv);
    expect(status).toBe(2);
    expect(err).toContain(why);
  });

  test.each(['train', 'evaluate', 'vectors', 'models'])('%s --help names every option', async (name) => {
    const { status, out } = await homebody(name, '--help');
    expect(status).toBe(0);
    expect(out).toContain(`Usage: homebody ${name}`);
    expect(out).toContain('Examples:');
  });
});

describe('input that is not there or damaged', () => {
  test('a missing data folder, model or embedder is status 2 with a remedy', async () => {
    const noData = await homebody('evaluate', '--data', join(work, 'none'), '--model', model, '--embedder', embedder);
    expect([noData.status, noData.err]).toEqual([2, expect.stringContaining('neither items.csv nor items.csv.gz')]);
    const noModel = await homebody('evaluate', '--data', sample, '--model', join(work, 'none'));
    expect([noModel.status, noModel.err]).toEqual([2, expect.stringContaining('[model-unavailable]')]);
    const noEmbedder = await homebody('evaluate', '--data', sample, '--model', model, '--embedder', join(work, 'none'));
    expect([noEmbedder.status, noEmbedder.err]).toEqual([2, expect.stringContaining('--embedder')]);
  });

  test('models verify accepts a whole folder and refuses a changed byte', async () => {
    expect(await homebody('models', 'verify', model)).toMatchObject({
      status: 0,
      out: expect.stringContaining('untrained is whole'),
    });
    const damaged = join(work, 'damaged');
    await mkdir(damaged);
    await writeFile(join(damaged, 'model.json'), await readFile(join(model, 'model.json')));
    const bytes = await readFile(join(model, 'weights.safetensors'));
    bytes[bytes.length - 3]! ^= 1;
    await writeFile(join(damaged, 'weights.safetensors'), bytes);
    expect(await homebody('models', 'verify', model, damaged)).toMatchObject({
      status: 2,
      err: expect.stringContaining('[model-invalid]'),
    });
  });
});

test('vectors writes what a candidate carries', async () => {
  const folder = join(work, 'catalogue');
  const args = ['--data', sample, '--model', model, '--embedder', embedder, '--out', folder];
  expect(await homebody('vectors', ...args)).toMatchObject({ status: 0, out: expect.stringContaining('3684 items') });
  const catalogue = await readCatalogue(folder);
  expect([catalogue.model, catalogue.embedder, catalogue.ids.length]).toEqual(['untrained', 'potion-base-2M', 3684]);
  const manifest = JSON.parse(await readFile(join(model, 'model.json'), 'utf8'));
  const weights = await readFile(join(model, 'weights.safetensors'));
  const loaded = loadModel({ manifest, weights: new Uint8Array(weights).buffer });
  const { q, e } = readVector(loaded, vectorOf(catalogue, catalogue.ids.indexOf('22423')));
  // Unit length but for the rounding to int8.
  for (const vector of [q, e!]) expect(Math.hypot(...vector)).toBeCloseTo(1, 2);
});

test('evaluate prints one JSON object with a row for each ranker and slice', { timeout: 60_000 }, async () => {
  const args = [
    '--data',
    sample,
    '--model',
    model,
    '--embedder',
    embedder,
    '--sample-users',
    '4',
    '--seed',
    '7',
    '--json',
  ];
  const { status, out, err } = await homebody('evaluate', ...args, '--baselines');
  expect(status).toBe(0);
  expect(err).toContain('Customers: 4');
  const report = JSON.parse(out);
  expect(report).toMatchObject({ model: 'untrained', protocol: 'next-basket', prior: 'none', folds: 'all', seed: 7 });
  expect(report.rows.map((row: { name: string; slice: string }) => `${row.name}/${row.slice}`)).toEqual(
    [
      'untrained',
      'popularity',
      'popularity of 30 days',
      'own frequency',
      'own frequency without popularity',
      'untrained text rule',
      'popularity of last days',
      'own frequency with decay',
      'item-kNN',
      'shared words',
      'text mean',
      'text, 3rd power',
      'blend of rules',
    ].flatMap((name) => [`${name}/all`, `${name}/new`]),
  );
  for (const row of report.rows) {
    expect(row.customers).toBeLessThanOrEqual(4);
    expect(row['ndcg@10']).toBeGreaterThanOrEqual(row.low);
    expect(row['ndcg@10']).toBeLessThanOrEqual(row.high);
  }
  // The same seed draws the same customers; both executors give the same order.
  const again = JSON.parse((await homebody('evaluate', ...args, '--executor', 'plain')).out);
  expect(again.rows[0]['ndcg@10']).toBeCloseTo(report.rows[0]['ndcg@10'], 3);
  expect(again.executor).toBe('plain');
});

test('a prior reaches the model', { timeout: 60_000 }, async () => {
  const args = ['--data', sample, '--model', model, '--embedder', embedder, '--sample-users', '4', '--json'];
  const [without, with_] = [
    JSON.parse((await homebody('evaluate', ...args)).out),
    JSON.parse((await homebody('evaluate', ...args, '--prior', 'popularity')).out),
  ];
  expect(with_.prior).toBe('popularity');
  expect(with_.rows[0].mrr).not.toBe(without.rows[0].mrr);
});

test('on the log that trained a model only fold 4 is judged, unless other folds are asked for', {
  timeout: 60_000,
}, async () => {
  const own = join(work, 'own');
  await mkdir(own);
  const data = join(work, 'log');
  await mkdir(data);
  // crc32 mod 5 of these ids: 12349 and its like are fold 4, 12346 fold 2 (Python's zlib.crc32).
  const lines = ['12346', '12349'].flatMap((user) => [1, 2, 3].map((time) => `${user},A${time},purchase,${time},1`));
  await writeFile(join(data, 'items.csv'), 'item_id,title\nA1,Red cup\nA2,Blue pan\nA3,Green lid\n');
  await writeFile(join(data, 'events.csv'), `user_id,item_id,event,timestamp_s,value\n${lines.join('\n')}\n`);
  const manifest = JSON.parse(await readFile(join(model, 'model.json'), 'utf8'));
  manifest.training.log = fingerprintOf((await readFolder(data)).events);
  await writeFile(join(own, 'model.json'), JSON.stringify(manifest));
  await writeFile(join(own, 'weights.safetensors'), await readFile(join(model, 'weights.safetensors')));
  const args = ['--data', data, '--embedder', embedder, '--json'];
  const judged = await homebody('evaluate', ...args, '--model', own);
  expect(JSON.parse(judged.out)).toMatchObject({ folds: [4], rows: [{ customers: 1 }, { customers: 1 }] });
  const everyone = await homebody('evaluate', ...args, '--model', own, '--folds', 'all');
  expect(JSON.parse(everyone.out)).toMatchObject({ folds: 'all', rows: [{ customers: 2 }, { customers: 2 }] });
  expect(everyone.err).toContain('flatter');
  const other = await homebody('evaluate', ...args, '--model', model);
  expect(JSON.parse(other.out).folds).toBe('all');
  expect(other.err).not.toContain('flatter');
});

test('an interrupted evaluation ends with status 130', { timeout: 60_000 }, async () => {
  const abort = new AbortController();
  const err: string[] = [];
  const argv = ['evaluate', '--data', sample, '--model', model, '--embedder', embedder];
  // The first remark comes after reading: what is interrupted is the evaluation itself.
  const onRemark = (line: string) => {
    err.push(line);
    if (line.startsWith('Customers')) setTimeout(() => abort.abort(), 50);
  };
  const status = await run(argv, { out: () => expect.unreachable(), err: onRemark, signal: abort.signal });
  expect([status, err.join('\n')]).toEqual([130, expect.stringContaining('[aborted]')]);
});
