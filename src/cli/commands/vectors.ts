import { describeReports, find, openEmbedder, openModelFolder, scanCatalogue, writeVectors } from '../../data';
import { HomebodyError } from '../../domain';
import type { Arguments, Command } from '../command';
import { shippedModel } from '../paths';
import { Progress } from '../progress';
import { embedderOf } from '../texts';

/** `homebody vectors`. */
export const vectorsCommand: Command = {
  name: 'vectors',
  summary: 'Makes the catalogue’s vectors, which the shop’s server sends along with its candidates.',
  options: {
    data: { type: 'string', value: '<folder>', help: 'folder with items.csv[.gz]' },
    items: { type: 'string', value: '<file>', help: 'instead of --data: a .csv or .jsonl file, also .gz' },
    out: { type: 'string', value: '<folder>', help: 'gets catalogue.safetensors and catalogue.json', required: true },
    model: { type: 'string', value: '<folder>', help: 'model folder (default: the shipped universal model)' },
    embedder: {
      type: 'string',
      value: '<folder>',
      help: 'embedder folder (default: beside the model folder, else in the package)',
    },
    resume: { type: 'flag', help: 'go on where an interrupted run stopped' },
  },
  examples: [
    'homebody vectors --data logs/shop --out public/catalogue',
    'homebody vectors --items export.jsonl.gz --model models/mine --out public/catalogue --resume',
  ],
  async run(args, io) {
    const progress = new Progress(io);
    const { signal } = io;
    try {
      const modelPath = args.text('model') ?? shippedModel();
      const opened = await openModelFolder(modelPath);
      const scan = await scanCatalogue(await sourceOf(args), {
        signal,
        onProgress: (read, size) => progress.show('Reading', read, size),
      });
      progress.stop();
      for (const line of describeReports([scan.report])) io.err(line);
      if (args.text('model') === undefined) {
        io.err('The universal model was made in a shop for homeware. In another, `homebody adapt` makes it fit first.');
      }
      const out = args.text('out')!;
      const { id, embedder } = opened.model.manifest;
      const result = await writeVectors(opened, scan, {
        out,
        embedder: () => openEmbedder({ path: modelPath, embedderId: embedder.id }, { ...embedderOf(args), signal }),
        resume: args.flag('resume'),
        signal,
        onProgress: (done, total) => progress.show('Vectors', done, total),
      });
      progress.stop();
      if (result.resumed > 0) io.err(`Went on after ${result.resumed} items.`);
      const known = opened.catalogue ? `, ${result.known} of them known to the model` : '';
      io.out(
        `${result.items} items in ${out}/catalogue.safetensors and catalogue.json, for ${id}${known} ` +
          `(${result.bytes.toLocaleString('en')} bytes)`,
      );
    } finally {
      progress.stop();
    }
  },
};

async function sourceOf(args: Arguments): Promise<string> {
  const [data, items] = [args.text('data'), args.text('items')];
  if ((data === undefined) === (items === undefined)) {
    throw new HomebodyError('invalid-input', 'homebody vectors needs --data or --items, one of them.', {
      remedy: 'See homebody vectors --help.',
    });
  }
  return items ?? find(data!, 'items');
}
