import type { ItemFacts, ObserveResult, Retention, Vector } from '../domain';
import type { InterestModel, LstmExecutor } from '../model';
import type { Change, FrozenVector, ItemRow, Store } from '../store';
import { CandidateMemory } from './candidates';
import { freezeShipped, ItemTable } from './items';
import { EventLog } from './log';
import type { Ports } from './ports';
import type { EngineOptions } from './protocol';
import { type ReadyModel, Timeline, type TimelineOptions } from './timeline';
import { DiagnosticLog, Timings } from './timings';

export const DEFAULT_RETENTION = { days: 400, events: 10_000 };

/** A model, its fact table and its state. One serves; while the model changes, another is built beside it. */
export class View {
  readonly timeline: Timeline;
  constructor(
    readonly ready: ReadyModel & { executor: LstmExecutor; url: string },
    readonly items: ItemTable,
    log: EventLog,
    options: TimelineOptions,
  ) {
    items.use(ready.model);
    this.timeline = new Timeline(ready, log, items.lookup, options);
  }
}

/**
 * What the writer's engine holds: log, fact table, state, store. The rule that keeps them together: memory changes first
 * and in one turn (log, facts, {@link touch}), the store follows in one {@link commit}, and readers {@link settle} first.
 */
export class Core {
  log = new EventLog();
  items = new ItemTable();
  readonly candidates = new CandidateMemory();
  readonly diagnostics: DiagnosticLog;
  readonly timings = new Timings();
  view: View | undefined;
  upcoming: View | undefined;
  isPaused = false;
  /** What was touched before a model was there: stored checkpoints beyond it no longer hold. */
  touchedBefore = Number.POSITIVE_INFINITY;
  /** Waits for the model; rejects with `model-unavailable` or `model-invalid` when there is none. */
  modelReady: () => Promise<unknown> = async () => undefined;
  /** Takes over when an executor fails; set by the engine. */
  recover: (error: unknown) => Promise<void> = async (error) => {
    throw error;
  };
  /** Until when an import runs. */
  busy: Promise<void> | undefined;
  /** Changes that the store refused: written with the next one. */
  private unwritten: Change[] = [];
  /** What becomes of events whose commit is on its way, by id. */
  readonly inFlight = new Map<string, Promise<ObserveResult['status']>>();

  constructor(
    readonly options: EngineOptions,
    readonly ports: Ports,
    public store: Store,
  ) {
    this.diagnostics = new DiagnosticLog(ports.now, ports.tell.diagnostic);
  }

  get retention(): Exclude<Retention, false> | false {
    const { retention } = this.options;
    return retention === false ? false : { ...DEFAULT_RETENTION, ...retention };
  }

  get isAllWritten(): boolean {
    return this.unwritten.length === 0;
  }

  /** Every state reads differently from this index of the log on. */
  touch(index: number): void {
    if (this.view) this.view.timeline.touch(index);
    else this.touchedBefore = Math.min(this.touchedBefore, index);
    this.upcoming?.timeline.touch(index);
  }

  /** Resolves when the serving state is that of the whole log; does nothing without a model. */
  async settle(): Promise<void> {
    const { view } = this;
    try {
      await view?.timeline.settle();
    } catch (error) {
      if (this.view === view) await this.recover(error);
      await this.view?.timeline.settle();
    }
  }

  /**
   * Takes facts and a vector into every fact table, and touches the events that now read differently. Returns the row to
   * store and the index of the first such event. The vector is the event's own, or one remembered from a recent list.
   */
  learn(facts: ItemFacts, shipped: Vector | undefined, needsVector: boolean): { row?: ItemRow; from: number } {
    const learnIn = (items: ItemTable, view: View | undefined) => {
      const vector = needsVector && view ? this.vectorFor(view, facts.id, shipped) : undefined;
      // Nothing is known of it: a row would say nothing.
      if (!vector && facts.title === '' && !facts.brand && facts.categories.length === 0) return { from: Infinity };
      const learned = items.learn(facts, vector);
      const index = learned?.matters ? this.log.firstAbout(facts.id, learned.matters) : -1;
      if (index >= 0 && view) view.timeline.touch(index);
      else if (index >= 0) this.touch(index);
      return { row: learned?.row, from: index < 0 ? Infinity : index };
    };
    if (this.upcoming) learnIn(this.upcoming.items, this.upcoming);
    return learnIn(this.items, this.view);
  }

  private vectorFor({ items, ready }: View, id: string, shipped: Vector | undefined) {
    if (items.vector(id)) return undefined;
    if (shipped) {
      try {
        return freezeShipped(ready.model, shipped);
      } catch (error) {
        this.diagnostics.caught(error, 'invalid-candidate');
      }
    }
    return this.candidates.freeze(id, ready.model);
  }

  /** The vector that a model can have of a known item without embedding anything. */
  knownVector(id: string, model: InterestModel): FrozenVector | undefined {
    const known = this.candidates.freeze(id, model);
    const old = this.items.get(id)?.vector;
    if (known || !old) return known;
    if (old.model === model.manifest.id) return old;
    if ('shipped' in old || old.embedder !== model.manifest.embedder.id) return undefined;
    return { ...old, model: model.manifest.id };
  }

  /**
   * Writes a change, after those that were refused before. A refused one is kept (memory already has it) and written with
   * the next. Rejects with the store's error.
   */
  commit(change: Change): Promise<void> {
    const changes = [...this.unwritten, change];
    this.unwritten = [];
    const writes = changes.map((each) =>
      this.store.commit(each).catch((error) => {
        this.unwritten.push(each);
        throw error;
      }),
    );
    for (const write of writes) write.catch(() => undefined);
    return writes.at(-1)!;
  }

  /** What became of an event of the log. */
  async statusOf(id: string): Promise<ObserveResult['status']> {
    const isHeld = () =>
      this.store.kind === 'memory' ||
      this.unwritten.some(({ addEvents }) => addEvents?.some((event) => event.id === id));
    return this.inFlight.get(id) ?? (isHeld() ? 'held' : 'stored');
  }

  /** Tries again to write what was refused. */
  async retry(): Promise<void> {
    if (this.unwritten.length > 0) await this.commit({});
  }

  /** After a forget: what waits to be written must not bring it back. */
  purgeUnwritten(): void {
    this.unwritten = this.unwritten.map((change) => ({
      ...change,
      addEvents: change.addEvents?.flatMap((event) => this.log.get(event.id) ?? []),
      putItems: change.putItems?.filter((row) => this.items.get(row.id)),
      putCheckpoints: undefined,
    }));
  }

  /** Runs alone: {@link observe} waits meanwhile. */
  async exclusive<T>(job: () => Promise<T>): Promise<T> {
    while (this.busy) await this.busy;
    const running = job();
    this.busy = running
      .catch(() => undefined)
      .then(() => {
        this.busy = undefined;
      });
    return running;
  }

  /** Forgets what waits to be written: everything is replaced. */
  dropUnwritten(): void {
    this.unwritten = [];
  }
}
