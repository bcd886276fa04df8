/** A tensor of a safetensors file whose values come later. */
export interface PlannedTensor {
  dtype: 'F32' | 'I8' | 'I32';
  shape: readonly [number, ...number[]];
}

/** Where a tensor's rows are in the file. */
export interface Region {
  /** Byte of the file at which row 0 starts. */
  start: number;
  /** Bytes of one row. */
  row: number;
}

const BYTES = { F32: 4, I32: 4, I8: 1 } as const;

/**
 * The header of a safetensors file and where each tensor lies in it, in the order of `writeSafetensors`: equal tensors
 * give equal files, whether written at once or row by row. `size` is that of the whole file in bytes.
 */
export function planSafetensors(tensors: ReadonlyMap<string, PlannedTensor>): {
  header: Uint8Array;
  regions: Map<string, Region>;
  size: number;
} {
  const names = [...tensors.keys()].sort((a, b) => {
    const width = BYTES[tensors.get(b)!.dtype] - BYTES[tensors.get(a)!.dtype];
    return width || (a < b ? -1 : 1);
  });
  const json: Record<string, unknown> = {};
  const regions = new Map<string, Region>();
  let at = 0;
  for (const name of names) {
    const { dtype, shape } = tensors.get(name)!;
    const row = shape.slice(1).reduce((product, n) => product * n, 1) * BYTES[dtype];
    json[name] = { dtype, shape, data_offsets: [at, at + shape[0] * row] };
    regions.set(name, { start: at, row });
    at += shape[0] * row;
  }
  const text = Buffer.from(JSON.stringify(json));
  const header = Buffer.alloc(8 + Math.ceil(text.length / 8) * 8, ' ');
  header.writeBigUInt64LE(BigInt(header.length - 8));
  text.copy(header, 8);
  for (const region of regions.values()) region.start += header.length;
  return { header, regions, size: header.length + at };
}
