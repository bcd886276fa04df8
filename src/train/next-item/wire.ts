import type { Carried } from './batch';
import type { Sample } from './choice';
import type { UserSequence } from './sequences';
import type { ShardInput } from './shard';

type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array;

/** A copy in memory that threads share. */
export function sharedArray<T extends Numbers>(values: T): T {
  const make = values.constructor as new (buffer: SharedArrayBuffer) => T;
  const out = new make(new SharedArrayBuffer(values.byteLength));
  out.set(values as never);
  return out;
}

/** Histories of all users, one field after another in shared memory. */
export interface SharedSequences {
  /** [users] */
  users: Int32Array;
  /** [users + 1] steps before each */
  offsets: Int32Array;
  fields: Omit<UserSequence, 'user' | 'steps'>;
}

const FIELDS = ['kinds', 'context', 'elapsed', 'event', 'weight'] as const;
const LONGER = ['items', 'time'] as const;

/** Lays histories out in shared memory. */
export function shareSequences(sequences: readonly UserSequence[]): SharedSequences {
  const offsets = new Int32Array(sequences.length + 1);
  sequences.forEach(({ steps }, at) => {
    offsets[at + 1] = offsets[at]! + steps;
  });
  const total = offsets[sequences.length]!;
  const fields = {} as Record<string, Numbers>;
  for (const name of [...FIELDS, ...LONGER]) {
    const first = sequences[0]![name];
    const width = name === 'context' ? first.length / sequences[0]!.steps : 1;
    const length = (LONGER as readonly string[]).includes(name) ? total + sequences.length : total * width;
    const make = first.constructor as new (buffer: SharedArrayBuffer) => Numbers;
    const all = new make(new SharedArrayBuffer(length * first.BYTES_PER_ELEMENT));
    sequences.forEach((sequence, at) => {
      const from = (LONGER as readonly string[]).includes(name) ? offsets[at]! + at : offsets[at]! * width;
      all.set(sequence[name] as never, from);
    });
    fields[name] = all;
  }
  const users = Int32Array.from(sequences, ({ user }) => user);
  return { users: sharedArray(users), offsets: sharedArray(offsets), fields: fields as never };
}

/** The histories as {@link readSequence} gave them, without a copy. */
export function viewSequences({ users, offsets, fields }: SharedSequences): UserSequence[] {
  const total = offsets[users.length]!;
  return Array.from(users, (user, at) => {
    const [from, to] = [offsets[at]!, offsets[at + 1]!];
    const width = fields.context.length / total;
    return {
      user,
      steps: to - from,
      items: fields.items.subarray(from + at, to + at + 1),
      time: fields.time.subarray(from + at, to + at + 1),
      kinds: fields.kinds.subarray(from, to),
      context: fields.context.subarray(from * width, to * width),
      elapsed: fields.elapsed.subarray(from, to),
      event: fields.event.subarray(from, to),
      weight: fields.weight.subarray(from, to),
    };
  });
}

/** A shard as it crosses threads: windows by the place of their user. */
export interface WireShard {
  windows: { place: number; from: number; to: number }[];
  start?: Carried;
  sample?: Sample;
  maskSeen: boolean;
  weight: number;
  seed: number;
}

export function sendShard(shard: ShardInput, placeOf: ReadonlyMap<number, number>): WireShard {
  const windows = shard.windows.map(({ sequence, from, to }) => ({ place: placeOf.get(sequence.user)!, from, to }));
  return { ...shard, windows };
}

export function receiveShard(shard: WireShard, sequences: readonly UserSequence[]): ShardInput {
  return { ...shard, windows: shard.windows.map(({ place, from, to }) => ({ sequence: sequences[place]!, from, to })) };
}
