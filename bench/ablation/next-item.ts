// The ablation through the next-item trainer. After a fixed number of epochs every user's validation item is ranked, from
// which nothing was chosen. Titles are embedded once for all variants.
import { fileURLToPath } from 'node:url';
import { SingleBar } from 'cli-progress';
import { embedItems, openEmbedder, readFolder } from '../../src/data';
import { type NextItemSettingsInput, openTraining } from '../../src/train';
import { type Measured, readMeasured, writeMeasured } from './record';
import { nextItemVariants } from './variants';

export interface NextItemAblation {
  data: string;
  work: string;
  only: readonly string[];
  users?: number;
  epochs: number;
  seed: number;
  protocol: 'leave-one-out' | 'time-split';
  /** Over those of each variant. */
  settings: NextItemSettingsInput;
  /** Told after every variant. */
  onMeasured: (name: string) => void;
}

/** Sizes and pace that suit few epochs of a small log; the same for every variant. */
const COMMON: NextItemSettingsInput = {
  hidden: 64,
  item: 32,
  type: 8,
  batch: 64,
  shard: 64,
  window: 64,
  rate: 0.01,
  warmup: 20,
  negatives: 500,
  dropout: 0.3,
  average: 0.99,
  kappa: 8,
  biasStart: 'popularity',
  kinds: { purchase: 1 },
};

const EMBEDDER = 'potion-base-2M';

export async function runNextItem(options: NextItemAblation): Promise<void> {
  const { data, work, epochs, seed, protocol } = options;
  const variants = nextItemVariants();
  const unknown = options.only.find((name) => !variants[name]);
  if (unknown) throw new Error(`no variant ${unknown}; there are ${Object.keys(variants).join(', ')}`);
  const log = await readFolder(data);
  const folder = fileURLToPath(new URL(`../../public/models/${EMBEDDER}`, import.meta.url));
  const embedder = await openEmbedder({ path: folder, embedderId: EMBEDDER }, { embedder: folder });
  const raw = await embedItems(log.items, embedder);
  embedder.dispose();
  const embed = (ids: readonly string[]) => ids.map((id) => raw[log.items.rowOf.get(id)!]!);
  for (const name of options.only) {
    if (readMeasured(work, name)) continue;
    const { title, settings } = variants[name]!;
    const training = await openTraining(
      log,
      { ...COMMON, ...settings, epochs, ...options.settings },
      {
        protocol,
        embedder: folder,
        embedderId: EMBEDDER,
        seed,
        embed,
        ...(options.users ? { sampleUsers: options.users } : {}),
      },
    );
    const bar = new SingleBar({ format: '{bar} {percentage}% {label}', hideCursor: true });
    bar.start(epochs, 0, { label: name });
    const before = process.cpuUsage();
    await training.run({
      now: () => performance.now(),
      unjudged: true,
      onUpdate: (epoch, done, total, loss) =>
        bar.update(epoch + done / total, { label: `${name}, loss ${loss.toFixed(4)}` }),
    });
    const { user, system } = process.cpuUsage(before);
    bar.stop();
    const gains = await training.gains();
    const measured: Measured = {
      title,
      seconds: (user + system) / 1e6,
      gains: { all: training.validation.map((_, place) => [place, gains[place]!, 1]) },
    };
    writeMeasured(work, name, measured);
    options.onMeasured(name);
  }
}
