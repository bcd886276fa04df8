import { appendFile, mkdir, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { EmbeddingCache } from '../embedder';

/**
 * Embeddings kept in a folder between runs, one file `<embedder>@<dtype>.bin` each: a list of
 * `[u32 bytes of the text, u32 values, text in UTF-8, values as float32]`, little-endian, only ever appended to. A record
 * that a killed run left in the middle is cut off by the next one.
 */
export function fileCache(folder: string): EmbeddingCache {
  const opened = new Map<string, Promise<Map<string, Float32Array>>>();
  const fileOf = (model: string) => join(folder, `${model.replaceAll(/[^\w.@-]/g, '_')}.bin`);
  const open = (model: string) => {
    const known = opened.get(model) ?? readRecords(fileOf(model));
    opened.set(model, known);
    return known;
  };
  // One append at a time: two would mix their bytes.
  let last: Promise<unknown> = Promise.resolve();
  return {
    async get(model, texts) {
      const known = await open(model);
      return texts.map((text) => known.get(text));
    },
    async put(rows) {
      const write = last.then(async () => {
        const bytes = new Map<string, Uint8Array[]>();
        for (const { model, text, vector } of rows) {
          const known = await open(model);
          if (known.has(text)) continue;
          known.set(text, vector);
          bytes.set(model, [...(bytes.get(model) ?? []), record(text, vector)]);
        }
        await mkdir(folder, { recursive: true });
        for (const [model, records] of bytes) await appendFile(fileOf(model), Buffer.concat(records));
      });
      last = write.catch(() => undefined);
      await write;
    },
  };
}

function record(text: string, vector: Float32Array): Uint8Array {
  const name = Buffer.from(text, 'utf8');
  const head = Buffer.alloc(8);
  head.writeUInt32LE(name.length, 0);
  head.writeUInt32LE(vector.length, 4);
  const values = Buffer.alloc(4 * vector.length);
  vector.forEach((value, i) => {
    values.writeFloatLE(value, 4 * i);
  });
  return Buffer.concat([head, name, values]);
}

async function readRecords(file: string): Promise<Map<string, Float32Array>> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
  const out = new Map<string, Float32Array>();
  let at = 0;
  while (at + 8 <= bytes.length) {
    const [name, count] = [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)];
    const end = at + 8 + name + 4 * count;
    if (end > bytes.length) break;
    const text = bytes.toString('utf8', at + 8, at + 8 + name);
    out.set(
      text,
      Float32Array.from({ length: count }, (_, i) => bytes.readFloatLE(at + 8 + name + 4 * i)),
    );
    at = end;
  }
  if (at < bytes.length) await truncate(file, at);
  return out;
}
