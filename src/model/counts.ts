import type { EventName } from '../domain';
import { halfLifeDecay } from './linear';
import type { FamiliarityGroup, FeatureSpec, ModelManifest } from './manifest';

type Entity = 'item' | 'category' | 'brand';
type FamiliaritySpec = Extract<FeatureSpec, { kind: 'familiarity' }>;

/** One decayed count that features read: a group of events and how it fades. */
export interface Slot {
  group: FamiliarityGroup;
  /** Seconds; absent: does not fade with time. */
  halfLife?: number;
  /** ρ an event; absent: does not fade by step. */
  stepDecay?: number;
}

/** The counts kept per entity: the distinct (group, half-life, step decay) of the manifest's features. */
export type SlotPlan = Record<Entity, Slot[]>;

/** Decayed counts of one item, category or brand. Values are those at `time` and `step`; reading decays them further. */
export interface Count {
  /** One per {@link Slot}. */
  values: Float64Array;
  /** Unix ms of the last update; NaN when unknown. */
  time: number;
  /** Event number of the last update. */
  step: number;
}

/** An item's counts, and its purchases that a refund may still take back (the last 8). */
export interface ItemCount extends Count {
  /** Considered, carted or purchased, not merely seen. */
  met: boolean;
  bought: Purchase[];
}

export interface Purchase {
  time: number;
  step: number;
  weight: number;
  /** Quantity not refunded yet; NaN when the log did not say. */
  left: number;
  /** Of one piece; NaN when unknown. */
  price: number;
}

export const MAX_PURCHASES = 8;

export function sameSlot(a: Slot, b: Slot): boolean {
  return a.group === b.group && a.halfLife === b.halfLife && a.stepDecay === b.stepDecay;
}

export function slotOf({
  group,
  halfLife,
  stepDecay,
}: Pick<FamiliaritySpec, 'group' | 'halfLife' | 'stepDecay'>): Slot {
  return {
    group,
    ...(halfLife === undefined ? {} : { halfLife }),
    ...(stepDecay === undefined ? {} : { stepDecay }),
  };
}

export function familiaritySlots(manifest: Pick<ModelManifest, 'features'>): SlotPlan {
  const plan: SlotPlan = { item: [], category: [], brand: [] };
  const add = (entity: Entity, slot: Slot) => {
    if (!plan[entity].some((other) => sameSlot(other, slot))) plan[entity].push(slot);
  };
  for (const spec of manifest.features) {
    if (spec.kind === 'familiarity') add(spec.entity, slotOf(spec));
    else if (spec.kind === 'neighbours' && spec.counts) add('item', slotOf({ ...spec, group: 'any' }));
    else if (spec.kind === 'met' && spec.weighted) add('item', { group: 'any' });
  }
  return plan;
}

const GROUPS: Record<EventName, FamiliarityGroup | undefined> = {
  view_item_list: 'seen',
  select_item: 'considered',
  view_item: 'considered',
  add_to_wishlist: 'considered',
  rate: 'considered',
  like: 'considered',
  share: 'considered',
  search: 'considered',
  add_to_cart: 'cart',
  remove_from_cart: undefined,
  purchase: 'purchase',
  refund: undefined,
};

/** The group that an event kind counts in; `remove_from_cart` and `refund` add to none. */
export function groupOf(name: EventName): FamiliarityGroup | undefined {
  return GROUPS[name];
}

/** What is left at (time, step) of one unit counted at (from.time, from.step). Times Unix ms, NaN: no time decay. */
export function slotDecay(slot: Slot, from: { time: number; step: number }, time: number, step: number): number {
  let factor = slot.halfLife === undefined ? 1 : halfLifeDecay((time - from.time) / 1000, slot.halfLife);
  if (slot.stepDecay !== undefined && step > from.step) factor *= slot.stepDecay ** (step - from.step);
  return factor;
}

/** The counts of `count` as they read at (time, step), written to `out`; `count` stays as it is. */
export function readCount(slots: readonly Slot[], count: Count, time: number, step: number, out: Float64Array): void {
  for (let i = 0; i < slots.length; i += 1) out[i] = count.values[i]! * slotDecay(slots[i]!, count, time, step);
}

function moveTo(slots: readonly Slot[], count: Count, time: number, step: number): void {
  readCount(slots, count, time, step, count.values);
  // A log with some times missing keeps the last known one, so that the next gap is right.
  if (!(time < count.time)) count.time = Number.isNaN(time) ? count.time : time;
  count.step = Math.max(count.step, step);
}

function counted(slot: Slot, group: FamiliarityGroup): boolean {
  return slot.group === group || (slot.group === 'any' && group !== 'seen');
}

/** Decays `count` to (time, step) and adds `weight` to the slots of `group`. */
export function addCount(
  slots: readonly Slot[],
  count: Count,
  group: FamiliarityGroup,
  weight: number,
  time: number,
  step: number,
): void {
  moveTo(slots, count, time, step);
  for (let i = 0; i < slots.length; i += 1) if (counted(slots[i]!, group)) count.values[i]! += weight;
}

/**
 * Takes one purchase back out: what is left of it now is subtracted, exactly up to rounding, and never below 0. `last`
 * says that no purchase of the entity remains, so that the purchase counts become exactly 0.
 */
export function removePurchase(slots: readonly Slot[], count: Count, purchase: Purchase, last: boolean): void {
  for (let i = 0; i < slots.length; i += 1) {
    const slot = slots[i]!;
    if (!counted(slot, 'purchase')) continue;
    const left = slotDecay(slot, purchase, count.time, count.step) * purchase.weight;
    count.values[i] = last && slot.group === 'purchase' ? 0 : Math.max(0, count.values[i]! - left);
  }
}

export function newCount(slots: readonly Slot[], time: number, step: number): Count {
  return { values: new Float64Array(slots.length), time, step };
}
