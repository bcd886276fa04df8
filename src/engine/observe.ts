import { type EventInput, HomebodyError, type ObserveResult } from '../domain';
import type { Change, ItemRow, Position } from '../store';
import type { Core } from './core';
import { type Intake, takeIn } from './intake';

type Status = ObserveResult['status'];

/** What a call changes. */
interface Taken {
  events: Intake['event'][];
  items: Map<string, ItemRow>;
  /** The first place in the log that reads differently now, if it is not its end. */
  from?: Position;
}

/**
 * Takes events in: checks, drops repeated ids, changes log, facts and state in memory, and resolves when all are durable.
 * Never rejects for an event's sake: what happened to each is in its `status`.
 * A repeated id is answered as its first was, when that is durable: whoever sends an event again because a worker or
 * another tab died before it answered learns that nothing was lost.
 */
export async function observe(core: Core, inputs: readonly EventInput[]): Promise<ObserveResult[]> {
  const received = core.ports.clock();
  while (core.busy) await core.busy;
  const change: Taken = { events: [], items: new Map() };
  const answers = inputs.map((input) => {
    const intake = takeIn(input, core);
    const eventId = intake?.event.id ?? (typeof input?.id === 'string' ? input.id : '');
    const isKept = intake && (core.log.get(eventId) || (!core.isPaused && accept(core, intake, change)));
    return { eventId, isKept };
  });
  if (change.events.length > 0) {
    const durable = write(core, change).then(
      (): Status => {
        core.timings.add('durable', core.ports.clock() - received);
        return 'stored';
      },
      (error): Status => {
        core.diagnostics.caught(error, 'storage-write-failed');
        return 'held';
      },
    );
    for (const { id } of change.events) {
      core.inFlight.set(id, durable);
      void durable.then(() => core.inFlight.delete(id));
    }
    void core.settle().then(
      () => core.view && core.timings.add('state', core.ports.clock() - received),
      (error) => core.diagnostics.caught(error),
    );
  }
  return Promise.all(
    answers.map(async ({ eventId, isKept }) => ({
      status: isKept ? await core.statusOf(eventId) : 'ignored',
      eventId,
    })),
  );
}

/** Changes log, facts and state in memory; false when the event is too old to be kept. */
function accept(core: Core, { event, items }: Intake, change: Taken): boolean {
  const { retention } = core;
  if (retention && event.time < core.ports.now() - (retention.days ?? Number.POSITIVE_INFINITY) * 86_400_000) {
    core.diagnostics.add('invalid-event', 'An event was older than `retention.days`.', 'Set `retention: false`.');
    return false;
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
  return true;
}

function earlier(a: Position | undefined, b: Position): Position {
  return !a || b[0] < a[0] || (b[0] === a[0] && b[1] < a[1]) ? b : a;
}

async function write(core: Core, { events, items, from }: Taken): Promise<void> {
  const change: Change = { addEvents: events, putItems: [...items.values()], dropCheckpointsFrom: from };
  await core.commit(change);
  if (core.store.kind === 'memory') {
    throw new HomebodyError('storage-unavailable', 'Events are kept in memory only.');
  }
}
