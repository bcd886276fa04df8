import { existsSync } from 'node:fs';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { launchOptions } from './scripts/chromium.mjs';

/** Tests that open a database, where the optional package DuckDB was not installed (or has nothing for the platform). */
const withoutDuckDb = existsSync(new URL('node_modules/@duckdb/node-api', import.meta.url))
  ? []
  : ['src/data/{duckdb,bad-input}.test.ts', 'src/data/prepare/{prepare,rules}.test.ts', 'src/cli/prepare.test.ts'];
if (withoutDuckDb.length > 0) console.warn(`Without @duckdb/node-api: ${withoutDuckDb.join(', ')} are left out.`);

export default defineConfig({
  optimizeDeps: {
    exclude: ['@huggingface/transformers'],
    // Found only by dynamic imports: naming them keeps Vite from reloading the page in mid-test.
    include: [
      '@huggingface/tokenizers',
      '@tensorflow/tfjs-core',
      '@tensorflow/tfjs-backend-wasm',
      '@tensorflow/tfjs-backend-webgpu/dist/backend_webgpu',
    ],
  },
  worker: { format: 'es' },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          environment: 'node',
          include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: ['src/**/*.browser.test.ts', ...withoutDuckDb],
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['src/**/*.browser.test.ts'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: launchOptions() }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
