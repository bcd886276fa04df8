/** The worker: wires store, embedder, model and rank together, answers the page, and keeps the state equal to a replay of the log. */
export type {
  EngineApi,
  EngineEvents,
  EngineOptions,
  EngineReady,
  Verification,
  WireRanking,
  WireRerankOptions,
} from './protocol';
