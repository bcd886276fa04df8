import { createEmbedder } from './index';

// The worker of lite.browser.test.ts: embeds one title with each folder it is sent.
addEventListener('message', async ({ data: urls }: MessageEvent<string[]>) => {
  const answers: unknown[] = [];
  for (const url of urls) {
    const embedder = await createEmbedder({ url, backend: 'wasm' });
    const [vector] = await embedder.embed(['red wool coat']);
    answers.push({ runtime: embedder.info().runtime, dimension: embedder.dimension, length: Math.hypot(...vector!) });
  }
  postMessage(answers);
});
