import {
  type Consent,
  type Diagnostics,
  type EventInput,
  type ForgetTarget,
  HomebodyError,
  type ObserveResult,
  type Profile,
} from '../domain';
import { Engine } from './engine';
import { takeIn } from './intake';
import { type Ports, VERSION } from './ports';
import type { EngineApi, EngineOptions, EngineReady, Verification, WireRanking, WireRerankOptions } from './protocol';
import { readList, serverOrder } from './rerank';
import { Tabs } from './tabs';
import { DiagnosticLog } from './timings';
import { Writer } from './writer';

/** Events that wait in memory while consent is pending. */
const MAX_HELD = 200;

/**
 * What the page talks to: the gate of consent, then whichever tab writes. While consent is pending nothing is opened,
 * locked or written; once it is granted this tab joins the others; when it is denied everything is erased.
 */
export class Host implements EngineApi {
  private options: EngineOptions | undefined;
  private consent: Consent = 'pending';
  private held: { input: EventInput; id: string }[] = [];
  private tabs: Tabs | undefined;
  private engine: Engine | undefined;
  private joining: Promise<void> | undefined;
  private writer: Writer | undefined;
  private readonly diagnosticLog: DiagnosticLog;
  private readonly id: string;

  constructor(private readonly ports: Ports) {
    this.diagnosticLog = new DiagnosticLog(ports.now, ports.tell.diagnostic);
    this.id = ports.newId();
  }

  async init(options: EngineOptions): Promise<EngineReady> {
    if (this.options) throw new HomebodyError('invalid-input', 'This engine was started already.');
    this.options = options;
    await this.setConsent(options.consent);
    return { version: VERSION, role: this.tabs?.role ?? 'none', storage: this.storage() };
  }

  private get scope(): string {
    return this.options?.scope ?? 'default';
  }

  private storage(): Diagnostics['storage'] {
    if (this.consent !== 'granted') return 'none';
    return this.engine?.core.store.kind ?? 'indexeddb';
  }

  async setConsent(consent: Consent): Promise<void> {
    if (!this.options) throw new HomebodyError('invalid-input', 'This engine was not started.');
    this.consent = consent;
    if (consent === 'granted') {
      await this.join();
      const { held } = this;
      this.held = [];
      try {
        if (held.length > 0) await this.call('observe', [held.map(({ input }) => input)]);
      } catch (error) {
        this.held = [...held, ...this.held];
        throw error;
      }
    } else if (consent === 'denied') await this.deny();
  }

  private async deny(): Promise<void> {
    this.held = [];
    this.news('denied');
    await this.leave((engine) => engine.erase());
    await this.ports.eraseStore(this.scope).catch((error) => this.diagnosticLog.caught(error));
  }

  /** Tells the other tabs, also when this one never joined them. */
  private news(news: string): void {
    if (this.tabs) this.tabs.tell(news);
    else {
      const channel = this.ports.openChannel?.(`homebody:${this.scope}`);
      channel?.postMessage({ t: 'told', news });
      channel?.close();
    }
  }

  private join(): Promise<void> {
    this.joining ??= this.enter().catch((error) => {
      this.joining = undefined;
      throw error;
    });
    return this.joining;
  }

  private async enter(): Promise<void> {
    const { ports } = this;
    if (!ports.locks || !ports.openChannel) {
      const what = 'Several tabs cannot be kept together here: no Web Locks or no BroadcastChannel.';
      this.diagnosticLog.add('storage-unavailable', what, 'Serve the shop over https.');
    }
    this.tabs = new Tabs({
      scope: this.scope,
      id: this.id,
      locks: ports.locks,
      openChannel: ports.openChannel,
      becomeWriter: () => this.lead(),
      onTold: (news) => void this.told(news),
      onRole: () => ports.tell.changed('role'),
    });
    await this.tabs.join();
  }

  /** This tab is the writer from now on. */
  private async lead() {
    const options = this.options!;
    this.engine = await Engine.open(options, this.ports, () => void this.told('denied'));
    this.writer = new Writer(this.engine, (isRemote) => {
      this.tabs?.tell('changed');
      if (isRemote) this.ports.tell.changed('tab');
    });
    return this.writer.handle;
  }

  /** What another tab told to all. */
  private async told(news: string): Promise<void> {
    if (news === 'changed') return this.ports.tell.changed('tab');
    if (news !== 'denied' || this.consent === 'denied') return;
    this.consent = 'denied';
    this.held = [];
    await this.leave((engine) => engine.erase());
    this.ports.tell.changed('consent');
  }

  private async leave(end: (engine: Engine) => Promise<void>): Promise<void> {
    await this.joining?.catch(() => undefined);
    const { engine, tabs } = this;
    this.engine = undefined;
    this.tabs = undefined;
    this.joining = undefined;
    try {
      if (engine) await end(engine);
    } catch (error) {
      this.diagnosticLog.caught(error);
    }
    tabs?.leave();
  }

  /** Runs where the writer is. */
  private async call<T>(method: string, args: unknown[]): Promise<T> {
    await this.join();
    return (await this.tabs!.call(method, args)) as T;
  }

  async observe(events: EventInput[]): Promise<ObserveResult[]> {
    if (!Array.isArray(events)) throw new HomebodyError('invalid-input', 'Events are a list.');
    if (this.consent === 'granted') return this.call('observe', [events]);
    return events.map((event) => this.hold(event));
  }

  /** Consent is pending: the event waits, with the id and the time it came with; over the bound the oldest goes. */
  private hold(input: EventInput): ObserveResult {
    const nothing = { facts: () => undefined };
    const taken = takeIn(input, { ports: this.ports, diagnostics: this.diagnosticLog, candidates: nothing });
    const id = taken?.event.id ?? '';
    if (!taken || this.consent === 'denied') return { status: 'ignored', eventId: id };
    if (this.held.some((each) => each.id === id)) return { status: 'held', eventId: id };
    const { time, utcOffset } = taken.event;
    this.held.push({ id, input: { ...input, id, timestamp: time, utc_offset: utcOffset } });
    if (this.held.length > MAX_HELD) {
      this.held.shift();
      this.diagnosticLog.add('consent', `More than ${MAX_HELD} events wait for consent: the oldest were dropped.`);
    }
    return { status: 'held', eventId: id };
  }

  async rerank(callId: string, list: unknown, options: WireRerankOptions): Promise<WireRanking> {
    if (this.consent === 'granted') return this.call('rerank', [`${this.id}:${callId}`, list, options]);
    const started = this.ports.clock();
    const parsed = readList({ diagnostics: this.diagnosticLog }, list);
    const why = `Consent is ${this.consent}: lists keep the server's order.`;
    this.diagnosticLog.add('consent', why, 'Call setConsent when the shopper has decided.');
    return serverOrder(parsed, this.ports.newId(), options ?? {}, this.ports.clock() - started);
  }

  cancel(callId: string): void {
    if (this.consent !== 'granted' || !this.tabs) return;
    void this.call('cancel', [`${this.id}:${callId}`]).catch(() => undefined);
  }

  async profile(): Promise<Profile> {
    return this.consent === 'granted' ? this.call('profile', []) : emptyProfile(this.consent, this.held.length);
  }

  async forget(target: ForgetTarget): Promise<{ removed: number }> {
    if (this.consent === 'granted') return this.call('forget', [target]);
    const { length } = this.held;
    if (target === 'all') this.held = [];
    else {
      throw new HomebodyError('consent', 'Nothing is stored, so nothing can be forgotten singly.', {
        remedy: "Use forget('all') or setConsent('denied').",
      });
    }
    return { removed: length };
  }

  exportData(): Promise<string> {
    return this.granted('exportData', []);
  }

  importData(document: string): Promise<void> {
    return this.granted('importData', [document]);
  }

  pause(): Promise<void> {
    return this.granted('setPaused', [true]);
  }

  resume(): Promise<void> {
    return this.granted('setPaused', [false]);
  }

  useModel(url: string): Promise<void> {
    return this.granted('useModel', [url]);
  }

  verify(options?: { ids?: boolean }): Promise<Verification> {
    return this.granted('verify', [options]);
  }

  private async granted<T>(method: string, args: unknown[]): Promise<T> {
    if (this.consent === 'granted') return this.call(method, args);
    throw new HomebodyError('consent', `Consent is ${this.consent}.`, { remedy: "Call setConsent('granted') first." });
  }

  async diagnostics(): Promise<Diagnostics> {
    const own = this.diagnosticLog.report();
    if (this.consent !== 'granted') {
      return { diagnostics: own, role: 'none', storage: 'none', timings: {}, waiting: 0, version: VERSION };
    }
    const theirs = await this.call<Omit<Diagnostics, 'role'>>('diagnostics', []);
    return { ...theirs, diagnostics: [...own, ...theirs.diagnostics], role: this.tabs?.role ?? 'none' };
  }

  async dispose(): Promise<void> {
    this.writer?.dispose();
    await this.leave((engine) => engine.dispose());
    this.consent = 'pending';
    this.held = [];
  }
}

/** The profile of someone of whom nothing is kept: consent is pending or was denied. */
export function emptyProfile(consent: Consent, held: number): Profile {
  const waiting = held > 0 ? ` ${held} actions wait in memory for your consent.` : '';
  return {
    consent,
    paused: false,
    summary: `Nothing about you is stored on this device.${waiting}`,
    events: { total: 0, byName: {}, latest: [] },
    interests: [],
    items: [],
    timeline: [],
    storage: {},
  };
}
