import { mkdir } from 'node:fs/promises';
import {
  candidateVectors,
  describeReports,
  embedItems,
  find,
  newCatalogue,
  openEmbedder,
  readItems,
  readModelFolder,
  writeCatalogue,
} from '../../data';
import type { Command } from '../command';
import { shippedModel } from '../paths';
import { Progress } from '../progress';

/** `homebody vectors`. */
export const vectorsCommand: Command = {
  name: 'vectors',
  summary: 'Makes the catalogue’s vectors, which the shop’s server sends along with its candidates.',
  options: {
    data: { type: 'string', value: '<folder>', help: 'items.csv[.gz]', required: true },
    out: { type: 'string', value: '<folder>', help: 'gets catalogue.safetensors and catalogue.json', required: true },
    model: { type: 'string', value: '<folder>', help: 'model folder (default: the shipped universal model)' },
    embedder: { type: 'string', value: '<folder>', help: 'embedder folder (default: beside the model folder)' },
  },
  examples: ['homebody vectors --data logs/shop --out public/catalogue'],
  async run(args, io) {
    const progress = new Progress(io);
    try {
      const modelPath = args.text('model') ?? shippedModel();
      const model = await readModelFolder(modelPath);
      const { items, report } = await readItems(await find(args.text('data')!, 'items'), { signal: io.signal });
      for (const line of describeReports([report])) io.err(line);
      const folder = args.text('embedder');
      const embedder = await openEmbedder(
        { path: modelPath, embedderId: model.manifest.embedder.id },
        { ...(folder ? { folder } : {}), signal: io.signal },
      );
      const raw = await embedItems(items, embedder, {
        signal: io.signal,
        onProgress: (done, total) => progress.show('Embedding', done, total),
      });
      await embedder.dispose();
      const out = args.text('out')!;
      await mkdir(out, { recursive: true });
      await writeCatalogue(out, newCatalogue(model, items, candidateVectors(model, raw)));
      io.out(`${items.ids.length} items in ${out}/catalogue.safetensors and catalogue.json, for ${model.manifest.id}`);
    } finally {
      progress.stop();
    }
  },
};
