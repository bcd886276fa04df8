import { itemText, type LoggedEvent } from '../domain';
import type { Embedder, EmbedderDtype } from '../embedder';
import { eventItems, isStep } from '../model';
import type { ItemRow, Position } from '../store';
import { chunk } from './chunk';
import type { Core } from './core';
import { embedderUrl } from './models';

const BATCH = 16;
/** After a failure the embedder is left alone for so long. */
const REST = 60_000;

const loadCode = () => chunk(import('../embedder'), 'embedder-unavailable', 'of the embedder');

/** Makes vectors of text, at idle and only for items that have neither a cached nor a shipped one. */
export class Vectors {
  private embedder: { model: string; made: Embedder } | undefined;
  private wanted = new Set<string>();
  private restUntil = 0;
  /** Why WebGPU does not serve the embedder, once it was told. */
  private fellBack: string | undefined;

  constructor(
    private readonly core: Core,
    private readonly max = 2_000,
  ) {}

  /** Candidates to embed at idle. */
  want(ids: readonly string[]): void {
    for (const id of ids) if (this.wanted.size < this.max) this.wanted.add(id);
  }

  info(): { id: string; loaded: boolean; embedded: number } | undefined {
    return this.embedder?.made.info();
  }

  /** The embedder's code is a chunk of its own: a shop that ships vectors never loads it. */
  private async open(): Promise<Embedder | undefined> {
    const { view, options, store, ports } = this.core;
    if (!view || options.embedder === false || ports.now() < this.restUntil) return undefined;
    const { manifest } = view.ready.model;
    if (this.embedder?.model !== manifest.id) {
      const { cached, lazyEmbedder } = await loadCode();
      void this.embedder?.made.dispose();
      const url = options.embedder ?? embedderUrl(view.ready.url, manifest.embedder.id);
      const lazy = lazyEmbedder({ ...manifest.embedder, dtype: manifest.embedder.dtype as EmbedderDtype }, () =>
        ports.createEmbedder(url, options.backend ?? 'auto'),
      );
      const cache = {
        get: (model: string, texts: readonly string[]) => store.embeddings(model, texts),
        put: (rows: readonly { model: string; text: string; vector: Float32Array }[]) =>
          store.putEmbeddings(rows.map((row) => ({ ...row, at: ports.now() }))),
      };
      const made = cached(lazy, cache, { onCacheError: (error: unknown) => this.core.diagnostics.caught(error) });
      this.embedder = { model: manifest.id, made };
    }
    return this.embedder.made;
  }

  /** Brings candidates' vectors that were embedded on an earlier visit back into memory. Loads no embedder. */
  async fromCache(ids: readonly string[]): Promise<void> {
    const { core } = this;
    const manifest = core.view?.ready.model.manifest;
    const known = ids.flatMap((id) => core.candidates.facts(id) ?? []);
    if (!manifest || known.length === 0 || core.options.embedder === false) return;
    const { id, dtype } = manifest.embedder;
    try {
      const { embeddingKey } = await loadCode();
      const key = embeddingKey({ id, dtype: dtype as EmbedderDtype });
      const found = await core.store.embeddings(key, known.map(itemText));
      found.forEach((raw, i) => {
        if (raw) core.candidates.rememberText(known[i]!.id, manifest.embedder.id, raw);
      });
    } catch (error) {
      core.diagnostics.caught(error);
    }
  }

  /** What of an event has no vector yet. */
  private lacking(event: LoggedEvent): string[] {
    if (!isStep(event.name)) return [];
    return eventItems(event).flatMap(({ id }) => (this.core.items.vector(id) ? [] : id));
  }

  /** Items that an event waits for. */
  private waiting(): Set<string> {
    return new Set(this.core.log.events.flatMap((event) => this.lacking(event)));
  }

  /** Number of events that wait for a vector. */
  waitingEvents(): number {
    return this.core.log.events.filter((event) => this.lacking(event).length > 0).length;
  }

  /**
   * Embeds one batch: items of events first, then candidates. Resolves to whether there is more to do. A failure is told
   * and left alone for a minute: ranking goes on without.
   */
  async work(): Promise<boolean> {
    const { core } = this;
    const model = core.view?.ready.model;
    if (!model) return false;
    for (const id of this.wanted) {
      if (core.candidates.vector(id, model, () => undefined)) this.wanted.delete(id);
    }
    const items = [...this.waiting()].filter((id) => (core.items.get(id)?.facts.title ?? '') !== '').slice(0, BATCH);
    const ids = items.length > 0 ? items : [...this.wanted].slice(0, BATCH);
    const texts = ids.map((id) => {
      const facts = items.length > 0 ? core.items.get(id)?.facts : core.candidates.facts(id);
      return facts ? itemText(facts) : '';
    });
    if (ids.length === 0) return false;
    try {
      const embedder = await this.open();
      if (!embedder) return false;
      const raw = await embedder.embed(texts);
      this.tellFallback(embedder);
      if (items.length > 0) await this.freeze(ids, texts, raw);
      for (const [i, id] of ids.entries()) {
        core.candidates.rememberText(id, model.manifest.embedder.id, raw[i]!);
        this.wanted.delete(id);
      }
      return true;
    } catch (error) {
      this.restUntil = core.ports.now() + REST;
      core.diagnostics.caught(error, 'embedder-unavailable');
      return false;
    }
  }

  private tellFallback(embedder: Embedder): void {
    const { fellBack, runtime } = embedder.info();
    if (!fellBack || fellBack === this.fellBack) return;
    this.fellBack = fellBack;
    const remedy = `Nothing is needed: ${runtime ?? 'another backend'} serves.`;
    this.core.diagnostics.add('backend-unavailable', `embedder on webgpu: ${fellBack}`, remedy);
  }

  /** The late vectors become part of the fact table, and the state is rebuilt from before the first event they touch. */
  private async freeze(ids: readonly string[], texts: readonly string[], raw: readonly Float32Array[]): Promise<void> {
    const { core } = this;
    const manifest = core.view!.ready.model.manifest;
    const rows: ItemRow[] = [];
    let from = Number.POSITIVE_INFINITY;
    ids.forEach((id, i) => {
      // It may have been forgotten, or become another text, while we embedded it.
      const facts = core.items.get(id)?.facts;
      if (!facts || itemText(facts) !== texts[i]) return;
      const row = core.items.freeze(id, { model: manifest.id, embedder: manifest.embedder.id, text: raw[i]! });
      const index = row ? core.log.firstAbout(id, 'steps') : -1;
      if (row) rows.push(row);
      if (index >= 0) from = Math.min(from, index);
    });
    if (rows.length === 0) return;
    const dropCheckpointsFrom: Position | undefined = Number.isFinite(from) ? core.log.position(from) : undefined;
    if (Number.isFinite(from)) core.view?.timeline.touch(from);
    await core.commit({ putItems: rows, dropCheckpointsFrom }).catch((error) => core.diagnostics.caught(error));
    await core.settle();
  }

  async dispose(): Promise<void> {
    this.wanted.clear();
    await this.embedder?.made.dispose();
    this.embedder = undefined;
  }
}
