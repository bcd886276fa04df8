import { type EventInput, HomebodyError, type ObserveResult } from '../domain';
import type { Change, ItemRow, Position } from '../store';
import type { Core } from './core';
import { type Intake, takeIn } from './intake';

/**
 * Takes events in: checks, drops repeated ids, changes log, facts and state in memory, and resolves when all are durable.
 * Never rejects for an event's sake: what happened to each is in its `status`.
 */
export async function observe(core: Core, inputs: readonly EventInput[]): Promise<ObserveResult[]> {
  const received = core.ports.clock();
  while (core.busy) await core.busy;
  const results: ObserveResult[] = [];
  const waits: Promise<unknown>[] = [];
  const change = {
    events: [] as Intake['event'][],
    items: new Map<string, ItemRow>(),
    from: undefined as Position | undefined,
  };
  for (const input of inputs) {
    const intake = takeIn(input, core);
    const eventId = intake?.event.id ?? (typeof input?.id === 'string' ? input.id : '');
    const status = !intake || core.isPaused ? 'ignored' : accept(core, intake, change, waits);
    results.push({ status, eventId });
  }
  if (change.events.length > 0) {
    const durable = write(core, change).then(
      () => core.timings.add('durable', core.ports.clock() - received),
      (error) => {
        core.diagnostics.caught(error, 'storage-write-failed');
        for (const result of results) if (result.status === 'stored') result.status = 'held';
      },
    );
    for (const { id } of change.events) {
      core.inFlight.set(id, durable);
      waits.push(durable.finally(() => core.inFlight.delete(id)));
    }
    void core.settle().then(
      () => core.view && core.timings.add('state', core.ports.clock() - received),
      (error) => core.diagnostics.caught(error),
    );
  }
  await Promise.all(waits);
  return results;
}

function accept(
  core: Core,
  { event, items }: Intake,
  change: { events: Intake['event'][]; items: Map<string, ItemRow>; from?: Position },
  waits: Promise<unknown>[],
): ObserveResult['status'] {
  const first = core.inFlight.get(event.id);
  if (first || core.log.get(event.id)) {
    if (first) waits.push(first);
    return 'ignored';
  }
  const { retention } = core;
  if (retention && event.time < core.ports.now() - (retention.days ?? Number.POSITIVE_INFINITY) * 86_400_000) {
    core.diagnostics.add('invalid-event', 'An event was older than `retention.days`.', 'Set `retention: false`.');
    return 'ignored';
  }
  let from = Number.POSITIVE_INFINITY;
  for (const { facts, vector, needsVector } of items) {
    core.candidates.remember(facts, vector);
    const learned = core.learn(facts, vector, needsVector);
    if (learned.row) change.items.set(facts.id, learned.row);
    from = Math.min(from, learned.from);
  }
  event.seq = core.log.takeSeq();
  const index = core.log.insert(event);
  change.events.push(event);
  if (index < core.log.length - 1) {
    core.touch(index);
    from = Math.min(from, index);
  }
  if (Number.isFinite(from)) change.from = earlier(change.from, core.log.position(from));
  return 'stored';
}

function earlier(a: Position | undefined, b: Position): Position {
  return !a || b[0] < a[0] || (b[0] === a[0] && b[1] < a[1]) ? b : a;
}

async function write(
  core: Core,
  { events, items, from }: { events: Intake['event'][]; items: Map<string, ItemRow>; from?: Position },
): Promise<void> {
  const change: Change = { addEvents: events, putItems: [...items.values()], dropCheckpointsFrom: from };
  await core.commit(change);
  if (core.store.kind === 'memory') {
    throw new HomebodyError('storage-unavailable', 'Events are kept in memory only.');
  }
}
