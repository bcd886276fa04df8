import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach } from 'vitest';
import { type PrepareInput, type PrepareReport, parseSettings, prepare } from './index';

/** The time that tests call now. */
export const NOW = Date.UTC(2026, 0, 1);
/** Columns of the logs that tests write. */
export const HEADER = 'user_id,item_id,event,timestamp_s,value\n';

/** For tests: a folder of its own, with files in it and what `prepare` makes of them. */
class Scratch {
  private constructor(readonly folder: string) {}

  static async make(): Promise<Scratch> {
    return new Scratch(await mkdtemp(join(tmpdir(), 'homebody-prepare-test-')));
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** @returns the path of the written file */
  async file(name: string, content: string | Buffer): Promise<string> {
    const path = this.path(name);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, content);
    return path;
  }

  /** Prepares `events.csv` into `out`, unless the settings say otherwise. */
  async made(settings: Partial<PrepareInput>): Promise<PrepareReport> {
    const whole = { events: this.path('events.csv'), out: this.path('out'), threads: 1, ...settings };
    return prepare(parseSettings(whole), { now: NOW });
  }

  /** Lines of a gzipped file of `out`, without its header. */
  async lines(name: string): Promise<string[]> {
    const text = gunzipSync(await readFile(join(this.path('out'), name))).toString();
    return text.trimEnd().split('\n').slice(1);
  }
}

/** A {@link Scratch} for every test of a file. */
export function useScratch(): Pick<Scratch, 'path' | 'file' | 'made' | 'lines'> {
  let scratch: Scratch;
  beforeEach(async () => {
    scratch = await Scratch.make();
  });
  afterEach(() => scratch.remove());
  return {
    path: (name) => scratch.path(name),
    file: (name, content) => scratch.file(name, content),
    made: (settings) => scratch.made(settings),
    lines: (name) => scratch.lines(name),
  };
}
