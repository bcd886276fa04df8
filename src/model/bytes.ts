import { HomebodyError } from '../domain';

/** Appends little-endian values to a growing buffer. */
export class ByteWriter {
  private bytes = new Uint8Array(4096);
  private view = new DataView(this.bytes.buffer);
  private at = 0;

  private reserve(size: number): void {
    if (this.at + size <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.at + size));
    grown.set(this.bytes.subarray(0, this.at));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  uint(value: number): void {
    this.reserve(4);
    this.view.setUint32(this.at, value, true);
    this.at += 4;
  }

  double(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.at, value, true);
    this.at += 8;
  }

  doubles(values: Float64Array): void {
    for (const value of values) this.double(value);
  }

  floats(values: Float32Array): void {
    this.reserve(4 * values.length);
    for (const value of values) {
      this.view.setFloat32(this.at, value, true);
      this.at += 4;
    }
  }

  /** UTF-16 code units: unlike UTF-8 it keeps even a lone surrogate. */
  text(value: string): void {
    this.uint(value.length);
    this.reserve(2 * value.length);
    for (let i = 0; i < value.length; i += 1) {
      this.view.setUint16(this.at, value.charCodeAt(i), true);
      this.at += 2;
    }
  }

  finish(): Uint8Array {
    return this.bytes.slice(0, this.at);
  }
}

/** Reads what {@link ByteWriter} wrote; throws `invalid-input` where the bytes end too early or too late. */
export class ByteReader {
  private readonly view: DataView;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  private take(size: number): number {
    const at = this.at;
    if (at + size > this.view.byteLength) {
      throw new HomebodyError('invalid-input', 'the bytes of a state end too early', {
        remedy: 'Replay the event log.',
      });
    }
    this.at += size;
    return at;
  }

  uint(): number {
    return this.view.getUint32(this.take(4), true);
  }

  double(): number {
    return this.view.getFloat64(this.take(8), true);
  }

  doubles(count: number): Float64Array {
    const at = this.take(8 * count);
    return Float64Array.from({ length: count }, (_, i) => this.view.getFloat64(at + 8 * i, true));
  }

  floats(count: number): Float32Array {
    const at = this.take(4 * count);
    return Float32Array.from({ length: count }, (_, i) => this.view.getFloat32(at + 4 * i, true));
  }

  text(): string {
    const count = this.uint();
    const at = this.take(2 * count);
    let text = '';
    for (let i = 0; i < count; i += 1) text += String.fromCharCode(this.view.getUint16(at + 2 * i, true));
    return text;
  }

  list<T>(read: () => T): T[] {
    const count = this.uint();
    const out: T[] = [];
    for (let i = 0; i < count; i += 1) out.push(read());
    return out;
  }

  end(): void {
    if (this.at !== this.view.byteLength) {
      throw new HomebodyError('invalid-input', 'the bytes of a state go on too long', {
        remedy: 'Replay the event log.',
      });
    }
  }
}
