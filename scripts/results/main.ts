/**
 * `npm run results`: makes docs/results.md and its plots from bench/results/ranking.json, which
 * `homebody evaluate --record bench/results/ranking.json` fills, and from match.json and ablation.json of `npm run bench`.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { barPlot, PLOT_STYLE, readRecord } from '../../src/evaluate';
import {
  diversityTable,
  entriesOf,
  type Group,
  groupHead,
  groupNotes,
  groupsOf,
  groupTable,
  mainMetric,
  slicesOf,
} from './page';
import { type Ablation, ablationSection, type Match, matchSection } from './training';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const PLOTS = 'docs/results';

const COLOURS = `
svg{--text:#1c2421;--faint:#5d6963;--line:#dde3e0;--ours:#1f7a63;--other:#a9b4af}
@media (prefers-color-scheme:dark){svg{--text:#e6ebe8;--faint:#9aa69f;--line:#36403b;--ours:#4cbf9f;--other:#5f6c66}}`;

/** A plot that is a file: with its colours in it. */
function plotFile(group: Group, slice: string): string {
  const metric = mainMetric(group.rows);
  const bars = entriesOf(group).flatMap(({ name, whom, row, figures }) => {
    const figure = figures.get(`${slice}/${metric}`);
    if (!figure || / diversity [\d.]+/.test(name)) return [];
    const { value, low, high } = figure;
    return [
      {
        label: `${name}${whom}`,
        value,
        ...(low === null || high === null ? {} : { low, high }),
        isOurs: row.trainer !== 'none',
      },
    ];
  });
  const sorted = bars.toSorted((a, b) => b.value - a.value);
  const svg = barPlot(`${metric} on ${group.key}, ${slice}`, sorted);
  return `${svg.replace('</title>', `</title><style>${COLOURS}${PLOT_STYLE}</style>`)}\n`;
}

const rows = await readRecord(at('bench/results/ranking.json'));
await mkdir(at(PLOTS), { recursive: true });
for (const name of await readdir(at(PLOTS))) if (name.endsWith('.svg')) await rm(at(`${PLOTS}/${name}`));

const parts = [
  '# Results',
  '',
  '<!-- Made by `npm run results` from bench/results/ranking.json: do not edit. -->',
  '',
  'Every figure is scored by `homebody evaluate` through the code that serves in the browser, all items ranked (never a sample',
  'of negatives), and was written by the command that stands under its table. Intervals are 95 % bootstrap intervals that draw',
  'whole customers. Rules have the constants that were best on validation; **bold** rows are models. `diversity@10` is the',
  'intra-list distance (1 − mean cosine of the text), `novelty@10` the mean self-information in bits, `coverage` the distinct',
  'items in any of the first tens. **+ prior**: the candidates carry their popularity of the last 30 days, as a server would send it; **+ trending**:',
  'the same, each purchase fading with a half-life of 4 days.',
];
for (const group of groupsOf(rows)) {
  if (slicesOf(group.rows).length === 0) continue;
  parts.push('', groupHead(group), '');
  for (const slice of slicesOf(group.rows)) {
    const file = `${group.key}-${slice}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');
    await writeFile(at(`${PLOTS}/${file}.svg`), plotFile(group, slice));
    parts.push(`![${mainMetric(group.rows)} on ${group.key}, slice ${slice}](results/${file}.svg)`, '');
  }
  parts.push(groupTable(group), '');
  const diversity = diversityTable(group);
  if (diversity) parts.push('### The diversity switch', '', diversity, '');
  parts.push('<details><summary>What was chosen, and the commands</summary>', '', groupNotes(group), '', '</details>');
}
/** What a bench left in bench/results; nothing where it has not run. */
async function benchRows<T>(name: string): Promise<T[]> {
  const text = await readFile(at(`bench/results/${name}.json`), 'utf8').catch(() => '[]');
  return JSON.parse(text) as T[];
}
parts.push(...matchSection(await benchRows<Match>('match')), ...ablationSection(await benchRows<Ablation>('ablation')));
await writeFile(at('docs/results.md'), `${parts.join('\n')}\n`);
console.log(`docs/results.md: ${rows.length} figures`);
