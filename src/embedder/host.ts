import type { FolderReader } from './folder';

/** A folder that transformers.js may read for the moment, under `id`. */
export interface OpenFolder {
  id: string;
  /** The first error that its reader gave: transformers.js itself reports every failed read as "not found". */
  failure(): unknown;
  close(): void;
}

interface Environment {
  useCustomCache: boolean;
  customCache: unknown;
}

/** The {@link Host} of this realm's transformers.js: made once and kept in the library's own settings, `env`. */
export function hostOf(env: Environment): Host {
  const host = env.customCache instanceof Host ? env.customCache : new Host();
  env.customCache = host;
  env.useCustomCache = true;
  return host;
}

/**
 * What one realm's transformers.js needs of us. It is the library's "custom cache", so every file that it asks for
 * comes
 * from one of our readers and it never makes a request of its own; and it takes turns, since the ONNX runtime in wasm
 * does one thing at a time.
 */
export class Host {
  private readonly folders = new Map<string, (path: string) => Promise<Response>>();
  private opened = 0;
  private last: Promise<unknown> = Promise.resolve();

  open(read: FolderReader): OpenFolder {
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
    return { id, failure: () => failure, close: () => this.folders.delete(id) };
  }

  /** Runs `work` after all work given before, whether that succeeded or not. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work);
    // A failure must not stay in the queue: it is of its own caller only.
    this.last = turn.catch(() => undefined);
    return turn;
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
