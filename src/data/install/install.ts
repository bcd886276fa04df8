import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HomebodyError } from '../../domain';
import { type ModelManifest, parseManifest } from '../../model';
import { openModelFolder } from '../model-folder';
import type { ModelSource } from './source';

export interface InstallOptions {
  /** Folder that gets the model's folder. */
  into: string;
  /** Name of the model's folder; default its id. */
  as?: string;
  /** SHA-256 of `model.json`, which lists those of all other files. */
  sha256?: string;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

export interface Installed {
  folder: string;
  manifest: ModelManifest;
  /** SHA-256 of `model.json`: what pins the whole folder. */
  sha256: string;
  bytes: number;
  /** The very same model was there already. */
  isOld: boolean;
}

/** A manifest is some ten kilobytes; this is far beyond. */
const MAX_MANIFEST = 4 * 2 ** 20;

/**
 * Copies a model folder: `model.json`, then every file that it lists, each checked by length and SHA-256 and the whole by
 * loading it, in a folder beside the place, which is moved there when all is well: what fails leaves nothing behind.
 * @throws HomebodyError `model-unavailable` (not found, no network), `model-invalid` (truncated, another hash, not a
 * model), `invalid-input` (another model has the name), `aborted`
 */
export async function installModel(source: ModelSource, options: InstallOptions): Promise<Installed> {
  const { into, signal } = options;
  const bytes = await source.read('model.json', MAX_MANIFEST, signal);
  const sha256 = hashOf(bytes);
  if (options.sha256 !== undefined && options.sha256.toLowerCase() !== sha256) {
    throw invalid(`${source.name}model.json has SHA-256 ${sha256}, not ${options.sha256}`);
  }
  const manifest = readManifest(source, bytes);
  const name = options.as ?? manifest.id;
  if (!isSafe(name) || name.includes('/')) {
    throw new HomebodyError('invalid-input', `"${name}" cannot be the name of a folder.`, {
      remedy: 'Give a plain name with --as.',
    });
  }
  const folder = join(into, name);
  const total = Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, bytes.length);
  const installed = { folder, manifest, sha256, bytes: total };
  const old = await readFile(join(folder, 'model.json')).catch(() => undefined);
  if (old) {
    if (hashOf(old) !== sha256) {
      throw new HomebodyError('invalid-input', `${folder} holds another model.`, {
        remedy: 'Remove that folder first, or give another name with --as.',
      });
    }
    await openModelFolder(folder);
    return { ...installed, isOld: true };
  }
  await mkdir(into, { recursive: true });
  const part = await mkdtemp(join(into, '.adding-'));
  try {
    await writeFile(join(part, 'model.json'), bytes);
    let done = bytes.length;
    for (const [file, expected] of Object.entries(manifest.files)) {
      const data = await source.read(file, expected.bytes, signal);
      if (data.length !== expected.bytes) {
        throw invalid(`${file} of ${source.name} has ${data.length} bytes instead of ${expected.bytes}`);
      }
      if (hashOf(data) !== expected.sha256) throw invalid(`${file} of ${source.name} has a wrong hash`);
      await mkdir(dirname(join(part, file)), { recursive: true });
      await writeFile(join(part, file), data);
      done += data.length;
      options.onProgress?.(done, total);
    }
    await openModelFolder(part);
    await rename(part, folder);
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    throw error;
  }
  return { ...installed, isOld: false };
}

function readManifest(source: ModelSource, bytes: Uint8Array): ModelManifest {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw invalid(`${source.name} has a model.json that is not JSON`, cause);
  }
  const manifest = parseManifest(value);
  for (const file of Object.keys(manifest.files)) {
    if (!isSafe(file)) throw invalid(`model.json lists a file "${file}" that would lie outside its folder`);
  }
  return manifest;
}

/** Plain names, in folders at most: nothing that leads out of the model's folder. */
function isSafe(path: string): boolean {
  return path.split('/').every((part) => /^[\w.@-]+$/.test(part) && !/^\.+$/.test(part)) && path !== 'model.json';
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function invalid(what: string, cause?: unknown): HomebodyError {
  return new HomebodyError('model-invalid', `${what}.`, {
    ...(cause === undefined ? {} : { cause }),
    remedy: 'Publish the whole folder again, or ask its publisher; nothing was installed.',
  });
}
