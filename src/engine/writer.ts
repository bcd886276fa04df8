import { type EventInput, type ForgetTarget, HomebodyError } from '../domain';
import type { Engine } from './engine';
import type { WireRerankOptions } from './protocol';
import type { TabHandler } from './tabs';

/** Changes within so many ms are told together. */
const BURST = 250;

/** The writing tab's side: answers calls, its own page's and the other tabs', with its engine. */
export class Writer {
  private readonly aborts = new Map<string, AbortController>();
  private announcing: ReturnType<typeof setTimeout> | undefined;
  private isRemoteChange = false;

  constructor(
    private readonly engine: Engine,
    /** Profile and lists have changed; `isRemote`: another tab changed them. */
    private readonly changed: (isRemote: boolean) => void,
  ) {}

  /** Names and arguments come from other tabs too. */
  readonly handle: TabHandler = async (method, args, isRemote) => {
    const { engine } = this;
    const changes = <T>(done: Promise<T>) => done.finally(() => this.announce(isRemote));
    switch (method) {
      case 'observe':
        return changes(engine.observe(args[0] as EventInput[]));
      case 'rerank':
        return this.abortable(String(args[0]), (signal) =>
          engine.rerank(args[1], (args[2] ?? {}) as WireRerankOptions, signal),
        );
      case 'cancel':
        return this.aborts.get(String(args[0]))?.abort();
      case 'profile':
        return engine.profile();
      case 'forget':
        return changes(engine.forget(args[0] as ForgetTarget));
      case 'exportData':
        return engine.exportData();
      case 'importData':
        return changes(engine.importData(args[0] as string));
      case 'setPaused':
        return changes(engine.setPaused(args[0] === true));
      case 'diagnostics':
        return engine.diagnostics();
      case 'useModel':
        return changes(engine.useModel(String(args[0])));
      case 'verify':
        return engine.verify(args[0] as { ids?: boolean });
      default:
        throw new HomebodyError('invalid-input', `There is no method ${method}.`);
    }
  };

  private announce(isRemote: boolean): void {
    this.isRemoteChange ||= isRemote;
    this.announcing ??= setTimeout(() => {
      this.changed(this.isRemoteChange);
      this.announcing = undefined;
      this.isRemoteChange = false;
    }, BURST);
  }

  private async abortable<T>(key: string, job: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const abort = new AbortController();
    this.aborts.set(key, abort);
    try {
      return await job(abort.signal);
    } finally {
      this.aborts.delete(key);
    }
  }

  dispose(): void {
    clearTimeout(this.announcing);
    for (const abort of this.aborts.values()) abort.abort();
  }
}
