// Runs `homebody prepare` with the words it is given and prints, as its last line, what it took of memory and time.
import { run } from '../src/cli';

const started = performance.now();
const status = await run(['prepare', ...process.argv.slice(2)], {
  out: () => {},
  err: (line) => console.error(line),
  signal: new AbortController().signal,
});
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6;
console.log(JSON.stringify({ status, seconds: (performance.now() - started) / 1000, cpuSeconds, maxRssKb: maxRSS }));
