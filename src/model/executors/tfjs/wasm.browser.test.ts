import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { describe } from 'vitest';
import { conformance } from '../conformance';
import { createTfjsWasmExecutor } from './wasm';

describe('tfjs-wasm', () => {
  conformance(() =>
    createTfjsWasmExecutor({
      wasmPaths: {
        'tfjs-backend-wasm.wasm': plain,
        'tfjs-backend-wasm-simd.wasm': simd,
        'tfjs-backend-wasm-threaded-simd.wasm': threaded,
      },
    }),
  );
});
