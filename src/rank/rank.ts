import type {
  DropReason,
  Issue,
  ParsedCandidate,
  ParsedList,
  RankedItem,
  Ranking,
  Reason,
  RerankOptions,
} from '../domain';
import {
  conversionInput,
  conversionLogits,
  createExplainer,
  type InterestModel,
  type InterestState,
  type ItemVector,
  prepareCandidates,
  scoreCandidates,
} from '../model';
import { adjust, boughtAt, spread } from './adjust';
import { diversify, order } from './diversify';

/** A ranking as the engine makes it: the page puts the server's own objects back by `originalPosition`. */
export type RankedList = Omit<Ranking, 'items' | 'backend' | 'took'> & { items: Omit<RankedItem, 'candidate'>[] };

export interface RankRequest {
  model: InterestModel;
  /** Only read. */
  state: InterestState;
  list: ParsedList;
  /** What is known of a candidate's vector; undefined: it is ranked without text and interest. */
  vectorOf: (candidate: ParsedCandidate) => ItemVector | undefined;
  options: Pick<RerankOptions, 'limit' | 'strategy' | 'diversity' | 'bought'>;
  /** Unix ms. */
  now: number;
  /** Minutes, for models whose gate reads the clock. */
  utcOffset?: number;
  rankId: string;
}

interface Sifted {
  candidates: ParsedCandidate[];
  rest: ParsedList['rest'];
  dropped: Ranking['dropped'];
}

/** Takes out what is not ranked: invalid entries, repeated ids (the first stays) and, when asked, what was bought. */
function sift(list: ParsedList, isBought: (id: string) => boolean): Sifted {
  const seen = new Set<string>();
  const dropped: (Ranking['dropped'][number] & { position: number })[] = list.invalid.map(({ id, position }) => ({
    id,
    why: 'invalid',
    position,
  }));
  const keep = ({ id, position }: { id: string; position: number }): boolean => {
    const why: DropReason | undefined =
      id === '' ? 'invalid' : seen.has(id) ? 'duplicate' : isBought(id) ? 'already bought' : undefined;
    seen.add(id);
    if (why) dropped.push({ id, why, position });
    return !why;
  };
  const candidates = list.candidates.filter(keep);
  const rest = list.rest.filter(keep);
  dropped.sort((a, b) => a.position - b.position);
  return { candidates, rest, dropped: dropped.map(({ id, why }) => ({ id, why })) };
}

function frame(list: ParsedList, rankId: string, sifted: Sifted): Omit<RankedList, 'items' | 'by'> {
  const { slot, requestId } = list;
  return { rankId, slot, ...(requestId === undefined ? {} : { requestId }), dropped: sifted.dropped };
}

function cut<T>(items: T[], limit: number | undefined): T[] {
  return limit !== undefined && limit >= 0 && limit < items.length ? items.slice(0, Math.floor(limit)) : items;
}

/** The last resort: the server's order without invalid and repeated entries; scores are 0 and there are no reasons. */
export function serverRanking(list: ParsedList, options: { limit?: number; rankId: string }): RankedList {
  const sifted = sift(list, () => false);
  const items = cut([...sifted.candidates, ...sifted.rest], options.limit).map(({ id, position }, at) => ({
    id,
    position: at,
    originalPosition: position,
    score: 0,
    reasons: [],
  }));
  return { ...frame(list, options.rankId, sifted), items, by: 'server' };
}

/** Adds to `reasons`, joining those of one term; the first `because` that is known stays. */
function join(reasons: Reason[], more: readonly Reason[]): void {
  for (const reason of more) {
    const known = reasons.find(({ term }) => term === reason.term);
    if (!known) reasons.push({ ...reason });
    else {
      known.value += reason.value;
      if (!known.because && reason.because) known.because = reason.because;
    }
  }
}

/**
 * Reorders a candidate list for one shopper. Synchronous and deterministic: equal inputs give equal outputs, equal scores
 * stay in the server's order. Every item's `reasons` sum to its `score` (to 1e-9). Candidates over the bound follow in the
 * server's order with score 0 and no reasons. Falls back to {@link serverRanking} when a score is not a number.
 */
export function rank(request: RankRequest): { ranking: RankedList; issues: Issue[] } {
  const { model, state, list, options, now, rankId } = request;
  const issues: Issue[] = [];
  let strategy = options.strategy ?? 'relevance';
  if (strategy === 'conversion' && !model.conversion) {
    const message = 'the model has no conversion head; the list was ranked by relevance';
    issues.push({ code: 'strategy-unavailable', message, remedy: 'Ask for strategy `relevance`.' });
    strategy = 'relevance';
  }
  const bought = options.bought ?? 'demote';
  const sifted = sift(list, (id) => bought === 'drop' && boughtAt(state, id) !== undefined);
  const { candidates } = sifted;
  const batch = prepareCandidates(
    model,
    candidates.map((candidate) => ({
      id: candidate.id,
      title: candidate.facts.title,
      categories: candidate.facts.categories,
      brand: candidate.facts.brand,
      price: candidate.facts.price,
      prior: candidate.prior,
      vector: request.vectorOf(candidate),
    })),
  );
  const scored = scoreCandidates(model, state, batch, { now, utcOffset: request.utcOffset });
  const logits =
    strategy === 'conversion' && model.conversion
      ? conversionLogits(model.conversion, conversionInput(model, state, batch, scored, request.utcOffset))
      : undefined;
  const demoteBought = bought === 'demote';
  const adjusted = adjust(model, state, batch, scored.scores, { strategy, demoteBought, now, logits });
  if (!adjusted.scores.every(Number.isFinite)) {
    issues.push({ code: 'internal', message: 'a score was not a number; the list keeps the server’s order' });
    return { ranking: serverRanking(list, { limit: options.limit, rankId }), issues };
  }
  const diversity = Math.min(1, Math.max(0, options.diversity ?? 0));
  const places = options.limit ?? candidates.length;
  const { range } = spread(adjusted.scores);
  const mixed = diversity > 0 ? diversify(batch, adjusted.scores, { diversity, range, places }) : undefined;
  const explain = createExplainer(model, state, batch, scored);
  const final = adjusted.scores.map((score, row) => score + (mixed?.penalties[row] ?? 0));
  const rows = cut([...new Set([...(mixed?.chosen ?? []), ...order(final)])], options.limit);
  const items: RankedList['items'] = rows.map((row, position) => {
    const reasons = adjusted.relevance === 0 ? [] : explain(row);
    for (const reason of reasons) reason.value *= adjusted.relevance;
    join(reasons, adjusted.terms[row] ?? []);
    const penalty = mixed?.penalties[row] ?? 0;
    if (penalty) join(reasons, [{ term: 'diversity', value: penalty }]);
    const score = final[row]!;
    const { id, position: originalPosition } = candidates[row]!;
    const chance = logits ? { conversion: 1 / (1 + Math.exp(-logits[row]!)) } : {};
    return { id, position, originalPosition, score, reasons, ...chance };
  });
  const rest = sifted.rest.map(({ id, position }, at) => ({
    id,
    position: rows.length + at,
    originalPosition: position,
    score: 0,
    reasons: [],
  }));
  const ranking: RankedList = {
    ...frame(list, rankId, sifted),
    items: cut([...items, ...rest], options.limit),
    by: 'model',
    model: model.manifest.id,
  };
  return { ranking, issues };
}
