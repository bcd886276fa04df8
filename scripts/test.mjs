// npm test: everything that must hold, one step after the other; stops at the first that fails.
//   npm test -- [--skip a,b] [--only a,b]     names of steps below
import { mkdir, readFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { setup } from './setup.mjs';
import { isStale } from './stale.mjs';
import { run, StepFailed } from './steps.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const reports = '.cache/reports';

/** Each with its own output; `report` is a JSON report whose tests count. @type {[string, string, string[], string?][]} */
const steps = [
  ['lint', 'biome', ['check', '--error-on-warnings', '.']],
  ['imports', 'depcruise', ['--config', '.dependency-cruiser.cjs', '--output-type', 'err', 'src']],
  ['unused', 'knip', []],
  ['types', 'tsc', ['--noEmit', '-p', '.']],
  ['node', 'vitest', vitest('node'), 'node.json'],
  ['browser', 'vitest', vitest('browser'), 'browser.json'],
  ['build', 'node', ['scripts/build.mjs']],
  ['size', 'size-limit', []],
  ['e2e', 'playwright', ['test'], 'e2e.json'],
];

const only = option('--only');
const skip = option('--skip') ?? new Set();
const timings = [];
let passed = 0;
let failed = 0;
let status = 0;

await rm(reports, { recursive: true, force: true });
await mkdir(reports, { recursive: true });
await timed('setup', () => setup({ browser: true }));
for (const [name, command, args, report] of steps) {
  if ((only && !only.has(name)) || skip.has(name)) continue;
  if (name === 'build' && !(await isStale(root))) continue;
  console.log(`\n── ${name}`);
  try {
    await timed(name, () => run(...local(command, args), { env: { HOMEBODY_REPORT: `${reports}/e2e.json` } }));
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    console.error(`\n${name} failed: ${error.message}`);
    status = error.status;
    if (!report) failed++;
  }
  if (report) await count(report, status !== 0);
  if (status !== 0) break;
}
console.log(`\n${timings.map(([name, seconds]) => `${name} ${seconds.toFixed(0)} s`).join(' · ')}`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(status);

/** Adds the tests of a Vitest or Playwright JSON report to the sum; a step that failed counts as one failure at least. */
async function count(/** @type {string} */ file, /** @type {boolean} */ broken) {
  const text = await readFile(`${reports}/${file}`, 'utf8').catch(() => '{}');
  const report = JSON.parse(text);
  const good = report.numPassedTests ?? report.stats?.expected ?? 0;
  const bad = report.numFailedTests ?? report.stats?.unexpected ?? 0;
  passed += good;
  failed += broken ? Math.max(1, bad) : bad;
  // A report without a test means that nothing ran, which must not look like success.
  if (!broken && good === 0) {
    console.error(`${file} tells of no test.`);
    failed++;
    status = 1;
  }
}

function vitest(/** @type {string} */ project) {
  return [
    ...['run', '--project', project, '--reporter=default', '--reporter=json'],
    `--outputFile.json=${reports}/${project}.json`,
  ];
}

/** Programs of the installed packages, without npx: it would ask the registry for what is missing. @returns {[string, string[]]} */
function local(/** @type {string} */ command, /** @type {string[]} */ args) {
  if (command === 'node') return [process.execPath, args];
  const ending = process.platform === 'win32' ? '.cmd' : '';
  return [`node_modules/.bin/${command}${ending}`, args];
}

async function timed(/** @type {string} */ name, /** @type {() => Promise<unknown>} */ use) {
  const from = performance.now();
  try {
    await use();
  } finally {
    timings.push([name, (performance.now() - from) / 1000]);
  }
}

function option(/** @type {string} */ name) {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : new Set((process.argv[at + 1] ?? '').split(','));
}
