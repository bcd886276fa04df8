/** Trains the interest model on a shop's log and writes a model folder (Node only). */
export { DEFAULT_SETTINGS, type TrainOptions, type TrainResult, train } from './train';
