import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { HomebodyError } from '../../domain';
import type { SourceFile } from './files';
import { fieldsOf, MAX_RECORD_BYTES, type RecordSink, RecordSplitter } from './records';
import type { PrepareSettings } from './settings';

export interface TextOptions {
  encoding: PrepareSettings['encoding'];
  /** Bytes of the file, as it lies on the disk, that were read so far. */
  onBytes?: (read: number) => void;
  signal?: AbortSignal | undefined;
}

/** Lines of JSON whose keys are looked at to know the columns. */
const JSON_SAMPLE = 200;
const HIGH_WATER = 1 << 18;

/** Thrown to leave a stream early. */
class Enough extends Error {}

/**
 * Streams a text file, unpacked and as UTF-8 without a byte-order mark.
 * @param take given each piece; the next is read when it has resolved
 * @throws HomebodyError `invalid-input` when the file is truncated, corrupt or unreadable, `aborted`
 */
export async function readText(
  file: Pick<SourceFile, 'path' | 'gzip'>,
  options: TextOptions,
  take: (chunk: Buffer) => Promise<void> | void,
): Promise<void> {
  const input = createReadStream(file.path, { highWaterMark: HIGH_WATER });
  let thrown: unknown;
  let decode: ((chunk: Buffer) => Buffer) | undefined;
  const consume = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) {
      try {
        decode ??= decoder(chunk, options.encoding);
        await take(decode(chunk));
        options.onBytes?.(input.bytesRead);
      } catch (error) {
        thrown = error;
        throw error;
      }
    }
  };
  try {
    const { signal } = options;
    if (file.gzip) await pipeline(input, createGunzip({ chunkSize: HIGH_WATER }), consume, { signal });
    else await pipeline(input, consume, { signal });
  } catch (cause) {
    if (thrown) throw thrown;
    if (options.signal?.aborted) throw new HomebodyError('aborted', 'Interrupted.', { cause });
    throw new HomebodyError('invalid-input', `${file.path} is damaged: ${String(cause)}`, {
      cause,
      remedy: 'Fetch the file again, or take what can be read of it with --damaged keep.',
    });
  }
}

/** How bytes of this file become UTF-8: by its byte-order mark, else as told; UTF-8 stays as it is. */
function decoder(first: Buffer, told: PrepareSettings['encoding']): (chunk: Buffer) => Buffer {
  const mark =
    first[0] === 0xff && first[1] === 0xfe
      ? 'utf-16le'
      : first[0] === 0xfe && first[1] === 0xff
        ? 'utf-16be'
        : undefined;
  const encoding = mark ?? (told === 'auto' ? 'utf-8' : told);
  if (encoding === 'utf-8') {
    const start = first[0] === 0xef && first[1] === 0xbb && first[2] === 0xbf ? 3 : 0;
    let head = true;
    return (chunk) => {
      const from = head ? start : 0;
      head = false;
      return chunk.subarray(from);
    };
  }
  const text = new TextDecoder(encoding);
  return (chunk) => Buffer.from(text.decode(chunk, { stream: true }));
}

export interface TextHead {
  /** CSV: the columns in order; JSON: the keys of the first lines. */
  names: string[];
  delimiter: string;
}

/**
 * What a text file's first lines tell of its columns.
 * @returns undefined when the file is empty
 * @throws HomebodyError `invalid-input` when they cannot be read
 */
export async function readHead(
  file: SourceFile,
  settings: Pick<PrepareSettings, 'encoding' | 'delimiter'>,
  signal?: AbortSignal,
): Promise<TextHead | undefined> {
  const records: string[] = [];
  const wanted = file.format === 'csv' ? 1 : JSON_SAMPLE;
  let problem: string | undefined;
  const sink: RecordSink = {
    record: (bytes, from, to) => {
      records.push(bytes.toString('utf8', from, to));
      if (records.length === wanted) throw new Enough();
    },
    reject: (line, reason) => {
      if (file.format !== 'csv') return;
      problem = `line ${line}: ${reason}`;
      throw new Enough();
    },
  };
  // A header is one line here: what separates its fields is not known yet.
  const splitter = new RecordSplitter(sink, { maxBytes: MAX_RECORD_BYTES });
  try {
    await readText(file, { encoding: settings.encoding, signal }, (chunk) => splitter.push(chunk));
    splitter.end();
  } catch (error) {
    if (!(error instanceof Enough)) {
      // A truncated file's head may be whole.
      if (!(error instanceof HomebodyError) || error.code === 'aborted' || records.length === 0) throw error;
    }
  }
  if (problem !== undefined) {
    throw new HomebodyError('invalid-input', `The first line of ${file.path} cannot be read (${problem}).`, {
      remedy: 'It must name the columns, in UTF-8; say --encoding latin1 or utf-16le for another encoding.',
    });
  }
  if (records.length === 0) return undefined;
  if (file.format === 'csv') {
    const [header] = records as [string];
    const delimiter = settings.delimiter === 'auto' ? likelyDelimiter(header) : settings.delimiter;
    return { names: fieldsOf(header, delimiter).map((name) => name.trim()), delimiter };
  }
  return { names: [...new Set(records.flatMap(keysOf))], delimiter: '' };
}

function keysOf(line: string): string[] {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
  } catch {
    return [];
  }
}

function likelyDelimiter(header: string): string {
  const counts = [',', ';', '\t', '|'].map((delimiter) => ({ delimiter, fields: fieldsOf(header, delimiter).length }));
  return counts.reduce((best, one) => (one.fields > best.fields ? one : best)).delimiter;
}
