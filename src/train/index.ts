/** Trains the interest model on a shop's log and writes a model folder (Node only). */

export { type Block, settingsWithout } from './blocks';
export { CONVERSION_INPUTS, type ConversionOptions, type ConversionResult, trainConversion } from './conversion';
export {
  createUpdater,
  type EpochRecord,
  type NextItemOptions,
  type NextItemProgress,
  type NextItemResult,
  type NextItemSettingsInput,
  type OpenTraining,
  openTraining,
  type PlannedUpdate,
  trainNextItem,
  type Updater,
} from './next-item';
export type { PresetName } from './presets';
export { SYSTEMS, type System, type SystemName } from './systems';
export { DEFAULT_SETTINGS, type TrainOptions, type TrainResult, train } from './train';
