import { type DataFolder, kindOf } from '../data';
import type { EventName } from '../domain';

export type Line = readonly [user: string, item: string, event: EventName, time: number];

/** A log of items A to F (products) and S (a service) from lines in order of user and time; for tests. */
export function logOf(lines: readonly Line[]): DataFolder {
  const ids = ['A', 'B', 'C', 'D', 'E', 'F', 'S'];
  const users = [...new Set(lines.map(([user]) => user))];
  const count = (user: string) => lines.filter(([of]) => of === user).length;
  const offsets = Int32Array.from([0, ...users.map((_, i) => users.slice(0, i + 1).reduce((n, u) => n + count(u), 0))]);
  return {
    path: 'a test',
    reports: [],
    items: {
      ids,
      rowOf: new Map(ids.map((id, row) => [id, row])),
      titles: ids,
      brands: ids.map(() => ''),
      categories: ids.map(() => []),
      prices: ids.map(() => Number.NaN),
      isProduct: ids.map((id) => id !== 'S'),
    },
    events: {
      users,
      offsets,
      item: Int32Array.from(lines, ([, item]) => ids.indexOf(item)),
      kind: Uint8Array.from(lines, ([, , event]) => kindOf(event)),
      time: Float64Array.from(lines, ([, , , time]) => time),
      value: new Float32Array(lines.length).fill(1),
    },
  };
}
