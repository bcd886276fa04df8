/**
 * Text embeddings for the PyTorch reference, so that Python needs no tokenizer:
 * `npx tsx examples/pytorch/embed.ts <data folder> <embedder folder> <out.safetensors>`
 * writes `raw` F32 [n, E_raw] and, beside it, the ids in row order as JSON. Items are read as `homebody train` reads them.
 */
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { embedItems, openEmbedder, readFolder } from '../../src/data';
import { floatTensor, writeSafetensors } from '../../src/model';

const [data, embedderFolder, out] = process.argv.slice(2);
if (!data || !embedderFolder || !out?.endsWith('.safetensors')) {
  process.stderr.write('embed.ts <data folder> <embedder folder> <out.safetensors>\n');
  process.exit(2);
}
const { items } = await readFolder(data);
const id = basename(embedderFolder);
const embedder = await openEmbedder({ path: embedderFolder, embedderId: id }, { embedder: embedderFolder });
const raw = await embedItems(items, embedder, {
  onProgress: (done, total) => process.stderr.write(`\r${done} of ${total} items`),
});
const E = raw[0]?.length ?? 0;
const table = new Float32Array(raw.length * E);
for (const [row, vector] of raw.entries()) table.set(vector, row * E);
await writeFile(out, new Uint8Array(writeSafetensors(new Map([['raw', floatTensor([raw.length, E], table)]]))));
await writeFile(out.replace(/safetensors$/, 'json'), `${JSON.stringify({ embedder: id, ids: items.ids })}\n`);
process.stderr.write('\n');
