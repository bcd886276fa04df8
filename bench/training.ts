// npm run bench -- training: updates of the next-item trainer on one thread beside those of examples/pytorch, round by
// round in turn in one run, on the same batch from the same weights with the same softmax. Writes
// bench/results/training.json. Needs python3 with torch and safetensors (or PYTHON).
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { SingleBar } from 'cli-progress';
import { seededRandom } from '../src/evaluate';
import { floatTensor, type StoredTensor, writeSafetensors } from '../src/model';
import { createUpdater, type Updater } from '../src/train';
import { median } from './protocol';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Sizes of MovieLens-1M's model in examples/pytorch/configs; `negatives` 0: the softmax over all items. */
const SHAPES = [
  { name: 'full softmax', items: 3416, hidden: 192, item: 128, windows: 64, steps: 100, negatives: 0 },
  { name: '800 negatives', items: 3416, hidden: 192, item: 128, windows: 64, steps: 100, negatives: 800 },
];
const ROUNDS = 5;
const RATE = 0.003;

interface Answer {
  loss: number;
  /** Wall clock, and time on a processor: beside other work the second is steadier. */
  seconds: number;
  cpu: number;
}

/** The PyTorch process: one line in, one answer out. */
class Reference {
  readonly #child;
  readonly #lines: AsyncIterator<string>;
  constructor(folder: string) {
    const python = process.env.PYTHON ?? 'python3';
    this.#child = spawn(python, [join(here, 'training/reference.py'), folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, OMP_NUM_THREADS: '1' },
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }
  async read<T>(): Promise<T> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('The PyTorch side ended: it needs python3 with torch, numpy and safetensors.');
    return JSON.parse(value) as T;
  }
  update(): Promise<Answer> {
    this.#child.stdin.write('go\n');
    return this.read();
  }
  close(): void {
    this.#child.stdin.end();
  }
}

/** Writes batch and weights as the reference reads them. */
function writeInput(folder: string, updater: Updater, shape: (typeof SHAPES)[number]): void {
  const { manifest, batch, weights, e, chosen } = updater;
  const { sizes } = manifest;
  const integers = (values: Int32Array, dims: number[]): StoredTensor => ({ dtype: 'I32', shape: dims, data: values });
  const dims = [shape.windows, shape.steps];
  const tensors = new Map<string, StoredTensor>([
    ['item', integers(batch.items, dims)],
    ['target', integers(batch.targets, dims)],
    ['context', floatTensor([...dims, 18], batch.context)],
    ['chosen', integers(chosen, [chosen.length])],
  ]);
  writeFileSync(join(folder, 'batch.safetensors'), new Uint8Array(writeSafetensors(tensors)));
  const { embedding: E, item: D, hidden: H, type, input: I } = sizes;
  const n = shape.items;
  const shapes: Record<string, [string, number[]]> = {
    'item.weight': ['item.weight', [D, E]],
    'item.bias': ['item.bias', [D]],
    residual: ['residual', [n, D]],
    bias: ['bias', [n]],
    'lstm.weight_ih_l0': ['lstm.weight_ih_l0', [4 * H, I]],
    'lstm.weight_hh_l0': ['lstm.weight_hh_l0', [4 * H, H]],
    'lstm.bias_ih_l0': ['lstm.bias_ih_l0', [4 * H]],
    'lstm.bias_hh_l0': ['lstm.bias_hh_l0', [4 * H]],
    'short.weight': ['short.weight', [D, H]],
    'long.weight': ['long.weight', [D, H]],
    'gate.weight': ['gate.weight', [2, H]],
    'gate.bias': ['gate.bias', [2]],
    'kinds.weight': ['type.weight', [manifest.eventTypes.length, type]],
    alpha: ['fusion.alpha', [1]],
  };
  const stored = new Map<string, StoredTensor>([['e', floatTensor([n, E], e)]]);
  for (const [name, [own, size]] of Object.entries(shapes)) stored.set(name, floatTensor(size, weights.get(own)));
  writeFileSync(join(folder, 'weights.safetensors'), new Uint8Array(writeSafetensors(stored)));
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ manifest, rate: RATE }));
}

const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;
const rows: object[] = [];
let torch = '';
const bar = new SingleBar({ format: '{bar} {percentage}% {label}', hideCursor: true });
bar.start(SHAPES.length * (ROUNDS + 1), 0, { label: 'starting' });
for (const [s, shape] of SHAPES.entries()) {
  const folder = mkdtempSync(join(tmpdir(), 'homebody-bench-'));
  try {
    const updater = await createUpdater({ ...shape, rate: RATE, random: seededRandom(1) });
    writeInput(folder, updater, shape);
    const reference = new Reference(folder);
    torch = (await reference.read<{ version: string }>()).version;
    const times = { ours: [] as number[], torch: [] as number[] };
    const cpu = { ours: [] as number[], torch: [] as number[] };
    const losses: { ours: number; torch: number }[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const before = process.cpuUsage();
      const began = performance.now();
      const loss = await updater.update();
      const seconds = (performance.now() - began) / 1000;
      const { user, system } = process.cpuUsage(before);
      const theirs = await reference.update();
      losses.push({ ours: loss, torch: theirs.loss });
      if (Math.abs(loss - theirs.loss) > 2e-3) {
        throw new Error(`Update ${round}: the loss is ${loss} here and ${theirs.loss} in PyTorch: not the same work.`);
      }
      // The first round warms both up.
      if (round > 0) {
        times.ours.push(seconds);
        times.torch.push(theirs.seconds);
        cpu.ours.push((user + system) / 1e6);
        cpu.torch.push(theirs.cpu);
      }
      bar.update(s * (ROUNDS + 1) + round + 1, { label: shape.name });
    }
    reference.close();
    const events = shape.windows * shape.steps;
    const ratio = ({ ours, torch }: typeof times) =>
      Number(median(ours.map((seconds, i) => seconds / torch[i]!)).toFixed(2));
    rows.push({
      ...shape,
      eventsPerSecond: {
        ours: Math.round(events / median(times.ours)),
        torch: Math.round(events / median(times.torch)),
      },
      ratio: ratio(times),
      cpuRatio: ratio(cpu),
      rounds: losses.slice(1).map((loss, i) => ({
        seconds: { ours: rounded(times.ours[i]!), torch: rounded(times.torch[i]!) },
        cpu: { ours: rounded(cpu.ours[i]!), torch: rounded(cpu.torch[i]!) },
        loss: { ours: rounded(loss.ours), torch: rounded(loss.torch) },
      })),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
bar.stop();
const report = {
  title: 'Next-item training on one thread, an update of 64 windows of 100 events',
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  load: Number(loadavg()[0]!.toFixed(1)),
  node: process.version,
  torch,
  rows,
};
writeFileSync(join(here, 'results/training.json'), `${JSON.stringify(report, null, 2)}\n`);
console.log(JSON.stringify(rows, ['name', 'eventsPerSecond', 'ours', 'torch', 'ratio', 'cpuRatio'], 2));
console.log('wrote bench/results/training.json');
process.exit();
