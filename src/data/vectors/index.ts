/** The vectors of a catalogue of any size, made a thousand items at a time. */
export { type Scan, scanCatalogue } from './source';
export { type VectorsOptions, type VectorsResult, writeVectors } from './write';
