import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  floatTensor,
  type InterestModel,
  inputSize,
  readTensors,
  tensorShapes,
  untrainedManifest,
  writeSafetensors,
} from '../model';
import { adaptModel } from './adapt';
import { embedItems, itemVectors } from './catalogue';
import { addItem, newItemTable } from './items';
import { openEmbedder, readModelFolder } from './model-folder';
import { fitWhitening, mapWhitening, whitenRows } from './whitening';

const embedderId = 'potion-base-2M';
const embedder = fileURLToPath(new URL(`../../public/models/${embedderId}`, import.meta.url));
const E = 64;
let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'homebody-adapt-'));
});
afterAll(() => rm(work, { recursive: true }));

function shop(adjectives: string[], nouns: string[], price = Number.NaN) {
  const items = newItemTable();
  for (const adjective of adjectives) {
    for (const noun of nouns) {
      addItem(items, `${adjective}-${noun}`, { title: `${adjective} ${noun}`, brand: '', categories: [noun], price });
    }
  }
  return items;
}

const words = (text: string) => text.split(' ');
const colours = words('red blue green black white pink grey gold silver brown plain striped small large round square');
const homeware = shop(
  [...colours, ...words('wooden glass tin paper cotton woollen vintage modern')],
  words(
    'cup plate bowl lamp clock frame candle cushion rug basket tray vase hook shelf mirror apron towel doormat jug bell card box',
  ),
);
const beauty = shop(
  [...colours, ...words('gentle daily rich light organic fresh warm cool')],
  words(
    'shampoo razor lipstick mascara polish soap cream lotion perfume brush comb powder gel mask serum oil balm spray foam scrub toner wax',
  ),
  3,
);

/** A model whose whitening was fitted to homeware; its other tensors are constants. */
async function writeModel(name: string, symmetric: boolean, map?: Float32Array): Promise<string> {
  const folder = join(work, name);
  const manifest = untrainedManifest({
    features: [
      ...untrainedManifest().features,
      { kind: 'interest', only: 'unmet' },
      { kind: 'text', power: 3, only: 'unmet' },
      { kind: 'text', power: 2, words: true, only: 'unmet' },
    ],
    embedder: { id: embedderId, dtype: 'q8', dimension: E },
    whitening: true,
    sizes: { embedding: E, item: 8, hidden: 4, type: 2, input: 0 },
    metrics: [{ data: 'other', protocol: 'next-basket', slice: 'all', metric: 'ndcg@10', prior: 'none', value: 0.5 }],
    training: {
      data: '',
      licence: '',
      credit: '',
      command: 'npx homebody train',
      seed: 1,
      folds: '',
      whitening: { exponent: 0.75, symmetric },
    },
  });
  manifest.sizes.input = inputSize(manifest);
  const source = await openEmbedder({ path: folder, embedderId }, { embedder });
  const fitted = fitWhitening(await embedItems(homeware, source), { exponent: 0.75, symmetric });
  const { mean, matrix } = map ? mapWhitening(fitted, map) : fitted;
  const tensors = new Map(
    [...tensorShapes(manifest)].map(([tensor, shape]) => {
      const size = shape.reduce((product, n) => product * n, 1);
      return [
        tensor,
        floatTensor(
          shape,
          new Float32Array(size).map((_, i) => Math.sin(i)),
        ),
      ];
    }),
  );
  // Without a bias the direction of an item's vector does not depend on its text's length.
  tensors.set('item.bias', floatTensor([8], new Float32Array(8)));
  tensors.set('whitening.mean', floatTensor([E], mean));
  tensors.set('whitening.matrix', floatTensor([E, E], matrix));
  if (map) tensors.set('whitening.map', floatTensor([E, E], map));
  const weights = new Uint8Array(writeSafetensors(tensors));
  const sha256 = createHash('sha256').update(weights).digest('hex');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'weights.safetensors'), weights);
  const files = { 'weights.safetensors': { sha256, bytes: weights.length } };
  await writeFile(join(folder, 'model.json'), JSON.stringify({ ...manifest, files }));
  return folder;
}

const cosine = (a: Float32Array, b: Float32Array) =>
  a.reduce((sum, x, i) => sum + x * b[i]!, 0) / (Math.hypot(...a) * Math.hypot(...b));

const whiteningOf = (model: InterestModel) => model.whitening!;

test('adapting to the catalogue that the model was made with changes no vector', async () => {
  const model = await writeModel('same', true);
  const out = join(work, 'same-again');
  const { id } = await adaptModel({ model, items: homeware, out, embedder });
  const [before, after] = [await readModelFolder(model), await readModelFolder(out)];
  expect(after.manifest.id).toBe(id);
  const [a, b] = [whiteningOf(before).matrix, whiteningOf(after).matrix];
  for (let i = 0; i < a.length; i += 1) expect(Math.abs(a[i]! - b[i]!)).toBeLessThan(1e-4);
});

test('another shop gets a whitening and price medians of its own, and the rest stays', async () => {
  const model = await writeModel('other', true);
  const out = join(work, 'beauty');
  await adaptModel({ model, items: beauty, out, embedder, command: 'homebody adapt --data beauty' });
  const after = await readModelFolder(out);
  expect(after.manifest.training.command).toBe('npx homebody train && npx homebody adapt --data beauty');
  const source = await openEmbedder({ path: model, embedderId }, { embedder });
  const wanted = fitWhitening(await embedItems(beauty, source), { exponent: 0.75, symmetric: true });
  expect([...whiteningOf(after).matrix]).toEqual([...wanted.matrix]);
  // A symmetric map: axes keep their meaning.
  for (let i = 0; i < E; i += 1) {
    for (let k = 0; k < i; k += 1) expect(wanted.matrix[i * E + k]).toBeCloseTo(wanted.matrix[k * E + i]!, 4);
  }
  expect(after.manifest.priceMedians?.shampoo).toBe(3);
  expect(after.manifest.metrics).toEqual([]);
  const read = async (folder: string) => {
    const bytes = await readFile(join(folder, 'weights.safetensors'));
    return readTensors(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer);
  };
  const [old, now] = [await read(model), await read(out)];
  const { features } = (await readModelFolder(model)).manifest;
  const silent = features.findIndex((spec) => spec.kind === 'interest' && spec.only === 'unmet');
  for (const [name, { data }] of old) {
    if (name.startsWith('whitening.')) continue;
    const width = data.length / features.length;
    const wanted = [...data];
    if (name === 'gate.weight') wanted.push(...new Float32Array(width));
    if (name === 'gate.bias') wanted.push(1);
    // What products not met have of the interest was learned in the other shop.
    if (name.startsWith('gate.')) wanted.fill(0, silent * width, (silent + 1) * width);
    expect([...now.get(name)!.data]).toEqual(wanted);
  }
});

test('a map learned after the whitening moves into the item projection: texts lose it, items keep it', async () => {
  // Every third axis counts double, and each takes a little of the next.
  const map = new Float32Array(E * E);
  for (let i = 0; i < E; i += 1) {
    map[i * E + i] = i % 3 === 0 ? 2 : 1;
    map[i * E + ((i + 1) % E)] = 0.25;
  }
  const model = await writeModel('mapped', true, map);
  const out = join(work, 'mapped-same');
  await adaptModel({ model, items: homeware, out, embedder });
  const source = await openEmbedder({ path: model, embedderId }, { embedder });
  const raw = await embedItems(homeware, source);
  const white = whitenRows(fitWhitening(raw, { exponent: 0.75, symmetric: true }), raw);
  const [before, after] = [await readModelFolder(model), await readModelFolder(out)].map((one) =>
    itemVectors(one, raw),
  );
  for (const row of [0, 7, 100]) {
    const [one, same] = [before![row]!, after![row]!];
    const wanted = white.subarray(row * E, (row + 1) * E);
    // Vectors are stored in eight bits a value.
    expect(cosine(same.e!, wanted)).toBeGreaterThan(0.9995);
    expect(cosine(same.q, one.q)).toBeGreaterThan(0.9995);
    expect(cosine(one.e!, wanted)).toBeLessThan(0.99);
  }
  // Embeddings that lost their map say less beside words, which stay what they are.
  const [old, now] = [await readModelFolder(model), await readModelFolder(out)];
  old.manifest.features.forEach((spec, row) => {
    if (!('only' in spec) || spec.kind !== 'text' || spec.only !== 'unmet') return;
    expect(now.gate.bias[row]).toBeCloseTo(old.gate.bias[row]! * (spec.words ? 1 : 0.5), 6);
  });
});

test('the words of the last few products count once more, in a last column that is added once', async () => {
  const [first, second] = [join(work, 'words'), join(work, 'words-again')];
  const column = { kind: 'text', power: 2, words: true, stepDecay: 0.5, log: true, only: 'unmet' };
  const model = await writeModel('words-first', true);
  await adaptModel({ model, items: beauty, out: first, embedder });
  await adaptModel({ model: first, items: beauty, out: second, embedder });
  const before = (await readModelFolder(model)).manifest.features;
  expect((await readModelFolder(first)).manifest.features).toEqual([...before, column]);
  expect((await readModelFolder(second)).manifest.features).toEqual([...before, column]);
});

test('categories and brands are taken out where that is asked for', async () => {
  const model = await writeModel('broad', true);
  const out = join(work, 'broad-beauty');
  await adaptModel({ model, items: beauty, out, embedder, withoutCategories: true });
  const { manifest, gate } = await readModelFolder(out);
  const rows = manifest.features.map((_, row) => gate.weight.subarray(row * gate.inputs, (row + 1) * gate.inputs));
  manifest.features.forEach((spec, row) => {
    const isGroup = spec.kind === 'familiarity' && spec.entity !== 'item';
    const isOut = isGroup || (spec.kind === 'interest' && spec.only === 'unmet');
    expect(rows[row]!.every((value) => value === 0) && gate.bias[row] === 0).toBe(isOut);
  });
});

test('a whitening that turns its axes is refused with a remedy', async () => {
  const model = await writeModel('turned', false);
  await expect(adaptModel({ model, items: beauty, out: join(work, 'none'), embedder })).rejects.toMatchObject({
    code: 'invalid-input',
    remedy: expect.stringContaining('universal'),
  });
});

test('a handful of texts leaves the whitening as it is, and more texts make of it what they would have made at once', async () => {
  const map = Float32Array.from({ length: E * E }, (_, i) => (i % (E + 1) === 0 ? 1 : Math.sin(i) / 20));
  const model = await writeModel('small', true, map);
  const [few, later, once] = [join(work, 'few'), join(work, 'later'), join(work, 'once')];
  const handful = shop(['red', 'blue'], ['cup'], 2);
  expect(await adaptModel({ model, items: handful, out: few, embedder })).toEqual({
    id: expect.stringContaining('-adapted-'),
    texts: 2,
    whitened: false,
    categoryShare: 1,
  });
  const [before, after] = [await readModelFolder(model), await readModelFolder(few)];
  expect([...whiteningOf(after).matrix]).toEqual([...whiteningOf(before).matrix]);
  expect(after.manifest.priceMedians?.cup).toBe(2);
  before.manifest.features.forEach((spec, row) => {
    if (!('only' in spec) || spec.only !== 'unmet') return;
    const factor = spec.kind === 'interest' ? 0 : spec.kind === 'text' && !spec.words ? 0.5 : 1;
    expect(after.gate.bias[row]).toBeCloseTo(before.gate.bias[row]! * factor, 6);
  });
  expect(await adaptModel({ model: few, items: beauty, out: later, embedder })).toMatchObject({
    whitened: true,
    categoryShare: expect.closeTo(1 / 22, 6),
  });
  await adaptModel({ model, items: beauty, out: once, embedder });
  expect(await readFile(join(later, 'weights.safetensors'))).toEqual(await readFile(join(once, 'weights.safetensors')));
});
