/** Ways to run the LSTM: plain TypeScript, our SIMD kernel, tfjs on wasm and on WebGPU. */
export { createPlainExecutor, readHidden, runPlain } from './plain';
export { createSimdExecutor } from './simd/executor';
