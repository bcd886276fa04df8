/** The next-item trainer: cross-entropy at every position of every user's history. */
export { type OpenTraining, openTraining, type PlannedUpdate } from './open';
export type { NextItemSettings, NextItemSettingsInput } from './settings';
export type { EpochRecord, Validation } from './state';
export { type NextItemOptions, type NextItemProgress, type NextItemResult, trainNextItem } from './train';
export { createUpdater, type Updater } from './updater';
