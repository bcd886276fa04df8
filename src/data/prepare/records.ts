import { isUtf8 } from 'node:buffer';

/** Why a piece of a text file is no row. */
export type RecordProblem = 'line-too-long' | 'bad-encoding' | 'unclosed-quote';

export interface RecordSink {
  /**
   * One whole record: `bytes[from..to)` without its line end.
   * @param line 1-based line of the file on which it starts
   * @param fields number of fields (1 where no delimiter was given)
   * @param irregular a quote or a carriage return stands where RFC 4180 has none
   */
  record(bytes: Buffer, from: number, to: number, line: number, fields: number, irregular: boolean): void;
  /** What is no record. @param text its beginning, for people */
  reject(line: number, problem: RecordProblem, text: string): void;
}

export interface SplitOptions {
  /** Byte between fields; absent: a line is a record and quotes mean nothing (JSON lines). */
  delimiter?: number;
  /** A longer record is refused, so that memory stays bounded whatever a file holds. */
  maxBytes: number;
}

/** What a record that is longer than this is never read as. */
export const MAX_RECORD_BYTES = 1 << 20;
const SAMPLE_BYTES = 200;
const LF = 10;
const CR = 13;
const QUOTE = 34;

/**
 * Cuts a byte stream into records (RFC 4180, or lines), counting lines, in memory of about two records' bound.
 * - A record over `maxBytes` is skipped to the next line end.
 * - A quote that is never closed costs its own line, not the rest of the file: reading goes on with the line after it.
 *   It is known by text behind what closes it some lines later, by the end of the file, or by `maxBytes`.
 * - Bytes that are not UTF-8, or hold a NUL (UTF-16 in the stream), cost their record.
 */
export class RecordSplitter {
  private rest: Buffer = Buffer.alloc(0);
  private line = 1;
  private skipping = false;
  constructor(
    private readonly sink: RecordSink,
    private readonly options: SplitOptions,
  ) {}

  push(chunk: Buffer): void {
    this.split(this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk, false);
  }

  /** The stream has ended; what is left is a record without a line end. */
  end(): void {
    this.split(this.rest, true);
  }

  private split(bytes: Buffer, final: boolean): void {
    let at = 0;
    if (this.skipping) {
      const end = bytes.indexOf(LF);
      if (end < 0) {
        this.rest = Buffer.alloc(0);
        return;
      }
      this.skipping = false;
      this.line++;
      at = end + 1;
    }
    // No line end is part of a character, so up to the last one the text can be checked at once.
    const checked = final ? bytes.length : bytes.lastIndexOf(LF) + 1;
    const clean = isText(bytes.subarray(at, checked));
    while (at < bytes.length) {
      const found = this.options.delimiter === undefined ? scanLine(bytes, at) : this.scan(bytes, at, final);
      if (found.unclosed || (found.end < 0 && found.breaks > 0 && bytes.length - at > this.options.maxBytes)) {
        at = this.giveUpLine(bytes, at);
        continue;
      }
      if (found.end < 0 && !final) {
        if (bytes.length - at <= this.options.maxBytes) break;
        this.sink.reject(this.line, 'line-too-long', sample(bytes, at, bytes.length));
        this.skipping = true;
        this.rest = Buffer.alloc(0);
        return;
      }
      const end = found.end < 0 ? bytes.length : found.end;
      this.emit(bytes, at, end, found, clean);
      this.line += 1 + found.breaks;
      at = end + 1;
    }
    // A copy: the chunk's memory belongs to the stream.
    this.rest = final ? Buffer.alloc(0) : Buffer.from(bytes.subarray(Math.min(at, bytes.length)));
  }

  private emit(bytes: Buffer, from: number, end: number, found: Found, clean: boolean): void {
    const to = end > from && bytes[end - 1] === CR ? end - 1 : end;
    if (to === from) return;
    if (to - from > this.options.maxBytes) {
      this.sink.reject(this.line, 'line-too-long', sample(bytes, from, to));
    } else if (!clean && !isText(bytes.subarray(from, to))) {
      this.sink.reject(this.line, 'bad-encoding', sample(bytes, from, to));
    } else {
      this.sink.record(bytes, from, to, this.line, found.fields, found.irregular);
    }
  }

  /** Refuses the line at `at` for its open quote; @returns where the next one begins. */
  private giveUpLine(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(LF, at);
    const to = end < 0 ? bytes.length : end;
    this.sink.reject(this.line, 'unclosed-quote', sample(bytes, at, to));
    this.line++;
    return to + 1;
  }

  /** One record from `from` on. The state is where in a field the byte before stood. */
  private scan(bytes: Buffer, from: number, final: boolean): Found {
    const delimiter = this.options.delimiter!;
    const found: Found = { end: -1, fields: 1, breaks: 0, irregular: false, unclosed: false };
    let state: 'start' | 'plain' | 'quoted' | 'closed' = 'start';
    // Line breaks inside the field: a quote left open swallows the lines after it.
    let broken = 0;
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (state === 'quoted') {
        if (byte === QUOTE) state = 'closed';
        else if (byte === LF) broken++;
      } else if (byte === LF) {
        found.end = at;
        found.breaks += broken;
        return found;
      } else if (byte === delimiter) {
        found.fields++;
        found.breaks += broken;
        broken = 0;
        state = 'start';
      } else if (byte === QUOTE) {
        if (state === 'plain') found.irregular = true;
        else state = 'quoted';
      } else if (byte === CR) {
        if (at + 1 < bytes.length && bytes[at + 1] !== LF) found.irregular = true;
      } else if (state === 'closed') {
        if (broken > 0) {
          found.unclosed = true;
          return found;
        }
        // `"a"b` is text, as the plain reader takes it.
        found.irregular = true;
        state = 'plain';
      } else state = 'plain';
    }
    found.breaks += broken;
    if (final && state === 'quoted') found.unclosed = true;
    return found;
  }
}

interface Found {
  /** Place of the line end that ends the record; −1 when the bytes end first. */
  end: number;
  fields: number;
  /** Line ends inside of it. */
  breaks: number;
  irregular: boolean;
  /** It begins with a line whose quote is not closed. */
  unclosed: boolean;
}

function scanLine(bytes: Buffer, from: number): Found {
  return { end: bytes.indexOf(LF, from), fields: 1, breaks: 0, irregular: false, unclosed: false };
}

function isText(bytes: Buffer): boolean {
  return isUtf8(bytes) && bytes.indexOf(0) < 0;
}

function sample(bytes: Buffer, from: number, to: number): string {
  return bytes.toString('utf8', from, Math.min(to, from + SAMPLE_BYTES)).replaceAll('\0', '');
}

/** The fields of one record, read leniently: a quote in the wrong place is text. */
export function fieldsOf(record: string, delimiter: string): string[] {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    const quoted = record[at] === '"' ? closing(record, at, delimiter) : -1;
    const end = quoted >= 0 ? quoted + 1 : record.indexOf(delimiter, at);
    const field = record.slice(at, end < 0 ? record.length : end);
    fields.push(quoted >= 0 ? field.slice(1, -1).replaceAll('""', '"') : field);
    if (end < 0 || end >= record.length) return fields;
    at = end + delimiter.length;
  }
}

/** Place of the quote that closes the field at `at`, or −1 where text follows it. */
function closing(record: string, at: number, delimiter: string): number {
  for (let quote = record.indexOf('"', at + 1); quote >= 0; quote = record.indexOf('"', quote + 1)) {
    if (record[quote + 1] === '"') quote++;
    else return quote + 1 === record.length || record.startsWith(delimiter, quote + 1) ? quote : -1;
  }
  return -1;
}
