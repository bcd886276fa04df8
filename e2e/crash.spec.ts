import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, expect, test } from '@playwright/test';
import { systemChromium } from '../scripts/chromium.mjs';
import { seeded } from '../src/engine/testing';
import { type Harness, startHarness } from './harness';

/** `HOMEBODY_KILLS=500 npx playwright test e2e/crash.spec.ts` for a longer look. */
const KILLS = Number(process.env.HOMEBODY_KILLS ?? 50);

/** Checks what is there after the last crash, then streams events until the browser is killed. */
const PAGE = `<!doctype html><title>crash</title><script type="module">
  import { createRecommender } from '/homebody.mjs';
  const post = (path, data) => fetch(path, { method: 'POST', body: JSON.stringify(data) });
  const run = new URLSearchParams(location.search).get('run');
  try {
    const homebody = createRecommender({
      model: '/models/tiny', embedder: false, consent: 'granted', retention: false, scope: 'crash', backend: 'wasm',
    });
    await post('/verified', { run, ...(await homebody.verify({ ids: true })), ...(await homebody.diagnostics()) });
    const items = await (await fetch('/catalogue.json')).json();
    const names = ['view_item', 'view_item', 'add_to_cart', 'view_item_list', 'purchase'];
    for (let n = 0; ; n += 1) {
      const burst = Array.from({ length: 1 + (n % 4) }, (_, k) => {
        const id = run + '-' + n + '-' + k;
        const at = n * 7 + k * 3;
        // Every fifth fills in an older time; some bring their vector, some never do.
        const event = { event: names[at % 5], id, items: [items[at % items.length]] };
        if (at % 5 === 4) event.timestamp = Date.now() - 60_000 * (1 + (at % 50));
        return homebody.observe(event);
      });
      const stored = (await Promise.all(burst)).filter((each) => each.status === 'stored');
      await post('/acknowledged', stored.map((each) => each.eventId));
    }
  } catch (error) {
    await post('/failed', String(error && error.stack || error));
  }
</script>`;

interface Verified {
  run: string;
  live: string;
  replay: string;
  events: number;
  ids: string[];
  storage: string;
  diagnostics: { code: string; message: string }[];
}

let harness: Harness;
let profile: string;
let browser: ChildProcess | undefined;
const acknowledged = new Set<string>();
const failures: string[] = [];
let verified: Verified[] = [];
let onVerified: (() => void) | undefined;

test.beforeAll(async () => {
  profile = await mkdtemp(join(tmpdir(), 'homebody-crash-'));
  const pages: Record<string, string> = { '/': PAGE };
  harness = await startHarness({
    pages,
    onPost: (path, body) => {
      const data = JSON.parse(body);
      if (path === '/acknowledged') for (const id of data) acknowledged.add(id);
      if (path === '/failed') failures.push(data);
      if (path === '/verified') {
        verified.push(data);
        onVerified?.();
      }
    },
  });
  pages['/catalogue.json'] = JSON.stringify(
    Array.from({ length: 40 }, (_, n) => ({
      item_id: `p${n}`,
      item_name: `Product ${n}`,
      item_category: `Department ${n % 5}`,
      ...(n % 3 === 0 ? {} : { vector: harness.model.ship(`Product ${n}`) }),
    })),
  );
});

test.afterAll(async () => {
  await kill();
  await harness?.close();
  await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
});

/** Starts Chromium on the one profile, in a process group of its own, and opens the page. */
function launch(run: number): void {
  const args = [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--password-store=basic',
    `--user-data-dir=${profile}`,
    `${harness.origin}/?run=${run}`,
  ];
  browser = spawn(systemChromium() ?? chromium.executablePath(), args, { detached: true, stdio: 'ignore' });
}

/** SIGKILL to every process of the browser at once: nothing gets a chance to flush. */
async function kill(): Promise<void> {
  const child = browser;
  browser = undefined;
  if (!child?.pid || child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid, 'SIGKILL');
  await gone;
}

function nextVerified(): Promise<Verified> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the page did not come up: ${failures.join('; ')}`)), 20_000);
    onVerified = () => {
      clearTimeout(timer);
      resolve(verified.at(-1)!);
    };
  });
}

function check(found: Verified): void {
  expect(failures).toEqual([]);
  expect(found.storage).toBe('indexeddb');
  expect(found.live).toMatch(/^[0-9a-f]{64}$/);
  expect(found.live).toBe(found.replay);
  const there = new Set(found.ids);
  expect(there.size).toBe(found.events);
  expect([...acknowledged].filter((id) => !there.has(id))).toEqual([]);
}

test(`${KILLS} kills while events stream in: nothing acknowledged is lost, and the state is the replay`, async () => {
  test.setTimeout(120_000 + KILLS * 8_000);
  const random = seeded(20);
  let most = 0;
  for (let run = 0; run < KILLS; run += 1) {
    const up = nextVerified();
    up.catch(() => undefined);
    launch(run);
    // One in eight dies while it starts: the log is being read, or a checkpoint written.
    if (random() < 1 / 8) await sleep(200 + 500 * random());
    else {
      check(await up);
      await sleep(20 + 600 * random());
    }
    await kill();
    most = Math.max(most, acknowledged.size);
  }
  const up = nextVerified();
  launch(KILLS);
  const last = await up;
  check(last);
  await kill();
  // Chromium itself throws its database away now and then when killed in mid-write (src/store/mirror.ts).
  const damaged = verified.filter(({ diagnostics }) => diagnostics.some(({ code }) => code === 'storage-damaged'));
  console.log(
    `${KILLS} kills, ${verified.length} restarts checked, ${most} events acknowledged, ${last.events} there; ` +
      `${damaged.length} times the browser lost its database and the copy restored it`,
  );
  expect(most).toBeGreaterThan(KILLS);
  expect(verified.length).toBeGreaterThan(KILLS / 2);
  verified = [];
});

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
