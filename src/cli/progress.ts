import { Presets, SingleBar } from 'cli-progress';
import type { CommandIo } from './command';

/** A bar on standard error for one phase after another; nothing where standard error is no terminal. */
export class Progress {
  private bar: SingleBar | undefined;
  private phase: string | undefined;
  constructor(private readonly io: Pick<CommandIo, 'progress'>) {}

  /** Shows how far a phase is, with a remark; a new name ends the phase before. */
  show(phase: string, done: number, total: number, note = ''): void {
    if (!this.io.progress?.isTTY) return;
    if (phase !== this.phase) {
      this.stop();
      this.phase = phase;
      this.bar = new SingleBar(
        {
          format: `${phase} {bar} {percentage}% | {value}/{total} | {note}{eta_formatted} left`,
          stream: this.io.progress,
          hideCursor: true,
          etaBuffer: 50,
        },
        Presets.shades_classic,
      );
      this.bar.start(total, done, { note: '' });
    }
    this.bar?.update(done, { note: note && `${note} | ` });
  }

  stop(): void {
    this.bar?.stop();
    this.bar = undefined;
    this.phase = undefined;
  }
}
