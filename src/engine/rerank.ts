import { HomebodyError, type Issue, type ParsedList, parseCandidates, type Ranking } from '../domain';
import { rank, serverRanking } from '../rank';
import type { Core } from './core';
import type { WireRanking, WireRerankOptions } from './protocol';

function report(core: Pick<Core, 'diagnostics'>, issues: readonly Issue[]): void {
  for (const { code, message, remedy } of issues) core.diagnostics.add(code, message, remedy);
}

/** Validates a candidate list; what is wrong with it becomes diagnostics. */
export function readList(core: Pick<Core, 'diagnostics'>, list: unknown): ParsedList {
  const parsed = parseCandidates(list);
  report(core, parsed.issues);
  return parsed;
}

/** The list as it came, without invalid and repeated entries. */
export function serverOrder(parsed: ParsedList, rankId: string, options: WireRerankOptions, took: number): WireRanking {
  return { ...serverRanking(parsed, { limit: options.limit, rankId }), took };
}

/**
 * Reorders a list by the state of the whole log. Rejects only with `aborted`: whatever else fails leaves the server's
 * order and a diagnostic. `wanted` gets the candidates that have no vector, to be embedded at idle.
 */
export async function rerank(
  core: Core,
  list: unknown,
  options: WireRerankOptions,
  signal: AbortSignal,
  vectors: { fromCache(ids: readonly string[]): Promise<void>; want(ids: readonly string[]): void },
): Promise<WireRanking> {
  const { ports, timings } = core;
  const started = ports.clock();
  const rankId = ports.newId();
  const parsed = readList(core, list);
  for (const { facts, vector } of parsed.candidates) core.candidates.remember(facts, vector);
  try {
    await core.modelReady();
    await core.settle();
    const ready = ports.clock();
    if (core.view) {
      const missing = lacking(core, parsed);
      if (missing.length > 0) {
        await vectors.fromCache(missing);
        vectors.want(missing);
        await core.settle();
      }
    }
    if (signal.aborted) throw new HomebodyError('aborted', 'The ranking was aborted.');
    const ranking = rankNow(core, parsed, options, rankId);
    timings.add('rerank', ports.clock() - ready);
    return { ...ranking, took: ports.clock() - started };
  } catch (error) {
    if (signal.aborted) throw new HomebodyError('aborted', 'The ranking was aborted.');
    core.diagnostics.caught(error);
    return serverOrder(parsed, rankId, options, ports.clock() - started);
  }
}

function lacking(core: Core, parsed: ParsedList): string[] {
  const { model } = core.view!.ready;
  return parsed.candidates
    .filter(({ id }) => !core.candidates.vector(id, model, (error) => core.diagnostics.caught(error)))
    .filter(({ id, facts }) => facts.title !== '' && !core.items.vector(id))
    .map(({ id }) => id);
}

/** In one turn: the state must not move while it is read. */
function rankNow(
  core: Core,
  list: ParsedList,
  options: WireRerankOptions,
  rankId: string,
): Omit<Ranking, 'items' | 'took'> & Pick<WireRanking, 'items'> {
  const { view } = core;
  if (!view) throw new HomebodyError('model-unavailable', 'No model is loaded.');
  const { model, executor } = view.ready;
  const now = options.now ?? core.ports.now();
  const { ranking, issues } = rank({
    model,
    state: view.timeline.state,
    list,
    vectorOf: ({ id }) => core.candidates.vector(id, model, () => undefined) ?? core.items.vector(id),
    options,
    now,
    utcOffset: core.ports.utcOffset(now),
    rankId,
  });
  report(core, issues);
  return { ...ranking, backend: executor.backend };
}
