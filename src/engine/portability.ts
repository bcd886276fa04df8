import { HomebodyError, LIMITS, type LoggedEvent, parseItemFacts, parseLoggedEvent, parseVector } from '../domain';
import type { FrozenVector, ItemRow } from '../store';
import type { Core } from './core';

const FORMAT = 'homebody-export';
const VERSION = 1;
/** Characters of a document; more than the bounds on events and items allow for. */
const MAX_LENGTH = 128 * 2 ** 20;

interface ExportedItem {
  facts: unknown;
  vector?: { model: string; shipped: unknown } | { model: string; embedder: string; text: string };
}

/**
 * Everything that the state follows from, as one JSON document: events in log order and the fact table. Vectors of text
 * are base64 of little-endian float32, so that they come back bit for bit.
 */
export function exportData(core: Core): string {
  const items: ExportedItem[] = [...core.items.all()].map(({ facts, vector }) => ({
    facts,
    ...(vector ? { vector: 'shipped' in vector ? vector : { ...vector, text: toBase64(vector.text) } } : {}),
  }));
  return JSON.stringify({
    format: FORMAT,
    version: VERSION,
    exportedAt: new Date(core.ports.now()).toISOString(),
    model: core.view?.ready.model.manifest.id,
    paused: core.isPaused,
    events: core.log.events,
    items,
  });
}

function toBase64(values: Float32Array): string {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  for (const [i, value] of values.entries()) view.setFloat32(4 * i, value, true);
  return btoa(Array.from(new Uint8Array(view.buffer), (byte) => String.fromCharCode(byte)).join(''));
}

function fromBase64(text: string): Float32Array {
  const binary = atob(text);
  const view = new DataView(new ArrayBuffer(binary.length));
  for (let i = 0; i < binary.length; i += 1) view.setUint8(i, binary.charCodeAt(i));
  const values = Float32Array.from({ length: Math.floor(binary.length / 4) }, (_, i) => view.getFloat32(4 * i, true));
  if (!values.every(Number.isFinite)) throw new Error('a vector is not finite');
  return values;
}

function invalid(why: string, cause?: unknown): HomebodyError {
  return new HomebodyError('import-invalid', `This is not an export of Homebody: ${why}. Nothing was changed.`, {
    cause,
    remedy: 'Import a document that `export()` made.',
  });
}

/** Reads an export, bounded and validated. Throws `import-invalid`. */
export function parseExport(document: unknown): { events: LoggedEvent[]; items: ItemRow[]; paused: boolean } {
  if (typeof document !== 'string' || document.length > MAX_LENGTH) throw invalid('not a text of a usable length');
  let data: Record<string, unknown>;
  try {
    data = JSON.parse(document);
  } catch (cause) {
    throw invalid('not JSON', cause);
  }
  if (data?.format !== FORMAT) throw invalid('another format');
  if (data.version !== VERSION) throw invalid(`version ${String(data.version)} instead of ${VERSION}`);
  return {
    events: parseEvents(data.events),
    items: parseItems(data.items),
    paused: data.paused === true,
  };
}

function parseEvents(value: unknown): LoggedEvent[] {
  if (!Array.isArray(value) || value.length > LIMITS.importEvents) throw invalid('events are no list within bounds');
  const events = value.map((entry, i) => {
    const event = parseLoggedEvent(entry);
    if (!event) throw invalid(`event ${i} is not valid`);
    return event;
  });
  const isUnique = (key: (event: LoggedEvent) => unknown) => new Set(events.map(key)).size === events.length;
  if (!isUnique((event) => event.id) || !isUnique((event) => event.seq)) throw invalid('an event is there twice');
  return events.sort((a, b) => a.time - b.time || a.seq - b.seq);
}

function parseItems(value: unknown): ItemRow[] {
  if (!Array.isArray(value) || value.length > LIMITS.importItems) throw invalid('items are no list within bounds');
  const rows = new Map<string, ItemRow>();
  value.forEach((entry: ExportedItem, i) => {
    const facts = parseItemFacts(entry?.facts);
    if (!facts || rows.has(facts.id)) throw invalid(`item ${i} is not valid`);
    const row: ItemRow = { id: facts.id, facts };
    if (entry.vector !== undefined) row.vector = parseFrozen(entry.vector, i);
    rows.set(row.id, row);
  });
  return [...rows.values()];
}

function parseFrozen(value: ExportedItem['vector'], item: number): FrozenVector {
  const isName = (name: unknown): name is string => typeof name === 'string' && name.length <= LIMITS.id;
  if (typeof value !== 'object' || value === null || !isName(value.model)) throw invalid(`vector ${item}`);
  if ('shipped' in value) {
    const shipped = parseVector(value.shipped);
    if (shipped?.model !== value.model) throw invalid(`vector ${item}`);
    return { model: value.model, shipped };
  }
  const isText = typeof value.text === 'string' && value.text.length <= 8 * LIMITS.vector;
  if (!isText || !isName(value.embedder)) throw invalid(`vector ${item}`);
  try {
    return { model: value.model, embedder: value.embedder, text: fromBase64(value.text) };
  } catch (cause) {
    throw invalid(`vector ${item}`, cause);
  }
}

/**
 * Replaces everything by an export; afterwards the state is the exporting device's (within one model and executor).
 * Rejects with `import-invalid`, or the store's error, having changed nothing.
 */
export async function importData(core: Core, document: unknown): Promise<void> {
  const { events, items, paused } = parseExport(document);
  // Not through `core.commit`: an import that was refused must not be tried again later.
  await core.store.commit({ clear: true, addEvents: events, putItems: items });
  core.dropUnwritten();
  core.log.replace(events);
  core.items.replace(items);
  core.upcoming?.items.replace(items);
  core.candidates.clear();
  core.touch(0);
  core.isPaused = paused;
  await core.settle();
}
