import { expect, test } from 'vitest';
import { createEmbedder } from './index';

const url = '/models/potion-base-2M';
const texts = [
  'WHITE HANGING HEART T-LIGHT HOLDER',
  'Café Crème Brûlée 3/4',
  'red\u0000 \u0007wool\u200b coat \ud83d',
  'معطف صوف أحمر',
  '红色羊毛大衣',
  '😀',
  '',
  ' \n\t',
  'x'.repeat(10_000),
  Array.from({ length: 1500 }, (_, i) => ['red', 'wool', 'coat,', 'n°'][(i * i) % 4]! + (i % 17)).join(' '),
];

test('plain TypeScript and transformers.js on wasm give the same vectors from the same folder', async () => {
  const plain = await createEmbedder({ url });
  const library = await createEmbedder({ url, kind: 'transformer', backend: 'wasm' });
  expect([plain.info().runtime, library.info().runtime]).toEqual(['plain', 'wasm']);
  const ours = await plain.embed(texts);
  const theirs = await library.embed(texts);
  for (const [i, vector] of ours.entries()) {
    for (let d = 0; d < 64; d++) expect(Math.abs(vector[d]! - theirs[i]![d]!)).toBeLessThan(1e-5);
  }
}, 120_000);

test('in a module worker both tiers load and embed', async () => {
  const worker = new Worker(new URL('./browser-fixture.worker.ts', import.meta.url), { type: 'module' });
  try {
    const answers = await new Promise<unknown>((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage([url, '/models/all-MiniLM-L6-v2'].map((path) => new URL(path, location.href).href));
    });
    expect(answers).toEqual([
      { runtime: 'plain', dimension: 64, length: expect.closeTo(1, 5) },
      { runtime: 'wasm', dimension: 384, length: expect.closeTo(1, 5) },
    ]);
  } finally {
    worker.terminate();
  }
}, 120_000);
