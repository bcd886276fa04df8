import { readFile } from 'node:fs/promises';
import { env, type FeatureExtractionPipeline, pipeline } from '@huggingface/transformers';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createEmbedder, type Embedder } from './index';

const folder = 'public/models/potion-base-2M';
const read = async (path: string) => new Uint8Array(await readFile(`${folder}/${path}`));
const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, d) => sum + value * b[d]!, 0);

/** Texts that have broken embedders before, and some of every script. */
const odd = {
  empty: '',
  blank: ' \t\n\u00a0 ',
  emoji: '😀👩‍👩‍👧‍👦🏳️‍🌈',
  Chinese: '红色羊毛大衣，三件套',
  Arabic: 'معطف صوف أحمر للنساء',
  accents: 'Café Crème Brûlée à la façon d’Évreux',
  'control characters': 'red\u0000 \u0007wool\u200b \u202ecoat\u0085 \u001b[31m',
  'unpaired surrogates': '\ud83d red \ude00 coat \ud800',
  'special tokens': '[CLS] [MASK] red [UNK] coat [PAD] [SEP]',
  'a long word': 'x'.repeat(10_000),
  'long text': Array.from({ length: 1500 }, (_, i) => ['red', 'wool', 'coat,', 'n°'][(i * i) % 4]! + (i % 17)).join(
    ' ',
  ),
  html: '<img src=x onerror="alert(1)"> T-LIGHT HOLDER &amp; saucer/12',
};

describe('the lite embedder', () => {
  let lite: Embedder;
  beforeAll(async () => {
    lite = await createEmbedder({ id: 'potion-base-2M', read });
  });

  test('says what it is', () => {
    expect(lite.info()).toMatchObject({
      id: 'potion-base-2M',
      dtype: 'q8',
      dimension: 64,
      runtime: 'plain',
      loaded: true,
    });
  });

  test('puts like things near each other', async () => {
    const [shoes, trainers, kettle] = await lite.embed(['running shoes', 'jogging trainers', 'electric kettle']);
    expect(dot(shoes!, trainers!)).toBeGreaterThan(0.6);
    expect(Math.abs(dot(shoes!, kettle!))).toBeLessThan(0.1);
  });

  test.each(Object.entries(odd))('%s: unit length or zeros, never NaN', async (name, text) => {
    const [vector] = await lite.embed([text]);
    const isZero = ['empty', 'blank', 'emoji', 'a long word'].includes(name);
    expect(Math.sqrt(dot(vector!, vector!))).toBeCloseTo(isZero ? 0 : 1, 6);
  });

  test('special tokens written into a title mean nothing', async () => {
    const [typed, plain] = await lite.embed([odd['special tokens'], 'red coat']);
    expect(dot(typed!, plain!)).toBeCloseTo(1, 6);
  });

  test('any string has a unit or zero vector, the same alone and in company, whatever the case', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc
        .array(fc.constantFrom('red', 'Wool', 'coat', '  ', '\ud800', '12', 'é', '你', '[SEP]', '\u0000'), {
          maxLength: 20,
        })
        .map((parts) => parts.join(' ')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 8 }), async (texts) => {
        const vectors = await lite.embed(texts);
        expect(vectors).toHaveLength(texts.length);
        for (const [i, vector] of vectors.entries()) {
          const length = Math.sqrt(dot(vector, vector));
          expect(length === 0 || Math.abs(length - 1) < 1e-5).toBe(true);
          expect((await lite.embed([texts[i]!]))[0]).toEqual(vector);
        }
      }),
      { numRuns: 300 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom(...'abcdefghij klmnopqrstuvwxyz'), maxLength: 40 }),
        async (lower) => {
          const [a, b] = await lite.embed([lower, lower.toUpperCase()]);
          expect(a).toEqual(b);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('an abort stops it, before and in the middle', async () => {
    await expect(lite.embed(['x'], { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
    const controller = new AbortController();
    const before = lite.info().embedded;
    const many = lite.embed(
      Array.from({ length: 5000 }, (_, i) => `coat ${i}`),
      { signal: controller.signal },
    );
    setTimeout(() => controller.abort());
    await expect(many).rejects.toMatchObject({ code: 'aborted' });
    expect(lite.info().embedded - before).toBeLessThan(5000);
  });

  test('after dispose it refuses', async () => {
    const other = await createEmbedder({ id: 'potion-base-2M', read });
    await other.dispose();
    await expect(other.embed(['x'])).rejects.toMatchObject({ code: 'disposed' });
  });

  describe('against transformers.js on the same folder', () => {
    let reference: FeatureExtractionPipeline;
    beforeAll(async () => {
      env.allowRemoteModels = false;
      env.localModelPath = 'public/models/';
      reference = await pipeline('feature-extraction', 'potion-base-2M', { dtype: 'q8', device: 'cpu' });
    }, 60_000);

    test.each(Object.entries(odd))('%s: the same vector', async (_, text) => {
      const [ours] = await lite.embed([text]);
      // transformers.js divides by the length of a zero vector; ours is zeros.
      const { data } = await reference(text, { pooling: 'mean', normalize: true });
      const theirs = Array.from(data as Float32Array, (value) => (Number.isNaN(value) ? 0 : value));
      for (let d = 0; d < 64; d++) expect(Math.abs(ours![d]! - theirs[d]!)).toBeLessThan(1e-5);
    });

    test('random titles: the same vectors', async () => {
      const word = fc.oneof(
        fc.constantFrom(
          'T-LIGHT',
          'holder',
          'café',
          '3/4',
          "women's",
          'N°5',
          '½',
          'Größe',
          'naïve',
          'ﬁne',
          '№',
          '12cm²',
          'ПАЛЬТО',
          'コート',
        ),
        fc.string({ unit: 'grapheme', maxLength: 6 }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 8 }), async (words) => {
          const text = words.join(' ');
          const [ours] = await lite.embed([text]);
          const { data } = await reference(text, { pooling: 'mean', normalize: true });
          for (let d = 0; d < 64; d++) {
            expect(Math.abs(ours![d]! - ((data as Float32Array)[d] || 0))).toBeLessThan(1e-5);
          }
        }),
        { numRuns: 200 },
      );
    });
  });
});

describe('folders that are not right', () => {
  const broken = (path: string, bytes: Uint8Array) => (asked: string) =>
    asked === path ? Promise.resolve(bytes) : read(asked);
  const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

  test.each([
    ['config.json', new TextEncoder().encode('<!doctype html>')],
    ['config.json', json({ _static_embedding: 'model2vec' })],
    ['config.json', json({ _static_embedding: 'model2vec', hidden_size: 65 })],
    ['tokenizer.json', new TextEncoder().encode('{"model"')],
    ['onnx/model_quantized.onnx', new Uint8Array(100).fill(255)],
    ['onnx/model_quantized.onnx', new Uint8Array(0)],
  ])('a bad %s is embedder-unavailable', async (path, bytes) => {
    await expect(createEmbedder({ id: 'x', read: broken(path, bytes) })).rejects.toMatchObject({
      code: 'embedder-unavailable',
    });
  });

  test('a tokenizer that is JSON but no tokenizer is embedder-unavailable', async () => {
    await expect(createEmbedder({ id: 'x', read: broken('tokenizer.json', json({})) })).rejects.toMatchObject({
      code: 'embedder-unavailable',
    });
  });

  test('a missing file and a failing network are embedder-unavailable and keep the cause; an abort is aborted', async () => {
    const notFound = async () => new Response('no', { status: 404 });
    await expect(createEmbedder({ url: 'https://shop.test/m/potion/', fetch: notFound })).rejects.toMatchObject({
      code: 'embedder-unavailable',
    });
    const cause = new TypeError('offline');
    const offline = () => Promise.reject(cause);
    await expect(createEmbedder({ url: 'https://shop.test/m/potion', fetch: offline })).rejects.toMatchObject({
      code: 'embedder-unavailable',
      cause,
    });
    const hangs = (_: unknown, init?: RequestInit) =>
      new Promise<Response>((_resolve, reject) =>
        init?.signal?.addEventListener('abort', () => reject(init.signal!.reason)),
      );
    const controller = new AbortController();
    const loading = createEmbedder({ url: 'https://shop.test/m/potion', fetch: hangs, signal: controller.signal });
    controller.abort();
    await expect(loading).rejects.toMatchObject({ code: 'aborted' });
  });

  test("a reader's own error is embedder-unavailable and kept as the cause", async () => {
    await expect(
      createEmbedder({ id: 'x', read: (path) => readFile(`public/models/nowhere/${path}`) }),
    ).rejects.toMatchObject({ code: 'embedder-unavailable', cause: { code: 'ENOENT' } });
  });

  test('neither an address nor a reader is invalid-input', async () => {
    await expect(createEmbedder({})).rejects.toMatchObject({ code: 'invalid-input' });
  });
});
