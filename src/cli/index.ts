/** The command line: `homebody train | evaluate | vectors | models` (Node only). */
export type { CommandIo } from './command';
export { run } from './run';
