// Measures every contender in one run, round by round in turn, so that a disturbance of the machine meets them all.
import { distance, drawInput, drawWeights, lcg } from '../../src/model/executors/golden';
import { type Message, median, type Report, type Row } from '../protocol';
import { type Contender, chooseBackend, ENTRIES } from './contenders';
import { REFERENCE_NAME } from './names';

const INPUT = 104;
const HIDDEN = 128;
const LENGTHS = [1, 50, 500];
/** A round repeats a run until the coarse clock of a worker (0.1 ms) is good for 1 %. */
const ROUND_MS = 10;
const ROUNDS = 21;
/** A contender's rounds at one length end after so many ms, but not before `LEAST_ROUNDS`. */
const BUDGET_MS = 4000;
const LEAST_ROUNDS = 5;

const post = (message: Message): void => self.postMessage(message);

async function timed(contender: Contender, input: ReturnType<typeof drawInput>, repeats: number): Promise<number> {
  await chooseBackend(contender.name);
  const start = performance.now();
  for (let k = 0; k < repeats; k += 1) await contender.run(input);
  return (performance.now() - start) / repeats;
}

async function main(): Promise<Report> {
  const uniform = lcg(1);
  const decayed = drawWeights(uniform, INPUT, HIDDEN, true);
  const { decay: _, ...weights } = decayed;
  const missing: Report['missing'] = {};
  const contenders: Contender[] = [];
  for (const entry of ENTRIES) {
    try {
      contenders.push(await entry.create(weights, decayed));
    } catch (error) {
      missing[entry.name] = String(error);
    }
  }
  const rows: Row[] = [];
  const total = LENGTHS.length * ROUNDS;
  for (const [index, steps] of LENGTHS.entries()) {
    const input = drawInput(uniform, INPUT, 1, steps);
    // The same work, or there is nothing to compare; this also warms everybody up.
    const answers = new Map<boolean, Float32Array>();
    const repeats = new Map<Contender, number>();
    for (const contender of contenders) {
      await chooseBackend(contender.name);
      const answer = (await contender.run(input)).slice();
      const first = answers.get(contender.decay);
      if (first && !(distance(first, answer) < 1e-3)) throw new Error(`${contender.name} computes something else`);
      answers.set(contender.decay, first ?? answer);
      for (let k = 0, begin = performance.now(); k < 200 && performance.now() - begin < 300; k += 1) {
        await contender.run(input);
      }
      const once = await timed(contender, input, 3);
      repeats.set(contender, Math.max(1, Math.ceil(ROUND_MS / Math.max(once, 0.001))));
    }
    const times = new Map(contenders.map((contender) => [contender, [] as number[]]));
    const spent = new Map<Contender, number>();
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const contender of contenders) {
        if (round >= LEAST_ROUNDS && (spent.get(contender) ?? 0) > BUDGET_MS) continue;
        const time = await timed(contender, input, repeats.get(contender)!);
        times.get(contender)!.push(time);
        spent.set(contender, (spent.get(contender) ?? 0) + time * repeats.get(contender)!);
      }
      post({ type: 'progress', done: index * ROUNDS + round + 1, total, label: `${steps} steps` });
    }
    for (const [{ name }, values] of times) {
      rows.push({ name, size: steps, median: median(values), least: Math.min(...values), rounds: values.length });
    }
  }
  const gpu = contenders.map((contender) => contender.end()).find((info) => info);
  return {
    title: `One LSTM (input ${INPUT}, hidden ${HIDDEN}), median time of a run`,
    unit: 'step',
    reference: REFERENCE_NAME,
    rows,
    missing,
    ...(gpu ? { gpu } : {}),
  };
}

main().then(
  (report) => post({ type: 'done', report }),
  (error: unknown) =>
    post({ type: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
);
