import { type ItemFacts, itemText, type Vector } from '../domain';
import { embedItem, type InterestModel, type ItemVector } from '../model';
import type { FrozenVector } from '../store';
import { freezeShipped, thaw } from './items';

interface Known {
  facts: ItemFacts;
  /** As it was sent; kept because the model may not be loaded yet, or may change. */
  shipped?: Vector;
  /** Raw text embedding and the embedder it is of. */
  text?: { embedder: string; raw: Float32Array };
  /** Decoded for `model`; null: there is none, or it is not readable. */
  decoded?: { model: string; vector: ItemVector | null };
}

/**
 * What recent candidate lists and events said of items, bounded, in memory only: so that an event on an item of a list
 * finds its facts and vector, and a list that comes again is not decoded again.
 */
export class CandidateMemory {
  private readonly known = new Map<string, Known>();
  constructor(private readonly max = 8_000) {}

  /** Takes the newest facts of an item, and its shipped vector when one came with them. */
  remember(facts: ItemFacts, shipped?: Vector): void {
    const old = this.known.get(facts.id);
    if (!old && !shipped && facts.title === '' && facts.categories.length === 0) return;
    const entry: Known = { facts: facts.title === '' && old ? old.facts : facts };
    const vector = shipped ?? old?.shipped;
    if (vector) entry.shipped = vector;
    const isSame = old?.shipped?.q === vector?.q && old?.shipped?.model === vector?.model;
    // A list that comes again with its vectors needs no look at the texts.
    const isSameText = old && (old.text || !vector) ? itemText(old.facts) === itemText(entry.facts) : false;
    if (old?.text && isSameText) entry.text = old.text;
    if (old?.decoded && isSame && (vector || isSameText)) entry.decoded = old.decoded;
    this.known.delete(facts.id);
    this.known.set(facts.id, entry);
    if (this.known.size > this.max) this.known.delete(this.known.keys().next().value!);
  }

  facts(id: string): ItemFacts | undefined {
    return this.known.get(id)?.facts;
  }

  rememberText(id: string, embedder: string, raw: Float32Array): void {
    const entry = this.known.get(id);
    if (!entry) return;
    entry.text = { embedder, raw };
    entry.decoded = undefined;
  }

  /** The vector to rank with; absent: embed its text at idle. `onBad` gets what was wrong with a shipped one. */
  vector(id: string, model: InterestModel, onBad: (error: unknown) => void): ItemVector | undefined {
    const entry = this.known.get(id);
    if (!entry) return undefined;
    if (entry.decoded?.model !== model.manifest.id) {
      entry.decoded = { model: model.manifest.id, vector: this.decode(entry, model, onBad) };
    }
    return entry.decoded.vector ?? undefined;
  }

  private decode(entry: Known, model: InterestModel, onBad: (error: unknown) => void): ItemVector | null {
    if (entry.shipped) {
      try {
        return thaw(model, { model: model.manifest.id, shipped: entry.shipped });
      } catch (error) {
        onBad(error);
      }
    }
    return entry.text?.embedder === model.manifest.embedder.id ? embedItem(model, entry.text.raw) : null;
  }

  /** The vector to freeze with an event of the item, when one is known for the model. */
  freeze(id: string, model: InterestModel): FrozenVector | undefined {
    const entry = this.known.get(id);
    if (!entry) return undefined;
    if (entry.shipped) {
      try {
        return freezeShipped(model, entry.shipped);
      } catch {
        // Told when the list came; the text serves instead.
      }
    }
    if (entry.text?.embedder !== model.manifest.embedder.id) return undefined;
    return { model: model.manifest.id, embedder: entry.text.embedder, text: entry.text.raw };
  }

  delete(id: string): void {
    this.known.delete(id);
  }

  clear(): void {
    this.known.clear();
  }
}
