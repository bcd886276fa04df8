/** The engine's worker with two models of its own instead of a network: for browser tests. */
import { serveModels, testModel } from './testing';

const models = [await testModel('one', 1), await testModel('two', 2)];
globalThis.fetch = serveModels(models);
await import('./worker');
// Frames that come before the worker listens would be lost.
postMessage('up');
