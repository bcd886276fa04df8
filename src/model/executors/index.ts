/** Ways to run the LSTM: plain TypeScript, our SIMD kernel, tfjs on wasm and on WebGPU. */
export { createExecutor, createTfjsWasmExecutor } from './create';
export { createPlainExecutor, readHidden, runPlain } from './plain';
export { createSimdExecutor } from './simd/executor';
