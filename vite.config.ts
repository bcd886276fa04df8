import { defineConfig, type Plugin, type UserConfig } from 'vite';

/**
 * What `scripts/build.mjs` builds, one mode each:
 * - `tag`     dist/homebody.js    classic script: `window.homebody` as a command queue
 * - `client`  dist/client.js      what the tag loads at idle: client and capture
 * - `module`  dist/homebody.mjs   what `import { createRecommender } from 'homebody'` gives
 * - `engine`  dist/engine.js      the module worker; tfjs and transformers.js are chunks of it, loaded when needed
 * - `demo`    dist/demo           the shop of src/demo, which loads the built homebody.js as any shop would
 */
export default defineConfig(({ mode }): UserConfig => {
  if (mode === 'tag') {
    return library({
      lib: { entry: 'src/tag/main.ts', formats: ['iife'], name: 'homebodyTag', fileName: () => 'homebody.js' },
    });
  }
  if (mode === 'client') {
    return library({
      rolldownOptions: {
        input: { client: 'src/tag/page.ts' },
        preserveEntrySignatures: 'strict',
        output: { format: 'es', entryFileNames: '[name].js' },
      },
      modulePreload: false,
    });
  }
  if (mode === 'module') {
    return library({ lib: { entry: 'src/tag/module.ts', formats: ['es'], fileName: () => 'homebody.mjs' } });
  }
  if (mode === 'engine') {
    const config = library({
      rolldownOptions: {
        input: { engine: 'src/engine/worker.ts' },
        preserveEntrySignatures: false,
        output: {
          format: 'es',
          entryFileNames: '[name].js',
          chunkFileNames: 'chunks/[name]-[hash].js',
          assetFileNames: 'chunks/[name]-[hash][extname]',
        },
      },
      // Wasm stays a file: a data: URL would cost a third more and needs a wider CSP.
      assetsInlineLimit: 0,
      modulePreload: false,
    });
    // Addresses relative to the file itself, so that the folder may be served from any path or host.
    return {
      ...config,
      plugins: [plainImports],
      base: './',
      experimental: { renderBuiltUrl: () => ({ relative: true }) },
    };
  }
  return {
    build: { outDir: 'dist/demo', emptyOutDir: false, target: 'es2022', chunkSizeWarningLimit: 2000 },
    worker: { format: 'es' },
    optimizeDeps: { exclude: ['@huggingface/transformers'] },
  };
});

/** A worker has no document to preload into: `import()` is all it needs, not Vite's helper around it. */
const plainImports: Plugin = {
  name: 'plain-imports',
  enforce: 'pre',
  load: (id) => (id.includes('vite/preload-helper') ? 'export const __vitePreload = (load) => load();' : undefined),
};

function library(build: NonNullable<UserConfig['build']>): UserConfig {
  return {
    publicDir: false,
    build: {
      outDir: 'dist',
      emptyOutDir: false,
      target: 'es2022',
      reportCompressedSize: false,
      chunkSizeWarningLimit: 10_000,
      ...build,
    },
  };
}
