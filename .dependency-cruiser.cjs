// The rules of the folders: what may import what, and only through index.ts.
const above = {
  domain: [],
  model: ['domain'],
  embedder: ['domain', 'model'],
  store: ['domain', 'model'],
  rank: ['domain', 'model'],
  learn: ['domain', 'model'],
  engine: ['domain', 'model', 'embedder', 'store', 'rank', 'learn'],
  client: ['domain'],
  capture: ['domain', 'client'],
  apply: ['domain', 'client', 'capture'],
  tag: ['domain', 'client', 'capture', 'apply'],
  data: ['domain', 'model', 'embedder', 'rank'],
  evaluate: ['domain', 'model', 'embedder', 'rank', 'data'],
  train: ['domain', 'model', 'embedder', 'rank', 'data', 'evaluate'],
  cli: ['domain', 'model', 'embedder', 'rank', 'data', 'evaluate', 'train'],
  demo: [],
};
const page = ['client', 'capture', 'apply', 'tag'];
const nodeOnly = ['data', 'train', 'evaluate', 'cli'];
const tests = '\\.test\\.ts$';
const one = (folders) => `^src/(${folders.join('|')})/`;

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...Object.entries(above).map(([folder, allowed]) => ({
      name: `${folder}-only-above`,
      severity: 'error',
      comment: `src/${folder} may import values only from: ${allowed.join(', ') || 'nothing of ours'}`,
      from: { path: one([folder]), pathNot: tests },
      to: {
        path: '^src/',
        pathNot: one([folder, ...allowed]),
        // The page side may know the engine's types, and the demo those of homebody.js: never their code.
        ...([...page, 'demo'].includes(folder) ? { dependencyTypesNot: ['type-only'] } : {}),
      },
    })),
    {
      name: 'page-types-only-from-engine',
      severity: 'error',
      comment: 'client, capture, apply and tag import types from engine, and nothing else that is not theirs',
      from: { path: one(page), pathNot: tests },
      to: { path: '^src/', pathNot: one(['domain', 'engine', ...page]) },
    },
    {
      name: 'demo-types-only',
      severity: 'error',
      comment: 'the demo uses the built homebody.js as a shop would, and knows its types',
      from: { path: one(['demo']), pathNot: tests },
      to: { path: '^src/', pathNot: one(['demo', 'domain', 'tag']) },
    },
    {
      name: 'through-index',
      severity: 'error',
      comment: "another folder's files are reached through its index.ts",
      from: { path: '^src/([^/]+)/', pathNot: tests },
      to: { path: '^src/([^/]+)/', pathNot: ['^src/$1/', '^src/[^/]+/index\\.ts$'] },
    },
    {
      name: 'node-only-in-tools',
      severity: 'error',
      comment: 'what runs in a browser imports nothing of Node',
      from: { path: '^src/', pathNot: [one(nodeOnly), tests] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      conditionNames: ['import', 'browser', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js'],
    },
  },
};
