// Makes the vectors that the demo shop's server sends with its candidates:
//   node scripts/vectors.mjs [--model public/models/universal] [--site dist/demo]
// Reads SITE/catalogue.json and writes SITE/vectors.json: { model, items: { ID: Vector } }, as formats.md has `vector`.
import { access, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { tsImport } from 'tsx/esm/api';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * The embedder is the one in public/models that the model names.
 * @param {{ model?: string, site?: string }} [options]
 * @returns {Promise<{ model: string, items: number }>}
 */
export async function writeVectors(options = {}) {
  const model = options.model ?? join(root, 'public/models/universal');
  const site = options.site ?? join(root, 'dist/demo');
  const { readModelFolder, openEmbedder, candidateVectors } = await tsImport('../src/data/index.ts', import.meta.url);
  const { itemText } = await tsImport('../src/domain/index.ts', import.meta.url);

  const { items } = JSON.parse(await readFile(join(site, 'catalogue.json'), 'utf8'));
  const interest = await readModelFolder(model);
  const { id } = interest.manifest.embedder;
  const folder = join(root, 'public/models', id);
  const embedder = await openEmbedder({ path: model, embedderId: id }, { embedder: folder });
  try {
    const texts = items.map((item) =>
      itemText({ title: item.title, brand: item.brand, categories: [item.category ?? []].flat() }),
    );
    const vectors = candidateVectors(interest, await embedder.embed(texts));
    const byId = Object.fromEntries(items.map((item, row) => [item.id, vectors[row]]));
    await writeFile(join(site, 'vectors.json'), JSON.stringify({ model: interest.manifest.id, items: byId }));
    return { model: interest.manifest.id, items: items.length };
  } finally {
    await embedder.dispose();
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const option = (name) => {
    const at = process.argv.indexOf(name);
    return at > 0 ? resolve(process.argv[at + 1]) : undefined;
  };
  const model = option('--model') ?? join(root, 'public/models/universal');
  const found = await access(join(model, 'model.json')).then(
    () => true,
    () => false,
  );
  if (found) {
    const written = await writeVectors({ model, site: option('--site') });
    console.log(`vectors: ${written.items} products for model ${written.model}`);
  } else if (process.argv.includes('--model')) {
    throw new Error(`There is no model in ${model}.`);
  } else {
    // Not an error: without shipped vectors the shop works all the same, the device embeds the titles.
    console.log('vectors: no model in public/models/universal, none made');
  }
}
