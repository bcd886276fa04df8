import { adaptModel, describeReports, FEWEST_TEXTS, find, readItems } from '../../data';
import type { Command } from '../command';
import { commandLine } from '../evaluate/setting';
import { shippedModel } from '../paths';
import { Progress } from '../progress';
import { textOptions, textsOf } from '../texts';

/** A share of the catalogue in a product's rarest category that is worth a hint: MovieLens' genres have .2. */
const BROAD = 0.1;

/** `homebody adapt`. */
export const adaptCommand: Command = {
  name: 'adapt',
  summary: 'Makes a universal model fit a shop that it was not trained in, by its catalogue; no behaviour is needed.',
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
      const { id, texts, whitened, categoryShare } = await adaptModel({
        model: args.text('model') ?? shippedModel(),
        items,
        out,
        withoutCategories: args.flag('without-categories'),
        command: commandLine('adapt', adaptCommand.options, args),
        ...textsOf(args),
        signal: io.signal,
        onProgress: (done, total) => progress.show('Embedding', done, total),
      });
      progress.stop();
      if (!whitened) {
        io.err(`${texts} texts: the whitening stays the model’s own. From ${FEWEST_TEXTS} on it is fitted to them.`);
      }
      if (categoryShare > BROAD && !args.flag('without-categories')) {
        io.err(
          `Categories are broad: a product shares its rarest with ${Math.round(categoryShare * 100)} % of the catalogue. ` +
            'On films, where genres are as broad, --without-categories was far better.',
        );
      }
      io.out(`${id} in ${out}: make the catalogue’s vectors with it, and serve that folder to the page.`);
    } finally {
      progress.stop();
    }
  },
};
