import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { HomebodyError } from '../../domain';
import type { Embedder } from '../../embedder';
import { type InterestModel, project, type Quantised, quantise, whiten } from '../../model';
import { type Catalogue, NEIGHBOURS } from '../catalogue';
import { CATALOGUE_FILES } from '../catalogue-files';
import type { ModelFolder } from '../model-folder';
import { type PlannedTensor, planSafetensors } from './layout';
import { readScanned, type Scan, type ScannedItem } from './source';

/** Rows that are embedded, written and noted together: what a kill can cost. */
const CHUNK = 1024;
const BATCH = 64;

export interface VectorsOptions {
  /** Gets `catalogue.safetensors` and `catalogue.json`. */
  out: string;
  /** Opened only when an item is not in the model's own catalogue. */
  embedder: () => Promise<Embedder>;
  /** Go on after what an interrupted run of the same catalogue and model has written. */
  resume?: boolean;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

export interface VectorsResult {
  items: number;
  /** Rows that an earlier run had written. */
  resumed: number;
  /** Items that the model's catalogue knows. */
  known: number;
  bytes: number;
}

/**
 * Writes the vectors of a catalogue of any size, a thousand items at a time: what the model's own catalogue knows of an
 * item (residual, bias, neighbours that this catalogue has too), text with δ = 0 for the others. The files appear under
 * their names when they are whole; a run that was killed is taken up with `resume` and gives the same bytes.
 * @throws HomebodyError `aborted`, and what reading, embedding and writing throw
 */
export async function writeVectors(
  { model, catalogue }: ModelFolder,
  scan: Scan,
  options: VectorsOptions,
): Promise<VectorsResult> {
  const { out, signal } = options;
  await mkdir(out, { recursive: true });
  const n = scan.rowOf.size;
  const { header, regions, size } = planSafetensors(tensorsOf(model, catalogue, n));
  const [vectors, list] = CATALOGUE_FILES.map((name) => join(out, name)) as [string, string];
  const part = `${vectors}.part`;
  const journal = new Journal(join(out, 'catalogue.progress.json'), keyOf(model, scan));
  const from = options.resume ? await journal.done(part, size) : 0;
  const file = await open(part, from > 0 ? 'r+' : 'w+');
  const known = new Map(catalogue?.ids.map((id, row) => [id, row]));
  let embedder: Embedder | undefined;
  try {
    if (from === 0) {
      await file.write(header);
      await file.truncate(size);
    }
    let chunk: ScannedItem[] = [];
    const flush = async (): Promise<void> => {
      if (chunk.length === 0) return;
      if (signal?.aborted) throw new HomebodyError('aborted', 'Making the vectors was aborted.');
      const strangers = chunk.filter(({ id }) => !known.has(id));
      if (strangers.length > 0) embedder ??= await options.embedder();
      const raw = await embed(strangers, embedder, signal);
      const tensors = chunkTensors(model, catalogue, chunk, { known, raw, rowOf: scan.rowOf });
      for (const [name, data] of tensors) {
        const { start, row } = regions.get(name)!;
        await writeAll(file, data, start + chunk[0]!.row * row);
      }
      const done = chunk.at(-1)!.row + 1;
      chunk = [];
      await file.datasync();
      await journal.note(done);
      options.onProgress?.(done, n);
      await setImmediate();
    };
    await readScanned(
      scan,
      from,
      (item) => {
        chunk.push(item);
        return chunk.length === CHUNK ? flush() : undefined;
      },
      signal ? { signal } : {},
    );
    await flush();
  } finally {
    await file.close();
    await embedder?.dispose();
  }
  await writeList(`${list}.part`, model, scan);
  await rename(`${list}.part`, list);
  await rename(part, vectors);
  await journal.remove();
  const shared = [...scan.rowOf.keys()].filter((id) => known.has(id)).length;
  return { items: n, resumed: from, known: shared, bytes: size + (await stat(list)).size };
}

/** What a model that knows its items may say of one, a number each. */
const LEARNED = ['bias', 'repeat'] as const;

function tensorsOf(model: InterestModel, catalogue: Catalogue | undefined, n: number): Map<string, PlannedTensor> {
  const { item: D, embedding: E } = model.manifest.sizes;
  const tensors = new Map<string, PlannedTensor>([
    ['q', { dtype: 'I8', shape: [n, D] }],
    ['q_scale', { dtype: 'F32', shape: [n] }],
    ['e', { dtype: 'I8', shape: [n, E] }],
    ['e_scale', { dtype: 'F32', shape: [n] }],
    ['median', { dtype: 'F32', shape: [n] }],
  ]);
  for (const name of LEARNED) if (catalogue?.[name]) tensors.set(name, { dtype: 'F32', shape: [n] });
  if (catalogue?.neighbours) {
    tensors.set('nbr', { dtype: 'I32', shape: [n, NEIGHBOURS] });
    tensors.set('nbr_w', { dtype: 'I8', shape: [n, NEIGHBOURS] });
    tensors.set('nbr_scale', { dtype: 'F32', shape: [n] });
  }
  return tensors;
}

/** Files of one key are parts of the same result. */
function keyOf({ manifest }: InterestModel, scan: Scan): string {
  const parts = [scan.sha256, manifest.id, manifest.files, CHUNK];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

async function embed(
  items: readonly ScannedItem[],
  embedder: Embedder | undefined,
  signal: AbortSignal | undefined,
): Promise<Map<number, Float32Array>> {
  const raw = new Map<number, Float32Array>();
  for (let from = 0; from < items.length; from += BATCH) {
    const batch = items.slice(from, from + BATCH);
    const made = await embedder!.embed(
      batch.map(({ text }) => text),
      signal ? { signal } : {},
    );
    for (const [i, { row }] of batch.entries()) raw.set(row, made[i]!);
  }
  return raw;
}

/** The rows of a chunk in each tensor. */
function chunkTensors(
  model: InterestModel,
  catalogue: Catalogue | undefined,
  chunk: readonly ScannedItem[],
  context: {
    known: ReadonlyMap<string, number>;
    raw: ReadonlyMap<number, Float32Array>;
    rowOf: ReadonlyMap<string, number>;
  },
): Map<string, Int8Array | Int32Array | Float32Array> {
  const { item: D, embedding: E } = model.manifest.sizes;
  const n = chunk.length;
  const q = new Int8Array(n * D);
  const e = new Int8Array(n * E);
  const [qScale, eScale, median, nbrScale] = [0, 1, 2, 3].map(() => new Float32Array(n)) as Float32Array[];
  const learned = LEARNED.map((name) => ({ name, known: catalogue?.[name], values: new Float32Array(n) }));
  const nbr = new Int32Array(n * NEIGHBOURS).fill(-1);
  const nbrW = new Int8Array(n * NEIGHBOURS);
  const put = (to: Int8Array, scale: Float32Array, i: number, { values, scale: own }: Quantised) => {
    to.set(values, i * values.length);
    scale[i] = own;
  };
  for (const [i, item] of chunk.entries()) {
    median![i] = item.median;
    const from = context.known.get(item.id);
    if (from === undefined || !catalogue) {
      const text = whiten(model, context.raw.get(item.row)!);
      put(q, qScale!, i, quantise(project(model, text)));
      put(e, eScale!, i, quantise(text));
      continue;
    }
    put(q, qScale!, i, { values: catalogue.q.subarray(from * D, (from + 1) * D), scale: catalogue.qScale[from]! });
    put(e, eScale!, i, { values: catalogue.e.subarray(from * E, (from + 1) * E), scale: catalogue.eScale[from]! });
    for (const { known, values } of learned) values[i] = known?.[from] ?? 0;
    const { neighbours } = catalogue;
    nbrScale![i] = neighbours?.scale[from] ?? 0;
    let to = i * NEIGHBOURS;
    for (let at = from * NEIGHBOURS; neighbours && at < (from + 1) * NEIGHBOURS; at += 1) {
      // Rows of the model's catalogue become rows of this one; what this one lacks is left out.
      const row = neighbours.rows[at]! < 0 ? undefined : context.rowOf.get(catalogue.ids[neighbours.rows[at]!]!);
      if (row === undefined) continue;
      nbr[to] = row;
      nbrW[to] = neighbours.weights[at]!;
      to += 1;
    }
  }
  const tensors = new Map<string, Int8Array | Int32Array | Float32Array>([
    ['q', q],
    ['q_scale', qScale!],
    ['e', e],
    ['e_scale', eScale!],
    ['median', median!],
  ]);
  for (const { name, known, values } of learned) if (known) tensors.set(name, values);
  if (catalogue?.neighbours) tensors.set('nbr', nbr).set('nbr_w', nbrW).set('nbr_scale', nbrScale!);
  return tensors;
}

async function writeAll(file: FileHandle, data: ArrayBufferView, at: number): Promise<void> {
  let written = 0;
  while (written < data.byteLength) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset + written, data.byteLength - written);
    written += (await file.write(bytes, 0, bytes.length, at + written)).bytesWritten;
  }
}

/** `catalogue.json`, an id at a time. */
async function writeList(path: string, { manifest }: InterestModel, scan: Scan): Promise<void> {
  function* text(): Generator<string> {
    const { id: model, embedder } = manifest;
    const head = JSON.stringify({ format: 1, model, embedder: embedder.id, priceMedians: scan.priceMedians });
    yield `${head.slice(0, -1)},"ids":[`;
    let separator = '';
    for (const id of scan.rowOf.keys()) {
      yield separator + JSON.stringify(id);
      separator = ',';
    }
    yield ']}\n';
  }
  await pipeline(Readable.from(text()), createWriteStream(path));
}

/** How many rows of an unfinished file are on disk. */
class Journal {
  constructor(
    private readonly file: string,
    private readonly key: string,
  ) {}

  async done(part: string, size: number): Promise<number> {
    const bytes = await stat(part).then(
      (info) => info.size,
      () => 0,
    );
    const text = await readFile(this.file, 'utf8').catch(() => '');
    try {
      const { key, done } = JSON.parse(text) as { key?: unknown; done?: unknown };
      return key === this.key && bytes === size && Number.isSafeInteger(done) ? (done as number) : 0;
    } catch {
      return 0;
    }
  }

  async note(done: number): Promise<void> {
    await writeFile(`${this.file}.part`, JSON.stringify({ key: this.key, done }));
    await rename(`${this.file}.part`, this.file);
  }

  remove(): Promise<void> {
    return rm(this.file, { force: true });
  }
}
