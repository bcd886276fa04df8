/** Makes a log that train and evaluate read out of a shop's own files (Node only). */
export { type PrepareRun, prepare } from './prepare';
export { type PrepareReport, summaryRows, warnings } from './report';
export { EVENT_FIELDS, ITEM_FIELDS, type PrepareInput, type PrepareSettings, parseSettings } from './settings';
