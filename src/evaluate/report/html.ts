import type { Comparison } from '../compare';
import type { ResultRow } from '../tally';
import { barPlot, escapeText, PLOT_STYLE, scatterPlot } from './plots';

/** What a report for people tells. */
export interface ReportContent {
  model: string;
  protocol: string;
  prior: string;
  data: string;
  /** Items ranked. */
  candidates: number;
  seed: number;
  seconds: number;
  rows: readonly ResultRow[];
  comparisons: readonly Comparison[];
  /** Lines of what is needed to get the figures again. */
  about: readonly [name: string, value: string][];
}

/** Slices that have a section of their own; the others are groups of customers or of items. */
const MAIN = ['all', 'new', 'clicks', 'purchases'];

/** One self-contained HTML document: no script, no file beside it; readable on light and dark screens. */
export function reportHtml(content: ReportContent): string {
  const { model, protocol, data, rows } = content;
  const slices = [...new Set(rows.map(({ slice }) => slice))];
  const main = slices.filter((slice) => MAIN.includes(slice));
  const title = `${model === 'none' ? 'Rules' : model} on ${data}: ${protocol}`;
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>${escapeText(title)}</title><style>${STYLE}${PLOT_STYLE}</style>`,
    `<main><h1>${escapeText(title)}</h1>`,
    `<p>${escapeText(lead(content))}</p>`,
    ...main.map((slice) => mainSection(content, slice)),
    groupSection(
      content,
      slices.filter((slice) => !MAIN.includes(slice)),
    ),
    comparisonSection(content),
    settingsSection(rows),
    aboutSection(content),
    '</main></html>\n',
  ].join('\n');
}

function lead({ rows, candidates, model, prior }: ReportContent): string {
  const first = rows[0]!;
  const customers = Math.max(...rows.map((row) => row.customers));
  const judged = `${first.baskets.toLocaleString('en')} rankings of ${customers.toLocaleString('en')} customers`;
  const list =
    first.gauc === undefined ? `${candidates.toLocaleString('en')} items ranked each time` : 'lists as shown';
  const given = prior === 'none' ? 'no prior of the server' : `${prior} as the server’s prior`;
  return `${judged}; ${list}; ${model === 'none' ? 'rules only' : given}. Intervals are 95 %, customers resampled.`;
}

function mainSection({ rows, model }: ReportContent, slice: string): string {
  const mine = rows.filter((row) => row.slice === slice);
  const sorted = mine.toSorted((a, b) => b['ndcg@10'] - a['ndcg@10']);
  const bars = sorted.map((row) => ({
    label: row.name,
    value: row['ndcg@10'],
    low: row.low,
    high: row.high,
    isOurs: row.name === model,
  }));
  const points = mine
    .filter((row) => Number.isFinite(row['diversity@10']))
    .map((row) => ({ label: row.name, x: row['diversity@10'], y: row['ndcg@10'], isOurs: row.name === model }));
  const axes = { x: 'intra-list distance of the first ten', y: 'NDCG@10' };
  return [
    `<section><h2>${escapeText(heading(slice))}</h2><h3>NDCG@10</h3>`,
    barPlot(`NDCG@10, ${slice}`, bars),
    table(sorted, model),
    points.length > 1
      ? `<h3>Accuracy and diversity</h3>${scatterPlot(`Accuracy and diversity, ${slice}`, axes, points)}`
      : '',
    '</section>',
  ].join('\n');
}

function heading(slice: string): string {
  if (slice === 'all') return 'All items';
  if (slice === 'new') return 'Items new to the customer';
  return slice === 'clicks' ? 'Lists with a click' : 'Lists with a purchase';
}

const COLUMNS: [title: string, hint: string, cell: (row: ResultRow) => string][] = [
  ['NDCG@10', 'binary, ideal cut at 10', (row) => row['ndcg@10'].toFixed(4)],
  ['95 %', 'bootstrap, customers resampled', (row) => `${row.low.toFixed(4)}–${row.high.toFixed(4)}`],
  ['HR@10', 'rankings with a hit', (row) => row['hr@10'].toFixed(4)],
  ['Recall@10', 'relevant items found', (row) => row['recall@10'].toFixed(4)],
  ['MRR', '1 / rank of the first relevant item', (row) => row.mrr.toFixed(4)],
  ['GAUC', 'lists weighted by their length', (row) => row.gauc?.toFixed(4) ?? ''],
  ['Coverage', 'distinct items recommended', (row) => row.coverage.toLocaleString('en')],
  ['Novelty', 'mean self-information, bits', (row) => row['novelty@10'].toFixed(2)],
  ['Distance', 'within a list, 1 − mean cosine of text', (row) => number(row['diversity@10'])],
  ['Gini', 'of how often items are recommended', (row) => number(row['gini@10'])],
];

const number = (value: number): string => (Number.isFinite(value) ? value.toFixed(3) : '');

function table(rows: readonly ResultRow[], model: string): string {
  const columns = COLUMNS.filter(([, , cell]) => rows.some((row) => cell(row) !== ''));
  const head = columns.map(([title, hint]) => `<th title="${escapeText(hint)}">${escapeText(title)}</th>`).join('');
  const body = rows.map(
    (row) =>
      `<tr${row.name === model ? ' class="ours"' : ''}><th>${escapeText(row.name)}</th>` +
      `${columns.map(([, , cell]) => `<td>${cell(row)}</td>`).join('')}</tr>`,
  );
  return `<div class="wide"><table><thead><tr><th></th>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`;
}

function groupSection({ rows, model }: ReportContent, slices: readonly string[]): string {
  if (slices.length === 0) return '';
  const names = [...new Set(rows.map(({ name }) => name))];
  const ordered = slices.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const head = names.map((name) => `<th>${escapeText(name)}</th>`).join('');
  const body = ordered.map((slice) => {
    const cells = names.map((name) => rows.find((row) => row.slice === slice && row.name === name));
    const best = Math.max(...cells.map((row) => row?.['ndcg@10'] ?? 0));
    const text = cells.map((row) => {
      if (!row) return '<td></td>';
      return `<td${row['ndcg@10'] === best ? ' class="best"' : ''}>${row['ndcg@10'].toFixed(4)}</td>`;
    });
    return `<tr><th>${escapeText(slice)}</th><td>${cells.find(Boolean)?.baskets ?? ''}</td>${text.join('')}</tr>`;
  });
  const first = names.includes(model) ? model : names[0]!;
  const bars = ordered.map((slice) => {
    const row = rows.find((one) => one.slice === slice && one.name === first);
    return {
      label: slice,
      value: row?.['ndcg@10'] ?? 0,
      low: row?.low ?? 0,
      high: row?.high ?? 0,
      isOurs: first === model,
    };
  });
  return [
    '<section><h2>Customers and items apart</h2>',
    '<p>By the customer’s known events, by the item’s events in training, and by the item’s popularity: head is the fifth of',
    'the items with most events, middle the next three tenths, tail the rest. NDCG@10, the best of a row in bold.</p>',
    `<h3>${escapeText(first)}</h3>${barPlot(`NDCG@10 of ${first} by group`, bars)}`,
    `<div class="wide"><table><thead><tr><th></th><th>rankings</th>${head}</tr></thead>`,
    `<tbody>${body.join('\n')}</tbody></table></div></section>`,
  ].join('\n');
}

function comparisonSection({ comparisons, model }: ReportContent): string {
  if (comparisons.length === 0) return '';
  const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;
  const body = comparisons
    .filter(({ slice }) => MAIN.includes(slice))
    .map(
      ({ b, slice, difference, low, high, p }) =>
        `<tr><th>${escapeText(b)}</th><td class="text">${escapeText(slice)}</td><td class="${low > 0 ? 'up' : high < 0 ? 'down' : ''}">` +
        `${signed(difference)}</td><td>${signed(low)} to ${signed(high)}</td><td>${p.toFixed(3)}</td></tr>`,
    );
  return [
    `<section><h2>${escapeText(model)} against each rule</h2>`,
    '<p>Difference in NDCG@10 on the same rankings, customers paired: bootstrap interval, and p of a two-sided sign-flip',
    'permutation.</p>',
    '<div class="wide"><table><thead><tr><th></th><th class="text">slice</th><th>difference</th><th>95 %</th><th>p</th></tr></thead>',
    `<tbody>${body.join('\n')}</tbody></table></div></section>`,
  ].join('\n');
}

function settingsSection(rows: readonly ResultRow[]): string {
  const settings = new Map(rows.flatMap(({ name, settings }) => (settings ? [[name, settings] as const] : [])));
  if (settings.size === 0) return '';
  const lines = [...settings].map(([name, words]) => `<dt>${escapeText(name)}</dt><dd>${escapeText(words)}</dd>`);
  return `<section><h2>What was chosen</h2><dl>${lines.join('\n')}</dl></section>`;
}

function aboutSection({ about, seed, seconds }: ReportContent): string {
  const all: [string, string][] = [...about, ['seed', String(seed)], ['time', `${seconds.toFixed(0)} s`]];
  const lines = all.map(([name, value]) => `<dt>${escapeText(name)}</dt><dd>${escapeText(value)}</dd>`);
  return `<section><h2>To get it again</h2><dl>${lines.join('\n')}</dl></section>`;
}

const STYLE = `
:root{color-scheme:light dark;--text:#1c2421;--faint:#5d6963;--line:#dde3e0;--page:#fff;--soft:#f1f5f3;--ours:#1f7a63;--other:#a9b4af;--up:#1f7a63;--down:#b3412e}
@media (prefers-color-scheme:dark){:root{--text:#e6ebe8;--faint:#9aa69f;--line:#36403b;--page:#151a18;--soft:#1e2522;--ours:#4cbf9f;--other:#5f6c66;--up:#5fd0ae;--down:#ee8571}}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,sans-serif}
main{max-width:960px;margin:0 auto;padding:24px 20px 60px}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 8px}h2{font-size:1.15rem;margin:36px 0 6px;border-top:1px solid var(--line);padding-top:18px}
h3{font-size:.95rem;margin:18px 0 4px;color:var(--faint);font-weight:600}p{margin:4px 0 12px;max-width:75ch}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums;margin:10px 0}
th,td{padding:5px 8px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
tbody th,td.text,th.text{text-align:left;font-weight:400}thead th{color:var(--faint);font-weight:600}
tr.ours{background:var(--soft)}tr.ours th,td.best{font-weight:700}.up{color:var(--up)}.down{color:var(--down)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px;font-size:13px;margin:8px 0}dt{color:var(--faint)}dd{margin:0;overflow-wrap:anywhere}
@media (max-width:600px){dl{grid-template-columns:1fr}dd{margin-bottom:6px}}`;
