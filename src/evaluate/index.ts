/** Measures rankings on a log by the protocols of formats.md, and the simple rules that a model must beat (Node only). */
export * from './baselines';
export * from './baskets';
export * from './bootstrap';
export * from './calibration';
export * from './compare';
export * from './leave-one-out';
export * from './metrics';
export * from './model-ranker';
export * from './next-basket';
export * from './next-purchase';
export * from './query';
export * from './recent';
export * from './record';
export * from './replay';
export * from './rules';
export * from './run';
export * from './tally';
