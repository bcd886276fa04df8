// Installs what is missing. No dependencies: it runs first in a fresh clone.
//   node scripts/setup.mjs [--browser]     --browser also finds or installs a Chromium for the tests
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemChromium } from './chromium.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const needed = [20, 19];

/** Install scripts of dependencies that would download what nothing here uses. */
const quiet = {
  ONNXRUNTIME_NODE_INSTALL: 'skip',
  ONNXRUNTIME_NODE_INSTALL_CUDA: 'skip',
  PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1',
  npm_config_fund: 'false',
  npm_config_audit: 'false',
  npm_config_update_notifier: 'false',
};

/** Sets up the repository; ends the process with a clear message when it cannot. */
export async function setup({ browser = false } = {}) {
  checkNode();
  installPackages();
  if (browser) await findBrowser();
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > needed[0] || (major === needed[0] && minor >= needed[1])) return;
  fail(`Node ${needed.join('.')} or newer is needed; this is ${process.version}. See https://nodejs.org`);
}

/** `npm ci`, or `npm install` where the registry lacks other platforms' binaries that the lock does not list. */
function installPackages() {
  const stamp = join(root, 'node_modules/.homebody-setup');
  const lockFile = join(root, 'package-lock.json');
  const packageFile = join(root, 'package.json');
  const lock = readFileSync(lockFile);
  const state = createHash('sha256')
    .update(lock)
    .update(readFileSync(packageFile))
    .update(process.version)
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === state) return;

  console.log('Installing packages …');
  const started = performance.now();
  let status = npm(['ci', '--loglevel=error'], 'pipe');
  if (status !== 0) {
    console.log('npm ci does not take this lock here; npm install with the same lock.');
    status = npm(['install', '--no-save', '--loglevel=error'], 'inherit');
    // Some versions of npm rewrite the lock for their own platform: the repository's stays.
    if (!readFileSync(lockFile).equals(lock)) writeFileSync(lockFile, lock);
  }
  if (status !== 0) fail('npm could not install the packages; see its messages above.');
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  writeFileSync(stamp, state);
  console.log(`Packages installed in ${((performance.now() - started) / 1000).toFixed(0)} s.`);
}

function npm(/** @type {string[]} */ args, /** @type {'pipe' | 'inherit'} */ stdio) {
  const result = spawnSync('npm', args, {
    cwd: root,
    stdio: ['ignore', stdio, stdio],
    shell: process.platform === 'win32',
    env: { ...process.env, ...quiet },
  });
  if (result.error) fail(`npm did not start: ${result.error.message}`);
  // "Out of sync" is expected where the registry lacks other platforms' binaries; anything else is worth showing.
  const expected = /EUSAGE|in sync/.test(String(result.stderr));
  if (stdio === 'pipe' && result.status !== 0 && !expected) process.stdout.write(`${lastLines(result.stderr, 4)}\n`);
  return result.status;
}

/** A system Chromium, else Playwright's own (its download), else Debian's package when we may install it. */
async function findBrowser() {
  if (systemChromium() || (await playwrightChromium())) return;
  console.log('Installing Chromium …');
  const playwright = (/** @type {string[]} */ ...args) =>
    spawnSync(process.execPath, [join(root, 'node_modules/playwright/cli.js'), ...args], {
      cwd: root,
      stdio: 'inherit',
      // Where its host cannot be reached, say so soon.
      env: { PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '10000', ...process.env },
      timeout: 300_000,
    });
  playwright('install', 'chromium');
  if (await playwrightChromium()) return;
  if (process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.log("Playwright's own cannot be had or does not start here; Debian's chromium instead.");
    const apt = (/** @type {string[]} */ ...args) =>
      spawnSync('apt-get', args, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
    apt('update', '-qq');
    apt('install', '-y', '-qq', '--no-install-recommends', 'chromium');
    if (systemChromium()) return;
    playwright('install-deps', 'chromium');
    if (await playwrightChromium()) return;
  }
  fail(
    'No Chromium for the tests. Install one (Debian: apt-get install chromium) or set HOMEBODY_CHROMIUM to its path.',
  );
}

/** True when Playwright's own Chromium is there and starts: its libraries may be missing. */
async function playwrightChromium() {
  const { chromium } = await import('playwright');
  const path = chromium.executablePath();
  if (!path || !existsSync(path)) return false;
  try {
    execFileSync(path, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function lastLines(/** @type {Buffer} */ text, /** @type {number} */ count) {
  // npm writes where its log lies, which is of no use to the reader.
  const lines = String(text).trimEnd().split('\n');
  return lines
    .filter((line) => !line.includes(homedir()))
    .slice(-count)
    .join('\n');
}

function fail(/** @type {string} */ message) {
  console.error(`\n${message}`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await setup({ browser: process.argv.includes('--browser') });
}
