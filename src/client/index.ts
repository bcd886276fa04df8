/** What a page imports: `createRecommender()`, which runs the engine in a worker and answers even when there is none. */
export * from '../domain';
export type { ClientOptions } from './options';
export { createRecommender } from './recommender';
