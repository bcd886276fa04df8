import type { ItemFacts, Vector } from '../domain';
import { embedItem, type InterestModel, type ItemVector, readVector } from '../model';
import type { FrozenVector, ItemRow } from '../store';

/**
 * The fact table in memory. What is known of an item is set once and then kept: facts fill gaps only, and the first
 * vector accepted for the model is frozen, so that a replay reads what was read before.
 */
export class ItemTable {
  private readonly rows = new Map<string, ItemRow>();
  private decoded = new Map<string, ItemVector>();
  private reading: InterestModel | undefined;

  constructor(rows: Iterable<ItemRow> = []) {
    for (const row of rows) this.rows.set(row.id, row);
  }

  get size(): number {
    return this.rows.size;
  }

  get(id: string): ItemRow | undefined {
    return this.rows.get(id);
  }

  all(): IterableIterator<ItemRow> {
    return this.rows.values();
  }

  /** From now on vectors are read for this model; those of others wait as if they were absent. */
  use(model: InterestModel): void {
    this.reading = model;
    this.decoded = new Map();
  }

  /** What the timeline reads of an item. */
  readonly lookup = (id: string): { facts?: ItemFacts; vector?: ItemVector } | undefined => {
    const row = this.rows.get(id);
    return row && { facts: row.facts, vector: this.vector(id) };
  };

  vector(id: string): ItemVector | undefined {
    const model = this.reading;
    const frozen = this.rows.get(id)?.vector;
    if (!model || frozen?.model !== model.manifest.id) return undefined;
    let vector = this.decoded.get(id);
    if (!vector) {
      try {
        vector = thaw(model, frozen);
      } catch {
        return undefined; // an import may bring one that cannot be read: as if it were absent
      }
      this.decoded.set(id, vector);
    }
    return vector;
  }

  /**
   * Takes what an event or a candidate list said of an item. Returns the row when it is new or was changed, and what
   * in it the state of earlier events would read: `steps` only through the vector, `all` of them through the facts.
   */
  learn(facts: ItemFacts, vector?: FrozenVector): { row: ItemRow; matters?: 'steps' | 'all' } | undefined {
    const old = this.rows.get(facts.id);
    const merged = old ? fill(old.facts, facts) : facts;
    const isVectorNew = vector !== undefined && old?.vector?.model !== vector.model;
    if (old && merged === old.facts && !isVectorNew) return undefined;
    const row: ItemRow = { id: facts.id, facts: merged };
    const kept = isVectorNew ? vector : old?.vector;
    if (kept) row.vector = kept;
    this.rows.set(row.id, row);
    if (isVectorNew) this.decoded.delete(row.id);
    // Events may be about an item of which nothing was known.
    const isNew = !old || differs(old.facts, merged);
    return { row, matters: isNew ? 'all' : isVectorNew ? 'steps' : undefined };
  }

  /** Freezes a vector that came later than its item. */
  freeze(id: string, vector: FrozenVector): ItemRow | undefined {
    const old = this.rows.get(id);
    if (!old || old.vector?.model === vector.model) return undefined;
    const row = { ...old, vector };
    this.rows.set(id, row);
    this.decoded.delete(id);
    return row;
  }

  delete(id: string): ItemRow | undefined {
    const row = this.rows.get(id);
    this.rows.delete(id);
    this.decoded.delete(id);
    return row;
  }

  replace(rows: Iterable<ItemRow>): void {
    this.rows.clear();
    this.decoded.clear();
    for (const row of rows) this.rows.set(row.id, row);
  }
}

/** The vector as the model sees it; throws `invalid-candidate` when a shipped one is not readable. */
export function thaw(model: InterestModel, frozen: FrozenVector): ItemVector {
  return 'shipped' in frozen ? readVector(model, frozen.shipped) : embedItem(model, frozen.text);
}

/** A shipped vector that is readable, ready to be frozen; throws `model-mismatch` or `invalid-candidate`. */
export function freezeShipped(model: InterestModel, shipped: Vector): FrozenVector {
  readVector(model, shipped);
  return { model: model.manifest.id, shipped };
}

function fill(old: ItemFacts, more: ItemFacts): ItemFacts {
  const filled: ItemFacts = { ...old };
  let isSame = true;
  const take = <K extends keyof ItemFacts>(key: K, isEmpty: boolean, isKnown: boolean) => {
    if (!isEmpty || !isKnown) return;
    filled[key] = more[key];
    isSame = false;
  };
  take('title', old.title === '', more.title !== '');
  take('categories', old.categories.length === 0, more.categories.length > 0);
  for (const key of ['brand', 'price', 'currency', 'url', 'image'] as const) {
    take(key, old[key] === undefined, more[key] !== undefined);
  }
  return isSame ? old : filled;
}

/** Facts that the state reads. */
function differs(a: ItemFacts, b: ItemFacts): boolean {
  return (
    a.title !== b.title ||
    a.brand !== b.brand ||
    a.price !== b.price ||
    a.categories.join('\n') !== b.categories.join('\n')
  );
}
