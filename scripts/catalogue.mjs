// Writes the demo shop's catalogue as the server reads it: `node scripts/catalogue.mjs [--out dist]`.
// OUT/demo/catalogue.json: { items: [candidate…] } in popularity order, in formats.md's candidate shape without vectors.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Compiles the authored catalogue and writes `demo/catalogue.json` into `out`; resolves to the number of products. */
export async function writeCatalogue(out = join(root, 'dist')) {
  const compiled = await build({
    entryPoints: [join(root, 'src/demo/catalogue/index.ts')],
    bundle: true,
    format: 'esm',
    write: false,
    logLevel: 'error',
  });
  const source = Buffer.from(compiled.outputFiles[0].contents).toString('base64');
  const { catalogue, departments } = await import(`data:text/javascript;base64,${source}`);
  const products = catalogue();
  const items = products.map((product) => ({
    id: product.id,
    title: product.title,
    brand: product.brand,
    category: product.category,
    price: product.price,
    currency: 'EUR',
    url: `/product/${product.id}`,
    // The server's own score: purchases fall with rank as in Zipf's law, so their logarithm falls with log rank.
    prior: Number((1 - Math.log(product.rank) / Math.log(products.length + 1)).toFixed(4)),
    motif: product.motif,
  }));
  await mkdir(join(out, 'demo'), { recursive: true });
  await writeFile(join(out, 'demo/catalogue.json'), JSON.stringify({ departments: departments(), items }));
  return items.length;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const at = process.argv.indexOf('--out');
  const count = await writeCatalogue(at > 0 ? resolve(process.argv[at + 1]) : undefined);
  console.log(`catalogue: ${count} products`);
}
