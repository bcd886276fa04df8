import { Tokenizer } from '@huggingface/tokenizers';
import { type FolderReader, readJson } from './folder';
import { prepareText } from './text';

/** Text to token ids, `[CLS] … [SEP]`, at most `limit` of them. */
export interface Tokens {
  /**
   * `keepEnd`: a text that is too long loses words and keeps its [SEP], as in the publisher's own code; otherwise the
   * ids are simply cut, as transformers.js does it.
   */
  encode(text: string, limit: number, keepEnd?: boolean): number[];
  /** Whether any of the ids is a word piece, not [CLS], [SEP], [UNK] or another special token. */
  hasWords(ids: readonly number[]): boolean;
  /** What `tokenizer_config.json` gives as `model_max_length`, or 512. */
  maxLength: number;
}

/** The tokenizer of a folder, through the library that transformers.js itself uses: both give the same ids. */
export async function loadTokens(read: FolderReader, signal?: AbortSignal): Promise<Tokens> {
  const [json, config] = await Promise.all([
    readJson(read, 'tokenizer.json', signal),
    readJson(read, 'tokenizer_config.json', signal),
  ]);
  const tokenizer = new Tokenizer(json, config);
  const { model_max_length: maxLength } = config as { model_max_length?: unknown };
  const { added_tokens: added } = json as { added_tokens?: { id: number; special: boolean }[] };
  const special = new Set((added ?? []).filter((token) => token.special).map((token) => token.id));
  return {
    hasWords: (ids) => ids.some((id) => !special.has(id)),
    maxLength: typeof maxLength === 'number' && maxLength > 2 ? maxLength : 512,
    encode(text, limit, keepEnd = false) {
      const { ids } = tokenizer.encode(prepareText(text));
      if (ids.length <= limit) return ids;
      return keepEnd ? [...ids.slice(0, limit - 1), ids.at(-1)!] : ids.slice(0, limit);
    },
  };
}
