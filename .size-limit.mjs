// Budgets, gzip: what each kind of visitor's browser has to load. `npm run size` checks them on a built dist/.
const models = 'public/models';

export default [
  { name: 'embed script: all that a page loads before idle', path: 'dist/homebody.js', limit: '6 kB' },
  {
    name: 'engine worker without GPU, ONNX or embedder',
    path: ['dist/engine.js', 'dist/chunks/errors-*.js'],
    limit: '40 kB',
  },
  { name: 'universal model', path: `${models}/universal/{model.json,weights.safetensors}`, limit: '500 kB' },
  {
    name: 'universal model with the larger embedder',
    path: `${models}/universal-minilm/{model.json,weights.safetensors}`,
    limit: '500 kB',
  },
  {
    name: 'first personalised list on the lite path, everything',
    path: [
      'dist/{homebody,client,engine}.js',
      'dist/chunks/{errors,executor,embedder,lite,tokens}-*.js',
      `${models}/universal/{model.json,weights.safetensors}`,
      `${models}/potion-base-2M/{config,tokenizer,tokenizer_config}.json`,
      `${models}/potion-base-2M/onnx/model_quantized.onnx`,
    ],
    limit: '3 MB',
  },
  { name: 'tfjs with its WebGPU backend', path: 'dist/chunks/{webgpu,rolldown-runtime}-*.js', limit: '110 kB' },
].map((budget) => ({ ...budget, gzip: true }));
