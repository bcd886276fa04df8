/** Reads a shop's log and catalogue from files into compact columns (Node only). */
export * from './adapt';
export * from './catalogue';
export * from './catalogue-files';
export { fileCache } from './embedding-cache';
export * from './events';
export * from './folder';
export * from './folds';
export * from './half';
export * from './install';
export * from './items';
export * from './model-folder';
export * from './prepare';
export type { RowProblem, RowReport } from './report';
export * from './sequence';
export { firstThere } from './there';
export * from './vectors';
export * from './whitening';
