/** The vocabulary: events, items, candidates, rankings, their schemas, and errors. Imports nothing of ours. */
export * from './candidate';
export * from './errors';
export * from './event';
export { LIMITS } from './limits';
export * from './ranking';
export * from './recommender';
export { type Issue, parseVector } from './schemas';
export { type ParsedCandidate, type ParsedList, parseCandidates, parseItemFacts } from './schemas-candidate';
export { type NormalizedEvent, type NormalizeOptions, normalizeEvent, parseLoggedEvent } from './schemas-event';
