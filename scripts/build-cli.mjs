// Bundles the command line into dist/cli/homebody.js; what npm installs stays outside the bundle.
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(await readFile(`${root}package.json`, 'utf8'));
const folder = `${root}dist/cli`;
const outfile = `${folder}/homebody.js`;

await mkdir(`${root}dist/cli`, { recursive: true });
await build({
  // Training workers are threads of their own file, beside the command line's.
  entryPoints: {
    homebody: `${root}src/cli/main.ts`,
    'train-worker': `${root}src/train/next-item/worker.ts`,
  },
  outdir: folder,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  sourcemap: true,
  banner: { js: `#!/usr/bin/env node\n// homebody ${version}` },
  logLevel: 'warning',
});
// npm sets this for an installed package, not in a clone.
await chmod(outfile, 0o755);
