/** The vocabulary: events, items, candidates, rankings, their schemas, and errors. Imports nothing of ours. */
export * from './candidate';
export * from './errors';
export * from './event';
export * from './ranking';
export * from './recommender';
