/** From a candidate list and an interest state to an order with reasons: dedupe, blend, demote, diversify, explain. */
export { adjust, BOUGHT_FADES, boughtAt, spread, strategyWeights } from './adjust';
export { DIVERSIFIED, diversify } from './diversify';
export { type RankedList, type RankRequest, rank, serverRanking } from './rank';
