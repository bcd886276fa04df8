import type { FolderReader } from './folder';

/** A folder that transformers.js may read for the moment, under `id`. */
export interface OpenFolder {
  id: string;
  /** The first error that its reader gave: transformers.js itself reports every failed read as "not found". */
  failure(): unknown;
  remove(): void;
}

interface Environment {
  useCustomCache: boolean;
  customCache: unknown;
}

/** The cache of transformers.js's `env` that hands out the files of {@link FolderReader}s; made once a realm and kept in `env`. */
export function openFolder(env: Environment): FolderCache {
  const cache = env.customCache instanceof FolderCache ? env.customCache : new FolderCache();
  env.customCache = cache;
  env.useCustomCache = true;
  return cache;
}

/**
 * Serves transformers.js from our own readers, whatever they read from, through its seam for custom caches: every file it
 * asks for is in this cache, so it never makes a request of its own.
 */
export class FolderCache {
  private readonly folders = new Map<string, (path: string) => Promise<Response>>();
  private opened = 0;

  add(read: FolderReader): OpenFolder {
    const id = `homebody-${this.opened++}`;
    let failure: unknown;
    this.folders.set(id, async (path) => {
      try {
        const bytes = await read(path);
        return new Response(bytes as Uint8Array<ArrayBuffer>, { headers: { 'content-length': `${bytes.length}` } });
      } catch (error) {
        failure ??= error;
        return new Response(null, { status: 404 });
      }
    });
    return { id, failure: () => failure, remove: () => this.folders.delete(id) };
  }

  /** Called with the library's own idea of the file's address: `…/<id>/<path>`, or the hub's form of it. */
  async match(address: string): Promise<Response | undefined> {
    const [, id, path] = /(?:^|\/)(homebody-\d+)\/(?:resolve\/main\/)?(.+)$/.exec(address) ?? [];
    return id && path ? this.folders.get(id)?.(path) : undefined;
  }

  async put(): Promise<void> {
    // Nothing of the library's is kept.
  }
}
