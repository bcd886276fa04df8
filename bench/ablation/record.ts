// What was measured of each variant, customer by customer, and the table made of it: every run compares all variants that
// its work folder holds, on the same customers.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bootstrapMean, comparePaired } from '../../src/evaluate';

/** By slice: user, sum of NDCG@10 over the user's rankings, and how many. */
type Gains = Record<string, [user: number, sum: number, count: number][]>;

export interface Measured {
  title: string;
  /** Of training: CPU of the next-item trainer, wall clock of the shop’s. */
  seconds: number;
  gains: Gains;
}

/** What all variants of a run have in common. */
export interface AblationSetting {
  data: string;
  protocol: string;
  trainer: string;
  epochs: number;
  seed: number;
  users: number;
  command: string;
  commit: string;
  machine: string;
}

export function readMeasured(work: string, name: string): Measured | undefined {
  const file = join(work, `${name}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Measured) : undefined;
}

export function writeMeasured(work: string, name: string, measured: Measured): void {
  mkdirSync(work, { recursive: true });
  writeFileSync(join(work, `${name}.json`), JSON.stringify(measured));
}

const digits = (value: number): number => Number(value.toFixed(5));
const groupsOf = (list: Gains[string]) => new Map(list.map(([user, sum, count]) => [user, { sum, count }]));

/** Rows of all variants there are: NDCG@10 and its difference to the whole, both with 95 % intervals over customers. */
export function ablationRows(work: string, names: readonly string[], seed: number): object[] {
  const whole = readMeasured(work, 'whole');
  return names.flatMap((name) => {
    const measured = readMeasured(work, name);
    if (!measured || !whole) return [];
    return Object.entries(measured.gains).map(([slice, list]) => {
      const groups = groupsOf(list);
      const mean = list.reduce((sum, one) => sum + one[1], 0) / list.reduce((sum, one) => sum + one[2], 0);
      const { low, high } = bootstrapMean([...groups.values()], { seed });
      const row = {
        variant: name,
        title: measured.title,
        slice,
        'ndcg@10': digits(mean),
        low: digits(low),
        high: digits(high),
      };
      const seconds = Math.round(measured.seconds);
      if (name === 'whole') return { ...row, seconds };
      const apart = comparePaired(groups, groupsOf(whole.gains[slice] ?? []), { seed });
      return {
        ...row,
        difference: digits(apart.difference),
        differenceLow: digits(apart.low),
        differenceHigh: digits(apart.high),
        p: digits(apart.p),
        seconds,
      };
    });
  });
}

/** Puts a run in the place of the earlier one on the same log by the same trainer. */
export function recordAblation(file: string, setting: AblationSetting, rows: readonly object[]): void {
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as AblationSetting[]) : [];
  const others = known.filter(({ data, trainer }) => data !== setting.data || trainer !== setting.trainer);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify([...others, { ...setting, rows }], null, 2)}\n`);
}
