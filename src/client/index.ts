/** `createRecommender()`: runs the engine in a worker and answers even when there is none. */
export { serverOrder } from './fallback';
export { whenIdle } from './idle';
export type { ClientOptions } from './options';
export { createRecommender } from './recommender';
