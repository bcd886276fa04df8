/** The mathematics, pure: typed arrays in, typed arrays out. Clocks, storage and randomness are passed in. */
export { advance, eventItems, type ModelStep, searchItem, stepsOf } from './advance';
export { type CandidateBatch, prepareCandidates, type ScoredItem, standardisePrior } from './batch';
export * from './calibrate';
export { keepColumns } from './columns';
export { type ConversionWeights, conversionInput, conversionLogits, conversionSize } from './conversion';
export { MAX_PURCHASES, type Purchase } from './counts';
export {
  CLOCK_SIZE,
  CONTEXT_SIZE,
  elapsedOf,
  encodeClock,
  encodeContext,
  encodeGap,
  encodeStep,
  GAP_SIZE,
  inputSize,
  isStep,
  kindWeight,
  SESSION_GAP,
} from './encode';
export * from './executor';
export * from './executors';
export { createExplainer, termOf } from './explain';
export { candidateFeatures, metFlags } from './features';
export { gateInput, gateSize, gateWeights, type ListContext } from './gate';
export { dots, halfLifeDecay } from './linear';
export * from './manifest';
export { memoryDecay } from './memory';
export { type InterestModel, loadModel } from './model';
export { similarityTo } from './near';
export { type Reading, readState } from './read';
export {
  floatTensor,
  readSafetensors,
  readTensors,
  type StoredTensor,
  type Tensor,
  writeSafetensors,
} from './safetensors';
export { GATE_INPUTS, parseManifest, verifyFiles } from './schema';
export { type Scores, scoreCandidates } from './score';
export { deserializeState, serializeState } from './serialize';
export { cloneState, createState, type InterestState, type RecentItem } from './state';
export { tensorShapes, untrainedManifest, untrainedWeights } from './untrained';
export {
  decodeBase64,
  dequantise,
  embedItem,
  encodeBase64,
  type ItemVector,
  makeVector,
  project,
  type Quantised,
  quantise,
  readVector,
  whiten,
} from './vector';
export { indexWords, sharedWords, wordsOf } from './words';
