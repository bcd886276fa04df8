import type { ItemFacts, LoggedEvent, Vector } from '../domain';
import { normalizeEvent } from '../domain';
import { eventItems, isStep, searchItem } from '../model';
import type { Core } from './core';

/** An event ready for the log, and what is known of its items. */
export interface Intake {
  /** `seq` is 0 until the log gives one. */
  event: LoggedEvent;
  items: { facts: ItemFacts; vector?: Vector; needsVector: boolean }[];
}

/** Validates and normalises an event of the page; undefined (and a diagnostic) when it cannot be used. */
export function takeIn(
  input: unknown,
  {
    ports,
    diagnostics,
    candidates,
  }: Pick<Core, 'ports' | 'diagnostics'> & { candidates: { facts(id: string): ItemFacts | undefined } },
): Intake | undefined {
  const { event, facts, vectors, issues } = normalizeEvent(input, {
    now: ports.now(),
    newId: () => ports.newId(),
    utcOffset: (time) => ports.utcOffset(time),
  });
  for (const { code, message, remedy } of issues) diagnostics.add(code, message, remedy);
  if (!event) return undefined;
  const told = new Map(facts.map((each) => [each.id, each]));
  const shipped = new Map(vectors.map(({ id, vector }) => [id, vector]));
  const term = event.search;
  if (term !== undefined) told.set(searchItem(term), { id: searchItem(term), title: term, categories: [] });
  const logged: LoggedEvent = { seq: 0, ...event };
  const needsVector = isStep(event.name);
  const ids = new Set(eventItems(logged).map((item) => item.id));
  const items = [...ids].map((id) => ({
    facts: told.get(id) ?? candidates.facts(id) ?? { id, title: '', categories: [] },
    vector: shipped.get(id),
    needsVector,
  }));
  return { event: logged, items };
}
