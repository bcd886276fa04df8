/** What every other contender is compared with. */
export const REFERENCE_NAME = 'onnxruntime-web LSTM operator (wasm)';
