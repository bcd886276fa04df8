import { type ForgetTarget, HomebodyError, itemText, type LoggedEvent } from '../domain';
import { searchItem } from '../model';
import type { Change } from '../store';
import type { Core } from './core';

type Mapper = (event: LoggedEvent) => LoggedEvent | undefined;

/** What is left of an event when it is no longer about some items: itself, a smaller event, or nothing. */
function without(event: LoggedEvent, isGone: (id: string) => boolean): LoggedEvent | undefined {
  if (event.search !== undefined && isGone(searchItem(event.search))) return undefined;
  const items = event.items.filter((item) => !isGone(item.id));
  if (items.length === event.items.length) return event;
  return items.length === 0 && event.search === undefined ? undefined : { ...event, items };
}

function mapper(core: Core, target: Exclude<ForgetTarget, 'all'>): Mapper {
  if (typeof target !== 'object' || target === null) throw unknownTarget();
  if ('item' in target) {
    const id = String(target.item);
    return (event) => without(event, (item) => item === id);
  }
  if ('category' in target) {
    const isGone = (id: string) => core.items.get(id)?.facts.categories.includes(target.category) ?? false;
    return (event) => without(event, isGone);
  }
  if ('event' in target) return (event) => (event.id === target.event ? undefined : event);
  const [from, to] = 'before' in target ? [Number.NEGATIVE_INFINITY, target.before] : [...(target.between ?? [])];
  if (typeof from !== 'number' || typeof to !== 'number' || Number.isNaN(from + to)) throw unknownTarget();
  return (event) => (event.time >= from && event.time < to ? undefined : event);
}

function unknownTarget(): HomebodyError {
  return new HomebodyError('invalid-input', 'What is to be forgotten is not named.', {
    remedy: "Pass 'all', { item }, { category }, { event }, { before } or { between: [from, to] }, times in Unix ms.",
  });
}

/**
 * Forgets exactly: afterwards log, fact table, checkpoints and state are what they would be had the events never
 * happened. `between` includes its start and excludes its end. Resolves, when durable, to the number of events that were
 * removed or made smaller; rejects with the store's error (memory has forgotten then, and the disk follows at the next write).
 */
export async function forget(core: Core, target: ForgetTarget): Promise<{ removed: number }> {
  if (target === 'all') return forgetAll(core);
  return rewrite(core, mapper(core, target));
}

/** Rewrites the log and everything that follows from it; also what retention does. */
export async function rewrite(core: Core, map: Mapper): Promise<{ removed: number }> {
  // What is in flight is in the log already; its commit was handed in before ours and is written before ours.
  const { removed, rewritten, first } = core.log.rewrite(map);
  if (removed.length + rewritten.length === 0) return { removed: 0 };
  core.touch(first);
  const texts = dropItems(core);
  core.purgeUnwritten();
  const change: Change = {
    deleteEvents: [...removed, ...rewritten].map((event) => event.seq),
    addEvents: rewritten,
    deleteItems: texts.map(({ id }) => id),
    deleteTexts: texts.map(({ text }) => text),
    dropCheckpointsFrom: earliest([...removed, ...rewritten]),
  };
  await Promise.all([core.commit(change), core.settle()]);
  return { removed: removed.length + rewritten.length };
}

function earliest(events: readonly LoggedEvent[]): [number, number] {
  const first = events.reduce((a, b) => (b.time < a.time || (b.time === a.time && b.seq < a.seq) ? b : a));
  return [first.time, first.seq];
}

/** Facts, vectors and texts of items that no event is about any more. */
function dropItems(core: Core): { id: string; text: string }[] {
  const dropped: { id: string; text: string }[] = [];
  for (const { id, facts } of [...core.items.all()]) {
    if (core.log.isAbout(id)) continue;
    core.items.delete(id);
    core.upcoming?.items.delete(id);
    core.candidates.delete(id);
    dropped.push({ id, text: itemText(facts) });
  }
  return dropped;
}

async function forgetAll(core: Core): Promise<{ removed: number }> {
  const { removed } = core.log.rewrite(() => undefined);
  core.touch(0);
  core.items.replace([]);
  core.upcoming?.items.replace([]);
  core.candidates.clear();
  core.dropUnwritten();
  await Promise.all([core.commit({ clear: true }), core.settle()]);
  return { removed: removed.length };
}

/** Drops events that are over the bounds, and by replay their influence. With `slack`, a few over the count may stay. */
export async function enforceRetention(core: Core, slack: number): Promise<number> {
  const { retention } = core;
  if (!retention) return 0;
  const oldest = core.ports.now() - (retention.days ?? Number.POSITIVE_INFINITY) * 86_400_000;
  const over = core.log.length - (retention.events ?? Number.POSITIVE_INFINITY);
  const first = over > slack ? over : 0;
  let index = 0;
  const { removed } = await rewrite(core, (event) => {
    index += 1;
    return event.time < oldest || index <= first ? undefined : event;
  });
  return removed;
}
