import { readModelFolder } from '../../data';
import { HomebodyError } from '../../domain';
import type { Command } from '../command';
import { shippedModel } from '../paths';

/** `homebody models`. */
export const modelsCommand: Command = {
  name: 'models',
  summary: 'Checks model folders: format, sizes, hashes.',
  words: 'verify [folder…]',
  options: {},
  examples: ['homebody models verify', 'homebody models verify models/mine cdn/models/mine'],
  async run(args, io) {
    const [action, ...folders] = args.words;
    if (action !== 'verify') {
      throw new HomebodyError('invalid-input', `homebody models does not know "${action ?? ''}".`, {
        remedy: 'Say homebody models verify [folder…].',
      });
    }
    for (const folder of folders.length > 0 ? folders : [shippedModel()]) {
      const { manifest } = await readModelFolder(folder);
      const { files, features, sizes, embedder, training } = manifest;
      const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0);
      io.out(
        `${folder}: ${manifest.id} is whole (${bytes.toLocaleString('en')} bytes, ${features.length} features, hidden ` +
          `${sizes.hidden}, embedder ${embedder.id}, trained on ${training.data}, ${training.licence})`,
      );
    }
  },
};
