import type { TextOptions } from '../data';
import type { Arguments, OptionSpec } from './command';

/** Options of the commands that embed texts. */
export function textOptions(embedderDefault = 'beside the model folder') {
  return {
    embedder: { type: 'string', value: '<folder>', help: `embedder folder (default: ${embedderDefault})` },
    embeddings: { type: 'string', value: '<folder>', help: 'keep the texts’ embeddings here for the next run' },
  } satisfies Record<string, OptionSpec>;
}

/** What they were given. */
export function textsOf(args: Arguments): TextOptions {
  const [embedder, embeddings] = [args.text('embedder'), args.text('embeddings')];
  return { ...(embedder === undefined ? {} : { embedder }), ...(embeddings === undefined ? {} : { embeddings }) };
}
