/** Trains the interest model on a shop's log and writes a model folder (Node only). */

export {
  type NextItemOptions,
  type NextItemProgress,
  type NextItemResult,
  type NextItemSettingsInput,
  trainNextItem,
} from './next-item';
export { DEFAULT_SETTINGS, type TrainOptions, type TrainResult, train } from './train';
