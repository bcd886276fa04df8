/** Trains a model's conversion head: the chance that an item that was met is bought. */
export { INPUTS as CONVERSION_INPUTS } from './features';
export { type ConversionOptions, type ConversionResult, trainConversion } from './train';
