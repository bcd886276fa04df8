import { EVENT_NAMES } from '../../domain';
import { type FeatureSpec, halfLifeDecay } from '../../model';
import { type ColumnContext, type RecentColumn, restrictTo } from './recent-columns';
import type { UserSequence } from './sequences';

type Familiarity = Extract<FeatureSpec, { kind: 'familiarity' }>;

/** Familiarity and `met`: few names have a count, so that every reading looks at those alone. */
export type CountColumn = RecentColumn;

const CART = EVENT_NAMES.indexOf('add_to_cart');
const PURCHASE = EVENT_NAMES.indexOf('purchase');

interface Count {
  value: number;
  time: number;
  event: number;
}

const GROUPS: Record<string, (kind: number) => boolean> = {
  any: () => true,
  cart: (kind) => kind === CART,
  purchase: (kind) => kind === PURCHASE,
  considered: (kind) => kind !== CART && kind !== PURCHASE,
};

/** One column of counts, as src/model's counts.ts keeps them. */
export function countColumn({ data, candidates }: ColumnContext, spec: FeatureSpec): CountColumn {
  const m = candidates.rows.length;
  if (spec.kind === 'met') {
    return {
      start() {},
      advance() {},
      read(sequence, step, _, out) {
        out.fill(1, 0, m);
        restrictTo('met', sequence, step, candidates, out);
      },
    };
  }
  const { entity, group, halfLife, stepDecay = 1, only } = spec as Familiarity;
  const counts = new Map<number, Count>();
  const isCounted = GROUPS[group]!;
  const names = (item: number): readonly number[] => {
    if (entity === 'item') return [item];
    if (entity === 'brand') return data.brands[item]! < 0 ? [] : [data.brands[item]!];
    const { offsets, values } = data.categories;
    return Array.from(values.subarray(offsets[item]!, offsets[item + 1]!));
  };
  /** Places of the candidates by name: a reading goes through the few names that have a count. */
  const placesOf = new Map<number, number[]>();
  const share = new Float32Array(m);
  if (entity !== 'item') {
    candidates.rows.forEach((row, at) => {
      const own = names(row);
      share[at] = 1 / own.length;
      for (const name of own) {
        const places = placesOf.get(name);
        if (places) places.push(at);
        else placesOf.set(name, [at]);
      }
    });
  }
  const decayed = ({ value, time, event }: Count, now: number, step: number): number => {
    const fade = halfLife === undefined ? 1 : halfLifeDecay((now - time) / 1000, halfLife);
    return value * fade * stepDecay ** (step - event);
  };
  const take = (sequence: UserSequence, step: number): void => {
    const weight = sequence.weight[step]!;
    if (weight === 0) return;
    const [time, event] = [sequence.time[step]!, sequence.event[step]!];
    for (const name of names(sequence.items[step]!)) {
      const count = counts.get(name);
      const kept = count ? decayed(count, time, event) : 0;
      const value = kept + (isCounted(sequence.kinds[step]!) ? weight : 0);
      const known = Number.isNaN(time) ? (count?.time ?? Number.NaN) : time;
      counts.set(name, { value, time: known, event });
    }
  };
  return {
    start(sequence, step) {
      counts.clear();
      for (let t = 0; t <= step; t += 1) take(sequence, t);
    },
    advance: take,
    read(sequence, step, _, out) {
      out.fill(0, 0, m);
      const now = sequence.time[step + 1]!;
      for (const [name, count] of counts) {
        const value = Math.log1p(decayed(count, now, sequence.event[step]!));
        if (entity === 'item') {
          if (candidates.place[name]! >= 0) out[candidates.place[name]!] = value;
          continue;
        }
        for (const at of placesOf.get(name) ?? []) out[at]! += value * share[at]!;
      }
      restrictTo(only, sequence, step, candidates, out);
    },
  };
}
