/** Trains the interest model on a shop's log and writes a model folder (Node only). */

export type { Block } from './blocks';
export { type ConversionOptions, type ConversionResult, trainConversion } from './conversion';
export {
  type NextItemOptions,
  type NextItemProgress,
  type NextItemResult,
  type NextItemSettingsInput,
  trainNextItem,
} from './next-item';
export type { PresetName } from './presets';
export { SYSTEMS, type System, type SystemName } from './systems';
export { DEFAULT_SETTINGS, type TrainOptions, type TrainResult, train } from './train';
