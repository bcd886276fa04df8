// npm run bench -- prepare [--rows 1e6,1e7] [--from csv|parquet] [--to csv|parquet] [--memory 2GB] [--threads 1]
// Makes synthetic logs with DuckDB, prepares each in a process of its own, and writes the peak of that process's
// memory, of the disk it used and its speed into bench/results/prepare.json. 100 million rows need some 40 GB of disk.
import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';

const here = fileURLToPath(new URL('.', import.meta.url));
const { values } = parseArgs({
  args: process.argv.slice(process.argv.indexOf('prepare') + 1),
  options: {
    rows: { type: 'string', default: '1e6,1e7' },
    from: { type: 'string', default: 'csv' },
    to: { type: 'string', default: 'parquet' },
    memory: { type: 'string', default: '2GB' },
    threads: { type: 'string', default: '1' },
    'min-events': { type: 'string', default: '5' },
    folder: { type: 'string', default: tmpdir() },
  },
});

/**
 * A log as a shop's collector writes it: in order of time, shoppers mixed, a few shoppers and items much busier than the
 * rest, one row in 1,000 bad, one in 200 sent twice, and one shopper in 100,000 a program.
 */
function source(rows: number): string {
  const users = Math.max(1000, Math.round(rows / 25));
  const items = Math.max(500, Math.min(1_000_000, Math.round(rows / 100)));
  return `SELECT CASE WHEN h % 2000 = 0 THEN NULL ELSE 'user-' || CAST(FLOOR(${users} * POW(a, 1.5)) AS BIGINT) END AS user_id,
    'sku-' || CAST(FLOOR(${items} * POW(b, 2.5)) AS BIGINT) AS item_id,
    CASE WHEN h % 2000 = 1 THEN 'mystery' WHEN h % 100 < 75 THEN 'view_item' WHEN h % 100 < 88 THEN 'add_to_cart'
      WHEN h % 100 < 92 THEN 'add_to_wishlist' ELSE 'purchase' END AS event,
    1700000000000 + CAST(n * ${31_536_000_000 / rows} AS BIGINT) AS timestamp, 1 + h % 3 AS quantity
  FROM (SELECT n, HASH(n) % 1000000 AS h, (HASH(n + 1000000007) % 16777216) / 16777216.0 AS a,
      (HASH(n * 31 + 7) % 16777216) / 16777216.0 AS b
    FROM (SELECT CASE WHEN i % 200 = 199 THEN i - 1 ELSE i END AS n FROM RANGE(${rows}) AS r(i)))`;
}

async function generate(path: string, rows: number): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '1GB' });
  const connection = await instance.connect();
  const format = values.from === 'parquet' ? 'FORMAT parquet' : 'FORMAT csv, HEADER';
  await connection.run(`COPY (${source(rows)}) TO '${path}' (${format})`);
  connection.closeSync();
  instance.closeSync();
}

function bytesOf(folder: string): number {
  let sum = 0;
  for (const name of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    // A file may go between the listing and the look.
    if (name.isFile()) sum += statSync(join(name.parentPath, name.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return sum;
}

interface Outcome {
  status: number;
  seconds: number;
  cpuSeconds: number;
  maxRssKb: number;
}

async function prepareInChild(words: string[], folder: string): Promise<Outcome & { diskBytes: number }> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(here, 'prepare-child.ts'), ...words], {
    cwd: join(here, '..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (text) => {
    out += text;
  });
  let diskBytes = 0;
  const timer = setInterval(() => {
    diskBytes = Math.max(diskBytes, bytesOf(folder));
  }, 1000);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  clearInterval(timer);
  if (status !== 0) throw new Error(`the child ended with status ${status}`);
  return { ...(JSON.parse(out.trim().split('\n').at(-1)!) as Outcome), diskBytes };
}

const results = join(here, 'results/prepare.json');
const known = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')).runs : [];
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: here, encoding: 'utf8' }).trim();
for (const rows of values.rows.split(',').map(Number)) {
  const folder = mkdtempSync(join(values.folder, 'homebody-prepare-'));
  try {
    const input = join(folder, `events.${values.from}`);
    console.log(`${rows.toLocaleString('en')} rows: generating ${values.from} …`);
    await generate(input, rows);
    const inputBytes = statSync(input).size;
    const least = values['min-events'];
    const flags = ['--to', values.to, '--memory', values.memory, '--threads', values.threads];
    const core = ['--min-user-events', least, '--min-item-events', least];
    const out = join(folder, 'out');
    const outcome = await prepareInChild(['--events', input, '--out', out, ...flags, ...core], folder);
    if (outcome.status !== 0) throw new Error(`prepare ended with status ${outcome.status}`);
    const report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
    const run = {
      ...{ rows, from: values.from, to: values.to, memory: values.memory, threads: Number(values.threads) },
      command: `npm run bench -- prepare --rows ${rows} --from ${values.from} ${flags.join(' ')} --min-events ${least}`,
      seconds: Math.round(outcome.seconds),
      cpuSeconds: Math.round(outcome.cpuSeconds),
      rowsPerSecond: Math.round(rows / outcome.seconds),
      peakRssMb: Math.round(outcome.maxRssKb / 1024),
      inputMb: Math.round(inputBytes / 2 ** 20),
      diskMb: Math.round((outcome.diskBytes - inputBytes) / 2 ** 20),
      kept: report.result.events,
      rejected: report.rejected.reduce((sum: number, loss: { rows: number }) => sum + loss.rows, 0),
      dropped: report.dropped,
      commit,
    };
    console.log(run);
    const others = known.filter((one: typeof run) => one.rows !== rows || one.from !== run.from || one.to !== run.to);
    known.splice(0, known.length, ...others, run);
    known.sort((a: typeof run, b: typeof run) => a.rows - b.rows);
    mkdirSync(join(here, 'results'), { recursive: true });
    const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version };
    writeFileSync(results, `${JSON.stringify({ machine, runs: known }, null, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
