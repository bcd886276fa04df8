import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type DataFolder, readFolder } from '../data';
import { EVENT_NAMES } from '../domain';
import { run } from './index';

vi.setConfig({ testTimeout: 120_000 });
const repository = fileURLToPath(new URL('../..', import.meta.url));
const sample = join(repository, 'test/fixtures/online-retail');
const embedder = join(repository, 'public/models/potion-base-2M');
let work: string;
let direct: DataFolder;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'homebody-cli-prepare-'));
  direct = await readFolder(sample);
});
afterAll(() => rm(work, { recursive: true }));

async function homebody(...argv: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const io = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
  const status = await run(argv, { ...io, signal: new AbortController().signal });
  return { status, out: out.join('\n'), err: err.join('\n') };
}

/** The fixture as the shop's own export: other names and times, cancellations as negative lines, two files. */
async function writeRaw(): Promise<void> {
  const { events, items } = direct;
  const pad = (n: number): string => String(n).padStart(2, '0');
  const lines: string[] = [];
  for (const [user, id] of events.users.entries()) {
    for (let row = events.offsets[user]!; row < events.offsets[user + 1]!; row++) {
      const at = new Date(events.time[row]! * 1000);
      const day = `${pad(at.getUTCDate())}/${pad(at.getUTCMonth() + 1)}/${at.getUTCFullYear()}`;
      const time = `${day} ${pad(at.getUTCHours())}:${pad(at.getUTCMinutes())}`;
      lines.push(`${items.ids[events.item[row]!]};${events.value[row]};${time};${id};United Kingdom`);
    }
  }
  const header = 'StockCode;Quantity;InvoiceDate;CustomerID;Country\n';
  const half = lines.length >> 1;
  await writeFile(join(work, 'raw-1.csv'), `${header}${lines.slice(0, half).join('\n')}\n`);
  await writeFile(join(work, 'raw-2.csv.gz'), gzipSync(`${header}${lines.slice(half).join('\r\n')}\r\n`));
  const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const catalogue = items.ids.map((id, row) => {
    const price = Number.isNaN(items.prices[row]!) ? 'NaN' : items.prices[row];
    return `${quote(items.titles[row]!)},${items.isProduct[row] ? 'product' : 'service'},${price},${id}`;
  });
  await writeFile(join(work, 'catalogue.csv'), `Description,kind,UnitPrice,StockCode\n${catalogue.join('\n')}\n`);
}

/** What must not change on the way, in plain values. */
const essence = ({ events, items }: DataFolder) => ({
  users: events.users,
  offsets: [...events.offsets],
  rows: [...events.item].map((item, row) =>
    [items.ids[item], EVENT_NAMES[events.kind[row]!], events.time[row], events.value[row]].join(' '),
  ),
  items: items.ids.map((id, row) => [id, items.titles[row], items.prices[row], items.isProduct[row]].join(' ')),
});

test('a shop’s raw export, prepared, is judged as the log it came from', async () => {
  await writeRaw();
  const out = join(work, 'prepared');
  const args = [
    '--events',
    join(work, 'raw-*'),
    '--items',
    join(work, 'catalogue.csv'),
    '--out',
    out,
    '--threads',
    '1',
  ];
  const told = ['--event', 'purchase', '--time-format', '%d/%m/%Y %H:%M', '--item-columns', 'category=kind'];
  const made = await homebody('prepare', ...args, ...told, '--duplicates', 'keep', '--json');
  expect([made.status, made.err]).toEqual([0, '']);
  const report = JSON.parse(made.out);
  expect([report.rows, report.result.events]).toEqual([direct.events.item.length, direct.events.item.length]);
  expect(essence(await readFolder(out))).toEqual(essence(direct));

  const judge = ['--embedder', embedder, '--baselines', '--sample-users', '5', '--seed', '3', '--json'];
  const [before, after] = [
    await homebody('evaluate', '--data', sample, ...judge),
    await homebody('evaluate', '--data', out, ...judge),
  ];
  expect([before.status, after.status]).toEqual([0, 0]);
  expect(JSON.parse(after.out).rows).toEqual(JSON.parse(before.out).rows);
});

test('flags go over the file of --config; the report is a table, the rest is said on standard error', async () => {
  const log = join(work, 'log.csv');
  await writeFile(log, 'who,what,did\nu,A,looked\nu,A,bought\nu,B,danced\n');
  const config = join(work, 'prepare.json');
  const out = join(work, 'small');
  const columns = { user_id: 'who', item_id: 'what', event: 'did' };
  await writeFile(
    config,
    JSON.stringify({ events: 'nowhere.csv', out, columns, eventNames: { looked: 'view_item', bought: 'purchase' } }),
  );
  const made = await homebody('prepare', '--config', config, '--event-names', 'danced=ignore', log);
  expect(made.status).toBe(0);
  expect(made.out).toMatch(
    /^rows\s+what\s+note\n\s*3\s+read\s+1 file\n\s*1\s+left out: events that tell of no item\n\s*2\s+kept\s+1 user, 1 item, 0 sessions/,
  );
  expect(made.err).toContain('1 user has rows without time');
  expect(await readFile(join(out, 'report.md'), 'utf8')).toContain('| looked | view_item | 1 |');
});

test.each([
  [[], '--events is missing'],
  [['--events', 'x.csv'], '--out is missing'],
  [['--events', 'x.csv', '--out', 'o', '--columns', 'user_id'], '--columns is a list of name=name'],
  [['--events', 'x.csv', '--out', 'o', '--columns', 'shoe=size'], 'columns.shoe'],
  [['--events', 'x.csv', '--out', 'o', '--memory', 'much'], 'memory: such as 2GB'],
  [['--config', 'no-such.json'], 'cannot be read as JSON'],
])('%j is refused with status 2 and says why', async (argv, why) => {
  const { status, err } = await homebody('prepare', ...argv);
  expect(status).toBe(2);
  expect(err).toContain(why);
});
