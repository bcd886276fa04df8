// npm run bench -- match --data FOLDER --config FILE [--text FILE] [--users N] [--epochs 3]
// The first epochs of a config of examples/pytorch by `homebody train` and by PyTorch: from the same weights, over the same
// updates with the same items in the softmax and the same dropout, one thread each. Both curves are scored by the trainer's
// validation, PyTorch's by its own too, which must agree. Ends with status 1 where the curves are more than .003 apart, and
// keeps the last run on each log in bench/results/match.json. Needs python3 (or PYTHON) with torch, numpy and safetensors.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { commit, machine } from '../src/cli/evaluate/setting';
import { readFolder } from '../src/data';
import { readSafetensors, type StoredTensor, writeSafetensors } from '../src/model';
import { openTraining, type PlannedUpdate } from '../src/train';
import { readWeights, writeWeights } from './match/exchange';
import { type ReferenceConfig, settingsOf } from './match/settings';

const MOST_APART = 0.003;
/** Between the two validations of the same weights: scores in float32, one by tfjs and one by PyTorch. */
const SAME_SCORE = 5e-4;
const RECORD = fileURLToPath(new URL('results/match.json', import.meta.url));
const python = process.env.PYTHON ?? 'python3';

interface TorchRow {
  epoch: number;
  loss: number;
  seconds: number;
  events: number;
  'ndcg@10': number;
  'hr@10': number;
  users: number;
  version: string;
}

const { values } = parseArgs({
  args: process.argv.slice(process.argv.indexOf('match') + 1),
  options: {
    data: { type: 'string' },
    config: { type: 'string' },
    text: { type: 'string' },
    users: { type: 'string' },
    epochs: { type: 'string', default: '3' },
  },
});
const { data, config: configFile, text } = values;
if (!data || !configFile)
  throw new Error('npm run bench -- match --data <folder> --config <examples/pytorch/configs/…>');
if (spawnSync(python, ['-c', 'import torch, numpy, safetensors']).status !== 0) {
  throw new Error(`There is nothing to match: ${python} has no torch, numpy and safetensors (PYTHON names another).`);
}

function bufferOf(file: string): ArrayBuffer {
  const bytes = readFileSync(file);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
}

/** Reads what embed.ts wrote: raw embeddings by item. */
function readTexts(file: string): (ids: readonly string[]) => Float32Array[] {
  const raw = readSafetensors(bufferOf(file)).get('raw')!;
  const { ids } = JSON.parse(readFileSync(file.replace(/safetensors$/, 'json'), 'utf8')) as { ids: string[] };
  const rowOf = new Map(ids.map((id, row) => [id, row]));
  const E = raw.shape[1]!;
  return (wanted) =>
    wanted.map((id) => {
      const row = rowOf.get(id)!;
      return (raw.data as Float32Array).slice(row * E, (row + 1) * E);
    });
}

function writePlan(file: string, updates: readonly PlannedUpdate[]): void {
  const integers = (shape: number[], list: number[]): StoredTensor => ({
    dtype: 'I32',
    shape,
    data: Int32Array.from(list),
  });
  const windows = updates.flatMap((update) => update.windows);
  const size = updates[0]!.sample?.length;
  const tensors = new Map([
    ['windows', integers([windows.length, 3], windows.flat())],
    [
      'counts',
      integers(
        [updates.length],
        updates.map((update) => update.windows.length),
      ),
    ],
    [
      'seeds',
      integers(
        [updates.length],
        updates.map(({ seed }) => seed | 0),
      ),
    ],
  ]);
  if (size)
    tensors.set(
      'samples',
      integers(
        [updates.length, size],
        updates.flatMap(({ sample }) => [...sample!]),
      ),
    );
  writeFileSync(file, new Uint8Array(writeSafetensors(tensors)));
}

/** Runs the other side to its end; one row an epoch. */
async function runReference(folder: string, onEpoch: (row: TorchRow) => Promise<void>): Promise<void> {
  const script = fileURLToPath(new URL('match/reference.py', import.meta.url));
  const child = spawn(python, [script, folder, data!], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  for await (const line of createInterface({ input: child.stdout })) await onEpoch(JSON.parse(line) as TorchRow);
  if ((await ended) !== 0) throw new Error('The PyTorch side failed.');
}

// Asked now: a working tree changes while training runs.
const made = await commit();
const config = JSON.parse(readFileSync(configFile, 'utf8')) as ReferenceConfig;
const epochs = Number(values.epochs);
const embedderId = config.manifest.embedder.id;
const training = await openTraining(await readFolder(data), settingsOf(config, epochs), {
  protocol: 'leave-one-out',
  embedder: fileURLToPath(new URL(`../public/models/${embedderId}`, import.meta.url)),
  embedderId,
  seed: config.training.seed,
  ...(text ? { embed: readTexts(text) } : {}),
  ...(values.users ? { sampleUsers: Number(values.users) } : {}),
});
const kinds = config.manifest.eventTypes.map((name) => training.manifest.eventTypes.indexOf(name));
const folder = mkdtempSync(join(tmpdir(), 'homebody-bench-'));
const bar = new SingleBar({ format: '{bar} {percentage}% {label}', hideCursor: true, noTTYOutput: false });
try {
  const { manifest, weights, e, ids, users, validation, shard } = training;
  const start = weights.map(([name, list]): [string, Float32Array] => [name, list.slice()]);
  writeWeights(join(folder, 'start.safetensors'), manifest, start, e, kinds);
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, shard }));
  writeFileSync(join(folder, 'names.json'), JSON.stringify({ items: ids, users, validation }));
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    writePlan(join(folder, `plan-${epoch}.safetensors`), training.updates(epoch));
  }
  const say = (who: string, row: object) => console.log(`${who.padEnd(9)}${JSON.stringify(row)}`);
  const theirs: (TorchRow & { here: number })[] = [];
  await runReference(folder, async (row) => {
    const stored = readWeights(join(folder, `epoch-${row.epoch}.safetensors`), start, kinds);
    const { 'ndcg@10': here, users: judged } = await training.validate(stored);
    if (judged !== row.users || Math.abs(here - row['ndcg@10']) > SAME_SCORE) {
      throw new Error(`The same weights score ${here} here and ${row['ndcg@10']} in PyTorch (epoch ${row.epoch}).`);
    }
    theirs.push({ ...row, here });
    say('PyTorch', theirs.at(-1)!);
  });
  bar.start(epochs, 0, { label: 'homebody' });
  const cpu = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  const ours = await training.run({
    now: cpu,
    onUpdate: (epoch, done, total, loss) =>
      bar.update(epoch + done / total, { label: `homebody, loss ${loss.toFixed(4)}` }),
    onEpoch: (record) => say('homebody', record),
  });
  bar.stop();
  const digits = (value: number) => Number(value.toFixed(6));
  const rows = ours.map(({ epoch, loss, validation: own, eventsPerSecond }, i) => {
    const other = theirs[i]!;
    return {
      epoch,
      loss: { ours: digits(loss), torch: digits(other.loss) },
      'ndcg@10': { ours: digits(own['ndcg@10']), torch: digits(other.here), torchByItself: digits(other['ndcg@10']) },
      'hr@10': { ours: digits(own['hr@10']), torch: digits(other['hr@10']) },
      apart: digits(Math.abs(own['ndcg@10'] - other.here)),
      eventsPerSecond: { ours: Math.round(eventsPerSecond), torch: Math.round(other.events / other.seconds) },
    };
  });
  const command = ['npm run bench -- match', `--data ${basename(data)}`, `--config ${basename(configFile)}`];
  if (text) command.push('--text <embed.ts>');
  if (values.users) command.push(`--users ${values.users}`);
  const report = {
    data: basename(data),
    users: users.length,
    validationUsers: validation.length,
    items: ids.length,
    updates: training.updates(0).length,
    command: command.join(' '),
    commit: made,
    machine: `${machine()}, PyTorch ${theirs[0]!.version}`,
    load: Number(loadavg()[0]!.toFixed(1)),
    most: Math.max(...rows.map(({ apart }) => apart)),
    rows,
  };
  const known = existsSync(RECORD) ? (JSON.parse(readFileSync(RECORD, 'utf8')) as { data: string }[]) : [];
  const all = [...known.filter((one) => one.data !== report.data), report];
  writeFileSync(RECORD, `${JSON.stringify(all, null, 2)}\n`);
  console.log(`${report.data}: at most ${report.most} apart; wrote bench/results/match.json`);
  if (report.most > MOST_APART) process.exitCode = 1;
} finally {
  bar.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit();
