import type { Diagnostics, EventInput, ForgetTarget, ObserveResult, Profile } from '../domain';
import type { InterestModel } from '../model';
import { type CheckpointRow, MemoryStore, type Store, type StoreLoss } from '../store';
import { after, makeReady, type RememberedCalibration, recall } from './backends';
import { chunk } from './chunk';
import { Core, View } from './core';
import { enforceRetention, forget } from './forget';
import { IdleWork } from './idle';
import { ItemTable } from './items';
import { EventLog } from './log';
import { fetchModel } from './models';
import { observe } from './observe';
import { type Ports, VERSION } from './ports';
import type { EngineOptions, Verification, WireRanking, WireRerankOptions } from './protocol';
import { rerank } from './rerank';
import type { TimelineOptions } from './timeline';
import { Vectors } from './vectors';

/** Between two tries to load a model that could not be loaded, in ms. */
const RETRY_MODEL = 5_000;

/** The engine of the tab that writes: the only one that has the log, the state and the store. */
export class Engine {
  private readonly vectors: Vectors;
  private readonly idle: IdleWork;
  private loading: Promise<void> | undefined;
  private failedAt = Number.NEGATIVE_INFINITY;
  private calibration: RememberedCalibration | undefined;
  private checkpoints: CheckpointRow[] = [];
  private isDisposed = false;

  private constructor(readonly core: Core) {
    this.vectors = new Vectors(core);
    this.idle = new IdleWork(core, this.vectors, {
      get: () => this.calibration,
      set: (calibration) => {
        this.calibration = calibration;
      },
    });
    core.modelReady = () => this.ready();
    core.recover = (error) => this.recover(error);
  }

  /** Opens the store and reads the log; the model loads behind it. Never rejects: without a disk it works in memory. */
  static async open(options: EngineOptions, ports: Ports, onErased: () => void): Promise<Engine> {
    let core: Core | undefined;
    const onLost = (why: StoreLoss) => {
      core?.diagnostics.add('storage-unavailable', `The database was ${why}.`, 'Reload the page.');
      if (why === 'erased') onErased();
    };
    let damage: string | undefined;
    const onDamaged = (why: string, restored: number) => {
      damage = `The browser found the database damaged and began a new one (${why}); ${restored} events were restored from the copy.`;
    };
    let store: Store;
    let problem: unknown;
    try {
      store = await ports.openStore({ scope: options.scope ?? 'default', onLost, onDamaged });
    } catch (error) {
      problem = error;
      store = new MemoryStore();
    }
    core = new Core(options, ports, store);
    if (problem) core.diagnostics.caught(problem, 'storage-unavailable');
    if (damage) core.diagnostics.add('storage-damaged', damage);
    const engine = new Engine(core);
    await engine.read();
    void engine.ready().catch(() => undefined);
    return engine;
  }

  private async read(): Promise<void> {
    const { core } = this;
    try {
      const { events, items, checkpoints } = await core.store.load();
      core.log = new EventLog(events);
      core.items = new ItemTable(items);
      this.checkpoints = checkpoints;
      core.isPaused = (await core.store.setting<boolean>('paused')) === true;
      this.calibration = await recall(core);
    } catch (error) {
      core.diagnostics.caught(error);
      core.store = new MemoryStore();
    }
    await enforceRetention(core, 0).catch((error) => core.diagnostics.caught(error));
  }

  /** Resolves when a model serves; a failed load is tried again, but not at every call. */
  private ready(): Promise<void> {
    if (this.core.view) return Promise.resolve();
    if (!this.loading) {
      if (this.core.ports.clock() - this.failedAt < RETRY_MODEL) return Promise.resolve();
      this.loading = this.load().finally(() => {
        this.loading = undefined;
      });
      this.loading.catch((error) => {
        this.failedAt = this.core.ports.clock();
        if (!this.isDisposed) this.core.diagnostics.caught(error, 'model-unavailable');
      });
    }
    return this.loading;
  }

  private async load(): Promise<void> {
    const { core } = this;
    const url = core.options.model;
    const model = await fetchModel(url, core.ports.fetch);
    const asked = core.options.backend ?? 'auto';
    const ready = await makeReady(core, model, url, asked === 'auto' ? (this.calibration?.backend ?? 'wasm') : asked);
    if (this.isDisposed) return ready.executor.dispose();
    const view = this.view(ready, core.items);
    view.timeline.restore(this.checkpoints);
    view.timeline.touch(core.touchedBefore);
    this.checkpoints = [];
    this.serve(view);
    await this.freezeKnown(model);
    await core.settle();
    core.ports.tell.changed('model');
    this.idle.poke();
  }

  private view(ready: View['ready'], items: ItemTable, options: TimelineOptions = {}): View {
    const view: View = new View(ready, items, this.core.log, {
      ...options,
      spacing: this.core.ports.checkpointEvery,
      onCheckpoint: (row, dropped) => this.core.view === view && this.storeCheckpoint(row, dropped),
    });
    return view;
  }

  /** Makes a view the one that serves. */
  private serve(view: View): void {
    const { core } = this;
    core.view?.timeline.dispose();
    core.view?.ready.executor.dispose();
    core.items = view.items;
    core.view = view;
    view.timeline.hurry();
    void view.ready.executor.lost?.then((why) => {
      if (core.view === view && !this.isDisposed) void this.recover(new Error(why)).then(() => core.settle());
    });
  }

  private storeCheckpoint(row: CheckpointRow, dropped: CheckpointRow[]): void {
    const { core } = this;
    if (!core.isAllWritten) return;
    const deleteCheckpoints = dropped.map(({ time, seq }) => [time, seq] as const);
    core.commit({ putCheckpoints: [row], deleteCheckpoints }).catch((error) => core.diagnostics.caught(error));
  }

  /** Vectors that came with lists and events before the model did, or that are of the same embedder's texts. */
  private async freezeKnown(model: InterestModel): Promise<void> {
    const { core } = this;
    const rows = [...core.items.all()].flatMap(({ id }) => {
      const vector = core.knownVector(id, model);
      return (vector && core.items.freeze(id, vector)) ?? [];
    });
    if (rows.length === 0) return;
    core.touch(0);
    await core.commit({ putItems: rows, dropCheckpointsFrom: [Number.NEGATIVE_INFINITY, 0] });
  }

  /** An executor failed (a lost GPU, most likely): the next one takes over and replays the log. */
  private async recover(error: unknown): Promise<void> {
    const { core } = this;
    const { view } = core;
    if (!view || view.ready.executor.backend === 'cpu') throw error;
    const { backend } = view.ready.executor;
    core.diagnostics.add('device-lost', `${backend} failed (${String(error)}); the state is replayed elsewhere.`);
    const ready = await makeReady(core, view.ready.model, view.ready.url, after(backend));
    if (core.view !== view) return ready.executor.dispose();
    this.serve(this.view(ready, core.items));
  }

  async observe(events: readonly EventInput[]): Promise<ObserveResult[]> {
    this.idle.poke();
    return observe(this.core, events);
  }

  async rerank(list: unknown, options: WireRerankOptions, signal: AbortSignal): Promise<WireRanking> {
    this.idle.poke();
    return rerank(this.core, list, options, signal, this.vectors);
  }

  async profile(): Promise<Profile> {
    const { profileOf } = await chunk(import('./profile'), 'worker-unavailable', 'of the profile');
    return profileOf(this.core);
  }

  forget(target: ForgetTarget): Promise<{ removed: number }> {
    this.idle.poke();
    return this.core.exclusive(() => forget(this.core, target));
  }

  async exportData(): Promise<string> {
    while (this.core.busy) await this.core.busy;
    const { exportData } = await chunk(import('./portability'), 'worker-unavailable', 'for export');
    return exportData(this.core);
  }

  async importData(document: string): Promise<void> {
    const { importData } = await chunk(import('./portability'), 'worker-unavailable', 'for import');
    await this.core.exclusive(() => importData(this.core, document));
    await this.core.store.putSetting('paused', this.core.isPaused);
    const { view } = this.core;
    if (view) await this.freezeKnown(view.ready.model);
    await this.core.settle();
    this.idle.poke();
  }

  async setPaused(isPaused: boolean): Promise<void> {
    this.core.isPaused = isPaused;
    await this.core.store.putSetting('paused', isPaused);
  }

  /** See `EngineApi.useModel`. */
  async useModel(url: string): Promise<void> {
    const { switchModel } = await chunk(import('./switch'), 'worker-unavailable', 'for another model');
    await switchModel(this.core, url, {
      build: (ready, items, options) => this.view(ready, items, options),
      serve: (view) => this.serve(view),
    });
    this.core.ports.tell.changed('model');
    this.idle.poke();
  }

  async diagnostics(): Promise<Omit<Diagnostics, 'role'>> {
    const { core } = this;
    const { view } = core;
    const executor = view?.ready.executor;
    const timings = Object.entries(this.calibration?.timings ?? {}).map(([name, { step }]) => [name, step]);
    const embedder = this.vectors.info();
    return {
      diagnostics: core.diagnostics.report(),
      ...(executor ? { backend: executor.backend } : {}),
      ...(timings.length > 0 ? { calibration: Object.fromEntries(timings) } : {}),
      ...(executor?.gpu ? { gpu: executor.gpu() } : {}),
      ...(view ? { model: { id: view.ready.model.manifest.id, url: view.ready.url } } : {}),
      ...(embedder ? { embedder: { id: embedder.id, loaded: embedder.loaded, embedded: embedder.embedded } } : {}),
      storage: core.store.kind,
      timings: core.timings.report(),
      waiting: this.vectors.waitingEvents(),
      version: VERSION,
    };
  }

  async verify(options: { ids?: boolean } = {}): Promise<Verification> {
    const { core } = this;
    await core.modelReady();
    await core.settle();
    const events = core.log.length;
    const ids = options.ids ? { ids: core.log.events.map((event) => event.id) } : {};
    if (!core.view) return { live: '', replay: '', events, ...ids };
    const { live, replay } = await core.view.timeline.verify();
    return { live: await sha256(live), replay: await sha256(replay), events, ...ids };
  }

  /** Drops everything and deletes the database. */
  async erase(): Promise<void> {
    await this.end(() => this.core.store.erase());
  }

  async dispose(): Promise<void> {
    await this.end(async () => {
      await this.idle.checkpoint().catch(() => undefined);
      await this.core.store.close();
    });
  }

  private async end(last: () => Promise<void>): Promise<void> {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.idle.stop();
    await this.vectors.dispose();
    await last();
    this.core.view?.timeline.dispose();
    this.core.view?.ready.executor.dispose();
  }
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
