import type { TextOptions } from '../data';
import type { Arguments, OptionSpec } from './command';
import { shippedModels } from './paths';

/** Options of the commands that embed texts. */
export function textOptions(embedderDefault = 'beside the model folder, else in the package') {
  return {
    embedder: { type: 'string', value: '<folder>', help: `embedder folder (default: ${embedderDefault})` },
    embeddings: { type: 'string', value: '<folder>', help: 'keep the texts’ embeddings here for the next run' },
  } satisfies Record<string, OptionSpec>;
}

/** What they were given. */
export function textsOf(args: Arguments): TextOptions {
  const embeddings = args.text('embeddings');
  return { ...embedderOf(args), ...(embeddings === undefined ? {} : { embeddings }) };
}

/** Where the embedder is: as told, else beside the model folder, else in what the package ships. */
export function embedderOf(args: Arguments): TextOptions {
  const embedder = args.text('embedder');
  return { embedders: shippedModels(), ...(embedder === undefined ? {} : { embedder }) };
}
