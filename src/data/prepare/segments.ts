import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of a segment before it is read and deleted: bounds the disk that a copy of the log takes. */
const SEGMENT_BYTES = 256 << 20;
const BUFFER_BYTES = 4 << 20;

/**
 * Writes records with the number of their file and line before them into a file that DuckDB reads; `take` is called
 * with its path when it is full, and at the end.
 */
export class SegmentWriter {
  private buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  private used = 0;
  private handle: FileHandle | undefined;
  private written = 0;
  private count = 0;
  constructor(
    private readonly folder: string,
    private readonly name: string,
    private readonly take: (path: string) => Promise<void>,
    private readonly segmentBytes: number = SEGMENT_BYTES,
  ) {}

  /** Appends `prefix` + `bytes[from..to)` + line end. */
  add(prefix: string, bytes: Buffer, from: number, to: number): void {
    const needed = this.used + prefix.length + (to - from) + 1;
    if (needed > this.buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.buffer.length * 2));
      this.buffer.copy(larger, 0, 0, this.used);
      this.buffer = larger;
    }
    const { buffer } = this;
    let at = this.used;
    // Prefixes are ASCII and short: a loop is faster than a call.
    for (let i = 0; i < prefix.length; i++) buffer[at++] = prefix.charCodeAt(i);
    at += bytes.copy(buffer, at, from, to);
    buffer[at++] = 10;
    this.used = at;
  }

  /** To be awaited now and then: writes what has gathered, and hands a full segment over. */
  async drain(): Promise<void> {
    if (this.used < BUFFER_BYTES / 2) return;
    await this.flush();
    if (this.written >= this.segmentBytes) await this.hand();
  }

  /** Hands over what is left. */
  async finish(): Promise<void> {
    await this.flush();
    await this.hand();
  }

  /** Closes the file that is being written and leaves it. */
  async dispose(): Promise<void> {
    await this.handle?.close();
    this.handle = undefined;
  }

  private get path(): string {
    return join(this.folder, `${this.name}-${this.count}.csv`);
  }

  private async flush(): Promise<void> {
    if (this.used === 0) return;
    this.handle ??= await open(this.path, 'w');
    await this.handle.writeFile(this.buffer.subarray(0, this.used));
    this.written += this.used;
    this.used = 0;
  }

  private async hand(): Promise<void> {
    if (!this.handle) return;
    await this.dispose();
    const { path } = this;
    await this.take(path);
    await rm(path);
    this.count++;
    this.written = 0;
  }
}
