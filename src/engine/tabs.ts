import { type ErrorFrame, errorFrame, HomebodyError, reviveError } from '../domain';

/** What a tab can ask of the one that writes; `isRemote`: another tab asks. */
export type TabHandler = (method: string, args: unknown[], isRemote: boolean) => Promise<unknown>;

/** The part of `BroadcastChannel` that is used. */
export interface Channel {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
  close(): void;
}

export interface TabsOptions {
  scope: string;
  /** Unique to this worker. */
  id: string;
  /** Absent: this tab works alone. */
  locks?: Pick<LockManager, 'request'>;
  openChannel?: (name: string) => Channel;
  /** Milliseconds after which a call to another tab gives up. Default 10,000. */
  timeout?: number;
  /** Called once, when this tab becomes the writer: opens what is needed and returns what answers the others. */
  becomeWriter: () => Promise<TabHandler>;
  /** A message that another tab told to all. */
  onTold?: (news: string) => void;
  onRole?: (role: 'writer' | 'reader') => void;
}

type Frame =
  | { t: 'call'; from: string; id: number; method: string; args: unknown[] }
  | { t: 'answer'; to: string; id: number; result?: unknown; error?: ErrorFrame }
  | { t: 'writer' }
  | { t: 'told'; news: string };

interface Pending {
  method: string;
  args: unknown[];
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/**
 * Several tabs, one writer. The Web Lock `homebody:<scope>` elects it; the others send it their calls over a
 * `BroadcastChannel` of the same name, and send them again when another writer announces itself, so whatever is called
 * must be safe to repeat. A tab's lock is freed by the browser when the tab dies, whatever way it dies.
 */
export class Tabs {
  role: 'writer' | 'reader' | 'none' = 'none';
  private handler: Promise<TabHandler> | undefined;
  private channel: Channel | undefined;
  private readonly pending = new Map<number, Pending>();
  private readonly answering = new Set<string>();
  private next = 1;
  private release: (() => void) | undefined;
  private readonly ended = new AbortController();

  constructor(private readonly options: TabsOptions) {}

  /** Resolves when the role is known (and, for the writer, when it is ready). Rejects when becoming the writer fails. */
  async join(): Promise<void> {
    const { locks, openChannel, scope } = this.options;
    if (!locks || !openChannel) return this.lead();
    const name = `homebody:${scope}`;
    this.channel = openChannel(name);
    this.channel.onmessage = (event) => this.receive(event.data);
    const isFree = await this.take(locks, name, { ifAvailable: true });
    if (isFree) return this.lead();
    this.setRole('reader');
    // Waits until every tab before us is gone; whatever happens then is told through diagnostics of the writer.
    this.take(locks, name, { signal: this.ended.signal }).then(
      () => this.lead().catch(() => undefined),
      () => undefined,
    );
  }

  /** Resolves to whether the lock is ours now; it is then held until {@link leave}. */
  private take(locks: Pick<LockManager, 'request'>, name: string, options: LockOptions): Promise<boolean> {
    return new Promise((resolve, reject) => {
      locks
        .request(name, options, (lock) => {
          resolve(lock !== null);
          if (lock === null || this.ended.signal.aborted) return undefined;
          return new Promise<void>((release) => {
            this.release = release;
          });
        })
        .catch(reject);
    });
  }

  private async lead(): Promise<void> {
    if (this.ended.signal.aborted) return;
    this.handler = this.options.becomeWriter();
    this.setRole('writer');
    const handler = await this.handler;
    this.post({ t: 'writer' });
    const mine = [...this.pending.values()];
    this.pending.clear();
    for (const call of mine) handler(call.method, call.args, false).then(call.resolve, call.reject);
  }

  private setRole(role: 'writer' | 'reader'): void {
    this.role = role;
    this.options.onRole?.(role);
  }

  /** Runs a call where the writer is: here, or in another tab. */
  async call(method: string, args: unknown[]): Promise<unknown> {
    if (this.ended.signal.aborted) throw new HomebodyError('disposed', 'This recommender was disposed.');
    if (this.handler) return (await this.handler)(method, args, false);
    const id = this.next++;
    const answer = new Promise<unknown>((resolve, reject) => this.pending.set(id, { method, args, resolve, reject }));
    const timer = setTimeout(() => {
      this.fail(id, new HomebodyError('timeout', `The tab that writes did not answer ${method}.`));
    }, this.options.timeout ?? 10_000);
    this.send(id);
    return answer.finally(() => clearTimeout(timer));
  }

  /** Tells every other tab. */
  tell(news: string): void {
    this.post({ t: 'told', news });
  }

  private send(id: number): void {
    const call = this.pending.get(id);
    if (!call) return;
    try {
      this.post({ t: 'call', from: this.options.id, id, method: call.method, args: call.args });
    } catch (error) {
      this.fail(id, error); // an argument that cannot be cloned
    }
  }

  private fail(id: number, error: unknown): void {
    this.pending.get(id)?.reject(error);
    this.pending.delete(id);
  }

  private post(frame: Frame): void {
    this.channel?.postMessage(frame);
  }

  /** Frames come from any script of this origin: what is not of the shape above is passed over. */
  private receive(data: unknown): void {
    if (typeof data !== 'object' || data === null) return;
    const frame = data as Frame;
    if (frame.t === 'call') void this.answer(frame);
    else if (frame.t === 'writer' && this.role !== 'writer') for (const id of this.pending.keys()) this.send(id);
    else if (frame.t === 'told' && typeof frame.news === 'string') this.options.onTold?.(frame.news);
    else if (frame.t === 'answer' && frame.to === this.options.id) {
      const call = this.pending.get(frame.id);
      this.pending.delete(frame.id);
      if (frame.error) call?.reject(reviveError(frame.error));
      else call?.resolve(frame.result);
    }
  }

  private async answer({ from, id, method, args }: Extract<Frame, { t: 'call' }>): Promise<void> {
    if (!this.handler || typeof method !== 'string' || !Array.isArray(args)) return;
    const key = `${from} ${id}`;
    if (this.answering.has(key)) return; // sent again while it is being answered
    this.answering.add(key);
    try {
      const result = await (await this.handler)(method, args, true);
      this.post({ t: 'answer', to: from, id, result });
    } catch (error) {
      this.post({ t: 'answer', to: from, id, error: errorFrame(error) });
    } finally {
      this.answering.delete(key);
    }
  }

  /** Gives the lock back, so that another tab takes over, and rejects what is still open. */
  leave(): void {
    this.ended.abort();
    this.release?.();
    this.channel?.close();
    this.handler = undefined;
    this.role = 'none';
    for (const id of [...this.pending.keys()]) {
      this.fail(id, new HomebodyError('disposed', 'This recommender was disposed.'));
    }
  }
}
