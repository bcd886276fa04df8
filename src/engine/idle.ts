import { calibrateOnce, type RememberedCalibration } from './backends';
import type { Core } from './core';
import { enforceRetention } from './forget';
import type { Vectors } from './vectors';

/** A checkpoint of the live state is stored when so many events were taken since the last one: a sixteenth of the spacing. */
const STALE_AFTER = 16;

/** What is done when nobody is waiting: writing what was refused, retention, embedding, checkpoints, calibration. */
export class IdleWork {
  private callOff: (() => void) | undefined;
  private running = false;
  private again = false;
  private stopped = false;
  private storedAt = 0;
  /** Calibration is tried once a visit, also when it fails. */
  private tried = false;

  constructor(
    private readonly core: Core,
    private readonly vectors: Vectors,
    private readonly calibration: {
      get: () => RememberedCalibration | undefined;
      set: (c: RememberedCalibration) => void;
    },
  ) {}

  /** Something happened: do the work when it has been quiet for a while. */
  poke(): void {
    if (this.stopped) return;
    this.callOff?.();
    this.callOff = this.core.ports.whenIdle(() => this.run());
  }

  stop(): void {
    this.stopped = true;
    this.callOff?.();
  }

  private async run(): Promise<void> {
    if (this.stopped) return;
    if (this.running) {
      this.again = true; // what came meanwhile must not wait for the next call
      return;
    }
    this.running = true;
    try {
      await this.work();
    } catch (error) {
      if (!this.stopped) this.core.diagnostics.caught(error);
    } finally {
      this.running = false;
    }
    if (this.again) {
      this.again = false;
      this.poke();
    }
    // Seconds, on a slow device: the work above goes on beside it.
    await this.calibrate().catch((error) => this.core.diagnostics.caught(error));
  }

  private async work(): Promise<void> {
    const { core } = this;
    await core.retry().catch(() => undefined);
    await enforceRetention(core, 100);
    let embedded = false;
    while (!this.stopped && (await this.vectors.work())) {
      embedded = true;
      await core.ports.pause();
    }
    if (embedded) core.ports.tell.changed('vectors');
    await this.checkpoint();
  }

  private async calibrate(): Promise<void> {
    const { core } = this;
    const model = core.view?.ready.model;
    const isAuto = (core.options.backend ?? 'auto') === 'auto';
    if (!this.stopped && isAuto && model && core.store.kind === 'indexeddb' && !this.calibration.get() && !this.tried) {
      this.tried = true;
      this.calibration.set(await calibrateOnce(core, model));
    }
  }

  /** Stores the live state, so that the next visit starts from it instead of from a replay. */
  async checkpoint(): Promise<void> {
    const { core } = this;
    const taken = core.log.length;
    const staleAfter = (core.ports.checkpointEvery ?? 256) / STALE_AFTER;
    if (Math.abs(taken - this.storedAt) < staleAfter || !core.isAllWritten) return;
    await core.settle();
    const row = core.view?.timeline.snapshot();
    if (!row || core.inFlight.size > 0) return;
    await core.commit({ putCheckpoints: [row] });
    this.storedAt = taken;
  }
}
