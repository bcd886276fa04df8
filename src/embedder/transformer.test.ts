import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { createEmbedder, type Embedder } from './index';

const read = async (path: string) => new Uint8Array(await readFile(`public/models/all-MiniLM-L6-v2/${path}`));
const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, d) => sum + value * b[d]!, 0);

describe('all-MiniLM-L6-v2 in Node', () => {
  let embedder: Embedder;
  beforeAll(async () => {
    embedder = await createEmbedder({ id: 'all-MiniLM-L6-v2', read });
  }, 60_000);

  test('says what it is', () => {
    expect(embedder.info()).toMatchObject({ id: 'all-MiniLM-L6-v2', dtype: 'int8', dimension: 384, runtime: 'node' });
  });

  test('has the similarities that its origin states', async () => {
    const [shoes, trainers, kettle, sofa, couch] = await embedder.embed([
      ...['running shoes', 'jogging trainers', 'electric kettle', 'sofa', 'couch'],
    ]);
    expect(dot(shoes!, trainers!)).toBeCloseTo(0.654, 2);
    expect(dot(shoes!, kettle!)).toBeCloseTo(-0.02, 2);
    expect(dot(sofa!, couch!)).toBeCloseTo(0.856, 2);
  });

  test.each([
    ['empty', '', 0],
    ['blank', ' \t\n\u00a0 ', 0],
    ['only unknown tokens', '\u{1fae8}\u{1f6d8}', 0],
    ['only special tokens', '[CLS] [MASK] [PAD]', 0],
    ['Chinese', '红色羊毛大衣', 1],
    ['Arabic', 'معطف صوف أحمر', 1],
    ['control characters', 'red\u0000 \u0007wool\u200bcoat', 1],
    ['unpaired surrogates', '\ud83d red \ude00 coat \ud800', 1],
    ['10,000 characters', 'a red wool coat '.repeat(625), 1],
  ])('%s: a defined vector', async (_, text, length) => {
    const [vector] = await embedder.embed([text]);
    expect(vector).toHaveLength(384);
    expect(Math.sqrt(dot(vector!, vector!))).toBeCloseTo(length, 5);
  });

  test('what comes after the 256th token does not count', async () => {
    const start = 'red '.repeat(300);
    const [a, b] = await embedder.embed([`${start} coat`, `${start} kettle`]);
    expect(a).toEqual(b);
  });

  test('order is kept, and a vector does not depend on its neighbours', async () => {
    const texts = ['a long title about a red velvet sofa', '', 'kettle', 'wool coat', 'kettle'];
    const together = await embedder.embed(texts);
    for (const [i, text] of texts.entries()) expect((await embedder.embed([text]))[0]).toEqual(together[i]);
    expect(await embedder.embed([])).toEqual([]);
  });

  test('an abort stops it, before and in the middle', async () => {
    await expect(embedder.embed(['x'], { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
    const controller = new AbortController();
    const many = embedder.embed(
      Array.from({ length: 2000 }, (_, i) => `coat ${i}`),
      { signal: controller.signal },
    );
    setTimeout(() => controller.abort(), 20);
    await expect(many).rejects.toMatchObject({ code: 'aborted' });
  });

  test('after dispose it refuses; a folder without weights is embedder-unavailable and keeps the cause', async () => {
    const other = await createEmbedder({ id: 'all-MiniLM-L6-v2', read });
    await other.dispose();
    await expect(other.embed(['x'])).rejects.toMatchObject({ code: 'disposed' });
    const cause = new Error('no weights');
    const without = (path: string) => (path.endsWith('.onnx') ? Promise.reject(cause) : read(path));
    await expect(createEmbedder({ id: 'x', read: without })).rejects.toMatchObject({
      code: 'embedder-unavailable',
      cause,
    });
    const truncated = async (path: string) => (await read(path)).slice(0, path.endsWith('.onnx') ? 1e6 : undefined);
    await expect(createEmbedder({ id: 'x', read: truncated })).rejects.toMatchObject({ code: 'embedder-unavailable' });
  });
});
