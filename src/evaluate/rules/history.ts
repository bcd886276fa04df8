import type { DataFolder } from '../../data';
import { EVENT_NAMES } from '../../domain';
import { isStep } from '../../model';
import type { Query } from '../query';

/** How much an earlier event counts; both may be given and multiply. */
export interface Decay {
  /** Days; of no use where the time is unknown. */
  halfLife?: number;
  /** A step back: events of one time are one step. */
  stepDecay?: number;
  /** Only so many rows, newest first; default 500. */
  last?: number;
}

const DAY = 86_400;

/** `Σ decay` over a customer's known events by item row; the newest first. Impressions and refunds are no events here. */
export function pastWeights(data: DataFolder, query: Query, decay: Decay): Map<number, number> {
  const { events, items } = data;
  const { halfLife, stepDecay = 1, last = 500 } = decay;
  const weights = new Map<number, number>();
  let rows = 0;
  let step = 1;
  let time: number | undefined;
  for (let row = query.to - 1; row >= query.from && rows < last; row--) {
    const item = events.item[row]!;
    if (!items.isProduct[item] || !isStep(EVENT_NAMES[events.kind[row]!]!)) continue;
    const at = events.time[row]!;
    if (time !== undefined && at !== time) step *= stepDecay;
    time = at;
    rows++;
    const age = query.time - at;
    const faded = halfLife !== undefined && age > 0 ? 2 ** (-age / (halfLife * DAY)) : 1;
    weights.set(item, (weights.get(item) ?? 0) + step * faded);
  }
  return weights;
}

/** A decay in words, for the record. */
export function describeDecay({ halfLife, stepDecay, last }: Decay): string {
  const parts = [
    halfLife === undefined ? '' : `half-life ${halfLife} days`,
    stepDecay === undefined || stepDecay === 1 ? '' : `decay ${stepDecay} a step`,
    last === undefined ? '' : `last ${last}`,
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(', ') : 'no decay';
}
