import * as v from 'valibot';
import type { Vector } from './candidate';
import type { ItemFacts } from './event';
import { LIMITS } from './limits';
import {
  clean,
  detailEntries,
  factsOf,
  type Issue,
  idSchema,
  lenient,
  numberSchema,
  safely,
  textSchema,
} from './schemas';

const candidateSchema = v.object({
  id: v.optional(idSchema),
  item_id: v.optional(idSchema),
  ...detailEntries,
  prior: lenient(numberSchema),
});

/** One usable candidate. */
export interface ParsedCandidate {
  id: string;
  facts: ItemFacts;
  prior?: number;
  vector?: Vector;
  /** 0-based place in the server's list. */
  position: number;
}

/** A candidate list after validation. */
export interface ParsedList {
  slot: string;
  requestId?: string;
  /** In the server's order, at most {@link LIMITS}.candidates; duplicates are still there. */
  candidates: ParsedCandidate[];
  /** Ids may be empty. */
  invalid: { id: string; position: number }[];
  /** Places beyond the bound, by id: not looked at, they keep the server's order after the ranked ones. */
  rest: { id: string; position: number }[];
  issues: Issue[];
}

/** The id of something that may be a candidate; empty when it has none. */
function idOf(entry: unknown): string {
  try {
    const { id, item_id } = (entry ?? {}) as { id?: unknown; item_id?: unknown };
    const result = v.safeParse(idSchema, id ?? item_id);
    return result.success ? result.output : '';
  } catch {
    return '';
  }
}

function parseCandidate(entry: unknown, position: number): ParsedCandidate | { problem: string } {
  const result = safely(candidateSchema, entry);
  if ('problem' in result) return result;
  const { id, item_id, ...details } = result.output;
  const known = id ?? item_id;
  if (known === undefined) return { problem: 'id is missing' };
  const { prior, vector } = details;
  return clean({
    id: known,
    facts: factsOf(known, details),
    prior,
    vector: vector && clean(vector),
    position,
  }) as ParsedCandidate;
}

/**
 * Reads a slot's candidate list (untrusted; formats.md's or GA4's field names). Never throws: an entry that cannot be used
 * is listed in `invalid`, a list that is not one gives no candidates, each with an issue.
 */
export function parseCandidates(list: unknown): ParsedList {
  const out: ParsedList = { slot: '', candidates: [], invalid: [], rest: [], issues: [] };
  const header = safely(
    v.object({ slot: lenient(textSchema(LIMITS.name)), requestId: lenient(idSchema), items: v.array(v.unknown()) }),
    list,
  );
  if ('problem' in header) {
    out.issues.push({
      code: 'invalid-input',
      message: `the candidate list was not used: ${header.problem}`,
      remedy: 'Pass { slot, items: [{ id, title, … }] }.',
    });
    return out;
  }
  const { slot, requestId, items } = header.output;
  out.slot = slot ?? '';
  if (requestId !== undefined) out.requestId = requestId;
  let problem: string | undefined;
  const ranked = Math.min(items.length, LIMITS.candidates);
  for (let position = 0; position < ranked; position += 1) {
    const candidate = parseCandidate(items[position], position);
    if ('problem' in candidate) {
      problem ??= `candidate ${position}: ${candidate.problem}`;
      out.invalid.push({ id: idOf(items[position]), position });
    } else out.candidates.push(candidate);
  }
  if (problem !== undefined) {
    const message = `${out.invalid.length} of ${ranked} candidates were left out; ${problem}`;
    out.issues.push({
      code: 'invalid-candidate',
      message,
      remedy: 'Every candidate needs an id and should have a title.',
    });
  }
  for (let position = ranked; position < items.length; position += 1) {
    out.rest.push({ id: idOf(items[position]), position });
  }
  if (out.rest.length > 0) {
    const message = `${items.length} candidates: the first ${ranked} were ranked, the others keep the server's order`;
    out.issues.push({ code: 'too-many', message, remedy: `Send at most ${LIMITS.candidates} candidates.` });
  }
  return out;
}

const storedFacts = v.object({
  id: v.pipe(v.string(), v.minLength(1), v.maxLength(LIMITS.id)),
  title: v.pipe(v.string(), v.maxLength(LIMITS.title)),
  categories: v.pipe(v.array(textSchema(LIMITS.name)), v.maxLength(LIMITS.categories)),
  brand: detailEntries.brand,
  price: detailEntries.price,
  currency: detailEntries.currency,
  url: detailEntries.url,
  image: detailEntries.image,
});

/** Facts of an export; undefined when they are not a row of the fact table. */
export function parseItemFacts(value: unknown): ItemFacts | undefined {
  const result = safely(storedFacts, value);
  return 'output' in result ? (clean(result.output) as ItemFacts) : undefined;
}
