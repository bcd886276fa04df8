import type { EventItem, EventName, ItemFacts, LoggedEvent } from '../domain';
import type { ModelManifest } from './manifest';
import type { InterestModel } from './model';

/** Widths of φ(Δt), ψ(clock) and m_t. */
export const GAP_SIZE = 5;
export const CLOCK_SIZE = 5;
export const VALUE_SIZE = 8;
/** What follows `[q; E_type]` in x_t. */
export const CONTEXT_SIZE = GAP_SIZE + CLOCK_SIZE + VALUE_SIZE;

/** Seconds without an event after which a new visit starts. */
export const SESSION_GAP = 30 * 60;
const DAY = 86_400_000;

/** log1p of the days from `from` to `to` (Unix ms), 0 when `to` is earlier; NaN where either is unknown. */
export function logDays(from: number, to: number): number {
  return Math.log1p(Math.max(0, to - from) / DAY);
}

/** I, the width of x_t = [q (D); E_type; φ (5); ψ (5); m (8)]. */
export function inputSize(manifest: Pick<ModelManifest, 'sizes'>): number {
  return manifest.sizes.item + manifest.sizes.type + CONTEXT_SIZE;
}

/**
 * φ(Δt), 5 values: `log1p(s)/16, log1p(s/3600)/8, log1p(s/86400)/6`, new session (gap over 30 minutes), missing.
 * `seconds` is NaN when unknown (first event, or a log without times): only the missing flag is then set.
 */
export function encodeGap(seconds: number, out: Float32Array, at: number): void {
  out.fill(0, at, at + GAP_SIZE);
  if (Number.isNaN(seconds)) {
    out[at + 4] = 1;
    return;
  }
  const gap = Math.max(0, seconds);
  out[at] = Math.log1p(gap) / 16;
  out[at + 1] = Math.log1p(gap / 3600) / 8;
  out[at + 2] = Math.log1p(gap / 86400) / 6;
  out[at + 3] = gap > SESSION_GAP ? 1 : 0;
}

/** ψ(clock), 5 values: sine and cosine of the local hour of day, of the local day of week, missing (time NaN, Unix ms). */
export function encodeClock(time: number, utcOffset: number, out: Float32Array, at: number): void {
  out.fill(0, at, at + CLOCK_SIZE);
  if (Number.isNaN(time)) {
    out[at + 4] = 1;
    return;
  }
  const local = time + utcOffset * 60_000;
  const day = (2 * Math.PI * (local % DAY)) / DAY;
  // 1970-01-01 was a Thursday; the phase is a convention that training shares.
  const week = (2 * Math.PI * ((local / DAY) % 7)) / 7;
  out[at] = Math.sin(day);
  out[at + 1] = Math.cos(day);
  out[at + 2] = Math.sin(week);
  out[at + 3] = Math.cos(week);
}

/** log2 of a price over the median of its category, cut to ±4, over 4; undefined where either is unknown. */
export function relativePrice(price: number | undefined, median: number | undefined): number | undefined {
  const relative = price && median && price > 0 && median > 0 ? Math.log2(price / median) : Number.NaN;
  return Number.isFinite(relative) ? Math.max(-4, Math.min(4, relative)) / 4 : undefined;
}

/** The median price of the narrowest category that the model knows one of. */
export function medianOf(
  { priceMedians }: Pick<ModelManifest, 'priceMedians'>,
  categories: readonly string[] | undefined,
): number | undefined {
  const known = categories?.findLast((name) => priceMedians && Object.hasOwn(priceMedians, name));
  return known === undefined ? undefined : priceMedians?.[known];
}

/**
 * m_t, 8 values, each followed by its missing flag: `log1p(dwell s)/5`, `log1p(quantity)/3`, log2 of the price over the
 * median of its narrowest known category (± 4, divided by 4), rating 0..1.
 */
export function encodeValues(
  event: Pick<LoggedEvent, 'dwell' | 'rating'>,
  item: Pick<EventItem, 'quantity'>,
  price: number | undefined,
  median: number | undefined,
  out: Float32Array,
  at: number,
): void {
  const values = [
    event.dwell === undefined ? undefined : Math.log1p(Math.max(0, event.dwell)) / 5,
    item.quantity === undefined ? undefined : Math.log1p(Math.max(0, item.quantity)) / 3,
    relativePrice(price, median),
    event.rating,
  ];
  values.forEach((value, i) => {
    const known = value !== undefined && Number.isFinite(value);
    out[at + 2 * i] = known ? value : 0;
    out[at + 2 * i + 1] = known ? 0 : 1;
  });
}

/** [φ; ψ; m] of a step, {@link CONTEXT_SIZE} values: all of x_t that no weight takes part in. */
export function encodeContext(
  manifest: Pick<ModelManifest, 'priceMedians'>,
  step: { event: LoggedEvent; item: EventItem; facts?: ItemFacts; vector?: { median?: number } },
  gap: number,
  out: Float32Array,
  at: number,
): void {
  const { event, item, facts, vector } = step;
  // A model that was trained without relative prices keeps reading them as missing.
  const median = manifest.priceMedians && (vector?.median ?? medianOf(manifest, facts?.categories));
  encodeGap(gap, out, at);
  encodeClock(event.time, event.utcOffset, out, at + GAP_SIZE);
  encodeValues(event, item, item.price ?? facts?.price, median, out, at + GAP_SIZE + CLOCK_SIZE);
}

/** x_t [I] at `out[at ..]`; `gap` in seconds since the step before, NaN when unknown. */
export function encodeStep(
  model: InterestModel,
  step: { event: LoggedEvent; item: EventItem; facts?: ItemFacts; vector: { q: Float32Array; median?: number } },
  gap: number,
  out: Float32Array,
  at: number,
): void {
  const { item, type } = model.manifest.sizes;
  out.set(step.vector.q, at);
  out.set(model.types[step.event.name], at + item);
  encodeContext(model.manifest, step, gap, out, at + item + type);
}

/** The cell's `elapsed` of a gap in seconds: `log1p(Δt / 60 s)`, 0 when unknown. */
export function elapsedOf(gap: number): number {
  return gap > 0 ? Math.log1p(gap / 60) : 0;
}

/**
 * True for kinds that are a step of the LSTM. An impression only raises "seen" and a refund only takes its purchase out
 * of the counts; `remove_from_cart` is a step, but weighs nothing in memories and counts and takes nothing out of them:
 * having wanted the item for a while stays true.
 */
export function isStep(name: EventName): boolean {
  return name !== 'view_item_list' && name !== 'refund';
}

/**
 * The weight of one event in memories, look-back and counts: w[a] (manifest `kinds`); of a view or select scaled by how
 * long it was looked at (manifest `dwell`), or by how far a reader got where only that is known; of a rating by the
 * rating, so that an item rated low is not taken for a liked one.
 */
export function kindWeight(
  manifest: Pick<ModelManifest, 'kinds' | 'dwell'>,
  event: Pick<LoggedEvent, 'name' | 'dwell' | 'progress' | 'rating'>,
): number {
  const weight = manifest.kinds[event.name] ?? 0;
  if (event.name === 'rate') return weight * (event.rating ?? 1);
  if (event.name !== 'view_item' && event.name !== 'select_item') return weight;
  const { missing, floor, ceiling, half } = manifest.dwell;
  const { dwell, progress } = event;
  const share = dwell !== undefined && dwell >= 0 ? 1 - 2 ** (-dwell / half) : progress;
  return weight * (share === undefined ? missing : floor + (ceiling - floor) * share);
}
