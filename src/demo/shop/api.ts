import type { CandidateList } from '../../domain';
import { type Listing, readListing } from './listing';

/** A slot's list as the server sent it, with its items read for the shop's own pages. */
export interface Shelf {
  list: CandidateList;
  listings: Map<string, Listing>;
}

/** The shop's own endpoints. What was read once stays in memory until the page is left. */
export interface Api {
  candidates(slot: string, query?: Record<string, string>): Promise<Shelf>;
  product(id: string): Promise<Listing | undefined>;
  departments(): Promise<string[]>;
  /** Every product met so far on this page, without asking the server. */
  readonly known: ReadonlyMap<string, Listing>;
}

export function createApi(): Api {
  const known = new Map<string, Listing>();
  const answers = new Map<string, Promise<unknown>>();

  function get<T>(path: string): Promise<T> {
    const kept = answers.get(path);
    if (kept) return kept as Promise<T>;
    const answer = fetch(path).then((response) => {
      if (!response.ok) throw new Error(`${path}: ${response.status}`);
      return response.json();
    });
    answers.set(path, answer);
    // A failed answer must not be kept: the next visit to the page asks again.
    answer.catch(() => answers.delete(path));
    return answer;
  }

  return {
    known,
    async candidates(slot, query = {}) {
      const list = await get<CandidateList>(`/api/candidates?${new URLSearchParams({ slot, ...query })}`);
      const listings = new Map<string, Listing>();
      for (const raw of list.items) {
        const listing = readListing(raw);
        if (!listing) continue;
        listings.set(listing.id, listing);
        known.set(listing.id, listing);
      }
      return { list, listings };
    },
    async product(id) {
      const met = known.get(id);
      if (met) return met;
      const raw = await get(`/api/product?${new URLSearchParams({ id })}`).catch(() => undefined);
      const listing = readListing(raw);
      if (listing) known.set(id, listing);
      return listing;
    },
    departments: () => get<{ departments: string[] }>('/api/departments').then((answer) => answer.departments),
  };
}
