/** Measures rankings on a log by the protocols of formats.md, and the simple rules that a model must beat (Node only). */
export * from './baselines';
export * from './baskets';
export * from './bootstrap';
export * from './leave-one-out';
export * from './metrics';
export * from './model-ranker';
export * from './next-basket';
export * from './query';
export * from './recent';
export * from './record';
export * from './run';
export * from './tally';
export * from './text-rule';
