// Tells whether dist/ was built from the files that are here now.
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

const sources = ['src', 'public', 'scripts', 'index.html', 'vite.config.ts', 'tsconfig.json', 'package.json'];

/** A hash over path, size and time of every file that the build reads. */
export async function fingerprint(/** @type {string} */ root) {
  const hash = createHash('sha256').update(process.version);
  for (const source of sources) await add(hash, join(root, source));
  return hash.digest('hex');
}

/** False when dist/ is whole and up to date. */
export async function isStale(/** @type {string} */ root) {
  const built = await readFile(join(root, 'dist/.built'), 'utf8').catch(() => '');
  return built === '' || built !== (await fingerprint(root));
}

async function add(/** @type {import('node:crypto').Hash} */ hash, /** @type {string} */ path) {
  const info = await stat(path).catch(() => undefined);
  if (!info) return;
  if (info.isDirectory()) {
    for (const name of (await readdir(path)).sort()) await add(hash, join(path, name));
  } else if (!/\.(test|browser\.test)\.ts$/.test(path)) {
    hash.update(`${path}\0${info.size}\0${info.mtimeMs}\n`);
  }
}
