import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { HomebodyError } from '../domain';

const FORMAT = 1;

/**
 * Writes a value (plain data and typed arrays) so that a kill at any moment leaves either the file before or this one:
 * the bytes are on the disk before the name is moved.
 */
export async function writeSnapshot(file: string, key: string, value: unknown): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const part = await open(`${file}.part`, 'w');
  try {
    await part.writeFile(serialize({ format: FORMAT, key, value }));
    await part.sync();
  } finally {
    await part.close();
  }
  await rename(`${file}.part`, file);
}

/**
 * Reads what {@link writeSnapshot} wrote; undefined where there is no file.
 * @throws HomebodyError `invalid-input` when it is of another key (other data or settings) or unreadable
 */
export async function readSnapshot<T>(file: string, key: string): Promise<T | undefined> {
  const bytes = await readFile(file).catch(() => undefined);
  if (!bytes) return undefined;
  const wrong = (what: string, cause?: unknown) =>
    new HomebodyError('invalid-input', `${file} ${what}.`, {
      cause,
      remedy: 'Train without --resume, or with the data and settings that the checkpoint was made with.',
    });
  let stored: { format: number; key: string; value: T };
  try {
    stored = deserialize(bytes) as typeof stored;
  } catch (cause) {
    throw wrong('is no checkpoint of this version', cause);
  }
  if (stored?.format !== FORMAT) throw wrong('is no checkpoint of this version');
  if (stored.key !== key) throw wrong('was made with other data or settings');
  return stored.value;
}
