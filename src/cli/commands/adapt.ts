import { adaptModel, describeReports, find, readItems } from '../../data';
import type { Command } from '../command';
import { shippedModel } from '../paths';
import { Progress } from '../progress';
import { textOptions, textsOf } from '../texts';

/** `homebody adapt`. */
export const adaptCommand: Command = {
  name: 'adapt',
  summary: 'Fits a universal model to the texts of a shop’s own catalogue; no behaviour is needed.',
  options: {
    data: { type: 'string', value: '<folder>', help: 'items.csv[.gz]', required: true },
    out: { type: 'string', value: '<folder>', help: 'model folder to write', required: true },
    model: { type: 'string', value: '<folder>', help: 'model folder (default: the shipped universal model)' },
    'without-categories': {
      type: 'flag',
      help: 'categories and brands count by their words alone: where they are broad, like genres of films',
    },
    ...textOptions(),
  },
  examples: ['homebody adapt --data logs/shop --out public/models/mine'],
  async run(args, io) {
    const progress = new Progress(io);
    try {
      const { items, report } = await readItems(await find(args.text('data')!, 'items'), { signal: io.signal });
      for (const line of describeReports([report])) io.err(line);
      const out = args.text('out')!;
      const id = await adaptModel({
        model: args.text('model') ?? shippedModel(),
        items,
        out,
        withoutCategories: args.flag('without-categories'),
        ...textsOf(args),
        signal: io.signal,
        onProgress: (done, total) => progress.show('Embedding', done, total),
      });
      io.out(`${id} in ${out}: make the catalogue’s vectors with it, and serve that folder to the page.`);
    } finally {
      progress.stop();
    }
  },
};
