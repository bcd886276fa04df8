import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HomebodyError } from '../../domain';

/** Where a model folder comes from: reads one of its files, at most so many bytes. */
export interface ModelSource {
  /** For messages: a path or an address. */
  name: string;
  read(file: string, limit: number, signal?: AbortSignal): Promise<Uint8Array>;
}

/** The hub that `owner/name` stands for unless told otherwise. */
export const HUB = 'https://huggingface.co';

export interface SourceOptions {
  /** Base address of a hub with Hugging Face's `resolve` paths. */
  hub?: string;
  fetcher?: typeof fetch;
}

const NAME = /^[\w.-]+\/[\w.-]+(@[\w./-]+)?$/;

/**
 * Tells a folder on disk, an http(s) base address and a model of a hub (`owner/name` or `owner/name@revision`) apart; a
 * folder of that name goes before the hub, `hf:` before both.
 * @throws HomebodyError `invalid-input` when it is none of them
 */
export async function openSource(text: string, options: SourceOptions = {}): Promise<ModelSource> {
  const fetcher = options.fetcher ?? fetch;
  if (/^https?:\/\//.test(text)) return webSource(text, fetcher);
  const isFolder = await stat(text).then(
    (info) => info.isDirectory(),
    () => false,
  );
  if (isFolder) return folderSource(text);
  const wanted = text.replace(/^hf:/, '');
  if (!NAME.test(wanted)) {
    throw new HomebodyError('invalid-input', `${text} is no folder, no address and no model of a hub.`, {
      remedy: 'Give the path of a model folder, an http(s) address, or owner/name[@revision].',
    });
  }
  const [model, revision = 'main'] = wanted.split('@');
  return webSource(
    `${(options.hub ?? HUB).replace(/\/*$/, '')}/${model}/resolve/${encodeURIComponent(revision)}`,
    fetcher,
  );
}

function folderSource(folder: string): ModelSource {
  return {
    name: folder,
    async read(file, limit) {
      const path = join(folder, file);
      const size = await stat(path).then(
        (info) => info.size,
        (cause) => {
          throw unavailable(path, 'cannot be read', cause);
        },
      );
      if (size > limit) throw tooLarge(path, limit);
      return readFile(path);
    },
  };
}

function webSource(base: string, fetcher: typeof fetch): ModelSource {
  const folder = base.replace(/[?#].*$/, '').replace(/\/*$/, '/');
  return {
    name: folder,
    async read(file, limit, signal) {
      const url = folder + file.split('/').map(encodeURIComponent).join('/');
      try {
        const response = await fetcher(url, signal ? { signal } : {});
        if (!response.ok) throw unavailable(url, `answered ${response.status}`);
        const parts: Uint8Array[] = [];
        let size = 0;
        for await (const part of response.body ?? []) {
          size += (part as Uint8Array).length;
          // The connection is closed by leaving the loop.
          if (size > limit) throw tooLarge(url, limit);
          parts.push(part as Uint8Array);
        }
        return Buffer.concat(parts);
      } catch (cause) {
        if (cause instanceof HomebodyError) throw cause;
        if (signal?.aborted) throw new HomebodyError('aborted', `Fetching ${url} was aborted.`, { cause });
        throw unavailable(url, 'cannot be fetched', cause);
      }
    },
  };
}

function unavailable(place: string, why: string, cause?: unknown): HomebodyError {
  return new HomebodyError('model-unavailable', `${place} ${why}.`, {
    ...(cause === undefined ? {} : { cause }),
    remedy: 'Check the name, the revision and the network; nothing was installed.',
  });
}

function tooLarge(place: string, limit: number): HomebodyError {
  return new HomebodyError('model-invalid', `${place} has more than the ${limit} bytes that it should have.`, {
    remedy: 'The folder was changed after it was published, or is none of ours; nothing was installed.',
  });
}
