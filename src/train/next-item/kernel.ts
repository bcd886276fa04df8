import { KERNEL } from './kernel.generated';

interface Exports {
  memory: WebAssembly.Memory;
  gemm(a: number, w: number, out: number, m: number, k: number, n: number): void;
  decayForward(
    short: number,
    c: number,
    exponent: number,
    elapsed: number,
    decayed: number,
    m: number,
    h: number,
  ): void;
  stepForward(gates: number, decayed: number, c: number, tanhC: number, hidden: number, m: number, h: number): void;
  stepBackward(
    gates: number,
    decayed: number,
    tanhC: number,
    dh: number,
    dc: number,
    dO: number,
    dGates: number,
    m: number,
    h: number,
  ): void;
  decayBackward(
    short: number,
    exponent: number,
    elapsed: number,
    dDecayed: number,
    dShort: number,
    dExponent: number,
    m: number,
    h: number,
  ): void;
  addScaled(y: number, x: number, factor: number, n: number): void;
  decayAdd(out: number, y: number, factor: number, x: number, weight: number, n: number): void;
}

const PAGE = 65_536;
/** The first KiB stays unused: no buffer has address 0. */
const START = 1024;

/** The training kernel (assembly/kernel.ts) and its memory, laid out anew by whoever uses it. */
export class TrainingKernel {
  private next = START;
  private constructor(readonly run: Exports) {}

  static async create(): Promise<TrainingKernel> {
    const bytes = Buffer.from(KERNEL, 'base64');
    const { instance } = await WebAssembly.instantiate(bytes, {});
    return new TrainingKernel(instance.exports as unknown as Exports);
  }

  /** Forgets all buffers. */
  reset(): void {
    this.next = START;
  }

  /** Address of a new buffer of floats; its content is whatever was there. */
  reserve(floats: number): number {
    const at = this.next;
    this.next += 16 * Math.ceil(floats / 4);
    const missing = Math.ceil((this.next - this.run.memory.buffer.byteLength) / PAGE);
    if (missing > 0) this.run.memory.grow(missing);
    return at;
  }

  /** Address of a new buffer with these values. */
  put(values: Float32Array): number {
    const at = this.reserve(values.length);
    this.floats(at, values.length).set(values);
    return at;
  }

  /** Address of a new buffer of zeros. */
  zeros(floats: number): number {
    const at = this.reserve(floats);
    this.floats(at, floats).fill(0);
    return at;
  }

  /** A view, valid until the next `reserve`. */
  floats(at: number, count: number): Float32Array {
    return new Float32Array(this.run.memory.buffer, at, count);
  }
}

/** A matrix [K, N] (row-major when `transposed` is false, else given as [N, K]) in blocks of 8 columns. */
export function packColumns(matrix: Float32Array, K: number, N: number, transposed: boolean): Float32Array {
  const out = new Float32Array(K * N);
  for (let k = 0; k < K; k += 1) {
    for (let n = 0; n < N; n += 1) {
      const value = transposed ? matrix[n * K + k]! : matrix[k * N + n]!;
      out[((n >> 3) * K + k) * 8 + (n & 7)] = value;
    }
  }
  return out;
}
