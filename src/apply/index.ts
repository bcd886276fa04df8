/** Puts a ranking on the page: reorders a list's nodes without layout shift or loss of focus. */
export { type Applied, type ApplyOptions, applyRanking } from './apply';
