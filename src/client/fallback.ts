import type { CandidateList, RankedItem, Ranking } from '../domain';
import { uuid } from './uuid';

/** The last resort: the list as the server sent it. */
export function serverOrder(list: CandidateList, items: readonly unknown[], took: number, limit: number): Ranking {
  const ranked: RankedItem[] = [];
  const dropped: Ranking['dropped'] = [];
  for (let from = 0; from < items.length && ranked.length < limit; from++) {
    if (!pushUnranked(ranked, items[from], from)) dropped.push({ id: '', why: 'invalid' });
  }
  const slot = String(list?.slot ?? '');
  return { rankId: uuid(), slot, requestId: list?.requestId, items: ranked, dropped, by: 'server', took };
}

/** Adds a candidate where the server had it; false when it has no id. Never throws: getters of a page may. */
export function pushUnranked(ranked: RankedItem[], candidate: unknown, originalPosition: number): boolean {
  const id = readId(candidate);
  if (id === undefined) return false;
  ranked.push({ id, position: ranked.length, originalPosition, score: 0, reasons: [], candidate });
  return true;
}

function readId(candidate: unknown): string | undefined {
  try {
    const { id, item_id } = candidate as { id?: unknown; item_id?: unknown };
    const known = id ?? item_id;
    return typeof known === 'string' || typeof known === 'number' ? String(known) : undefined;
  } catch {
    return undefined;
  }
}
