import { type ClientOptions, createRecommender as create } from '../client';
import type { Recommender } from '../domain';

export { type Applied, type ApplyOptions, applyRanking } from '../apply';
export { type Capture, type CaptureOptions, startCapture } from '../capture';
export type { ClientOptions } from '../client';
export type {
  Backend,
  Candidate,
  CandidateList,
  ChangeReason,
  Consent,
  Diagnostic,
  Diagnostics,
  DropReason,
  EventInput,
  EventItemInput,
  EventName,
  ForgetTarget,
  HomebodyCode,
  LoggedEvent,
  ObserveResult,
  Profile,
  RankedItem,
  Ranking,
  Reason,
  Recommender,
  RerankOptions,
  Retention,
  Strategy,
  Vector,
  Verification,
} from '../domain';
export { EVENT_NAMES, HomebodyError } from '../domain';

/**
 * Makes a recommender. Nothing loads until its first use; then the engine's worker starts at the page's next idle moment.
 * The engine's files are looked for beside this module, or in `base`.
 *
 * `observe` and `rerank` never reject (but for an aborted `signal`). The other methods reject with a `HomebodyError`
 * when the engine cannot do what was asked, so that a page never believes in an erasure that did not happen; a page
 * that ignores the promise gets no `unhandledrejection`.
 */
export function createRecommender(options: ClientOptions): Recommender {
  return create(options, import.meta.url);
}
