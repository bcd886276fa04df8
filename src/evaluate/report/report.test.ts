import { expect, test } from 'vitest';
import type { ResultRow } from '../tally';
import { barPlot, reportHtml, scatterPlot } from './index';
import { ticks } from './plots';

const row = (name: string, slice: string, ndcg: number): ResultRow => ({
  name,
  slice,
  'ndcg@10': ndcg,
  low: ndcg - 0.01,
  high: ndcg + 0.01,
  'hr@10': 0.5,
  'recall@10': 0.25,
  mrr: 0.125,
  coverage: 1234,
  'novelty@10': 9.5,
  'diversity@10': slice === 'all' ? 0.625 : Number.NaN,
  'gini@10': 0.75,
  baskets: 40,
  customers: 10,
  ...(name === 'rule' ? { settings: 'half-life 3 days' } : {}),
});

const content = {
  model: 'ours <b>',
  protocol: 'leave-one-out',
  prior: 'none',
  data: 'shop',
  candidates: 321,
  seed: 7,
  seconds: 61.2,
  rows: [row('ours <b>', 'all', 0.31), row('rule', 'all', 0.2), row('ours <b>', 'history 1–4', 0.1)],
  comparisons: [{ a: 'ours <b>', b: 'rule', slice: 'all', difference: 0.11, low: 0.05, high: 0.2, p: 0.001 }],
  about: [['command', 'homebody evaluate --data shop']] as [string, string][],
};

test('the page is self-contained and holds every figure; names are text, not markup', () => {
  const html = reportHtml(content);
  expect(html).not.toMatch(/<script|src=|href=|url\(|@import/);
  expect(html).not.toContain('ours <b>');
  for (const text of ['ours &lt;b&gt;', '0.3100', '0.3000–0.3200', '1,234', '+0.1100', '+0.0500 to +0.2000', '0.001']) {
    expect(html).toContain(text);
  }
  for (const text of ['half-life 3 days', 'homebody evaluate --data shop', 'history 1–4', '61 s', '40 rankings']) {
    expect(html).toContain(text);
  }
  expect(html).toContain('prefers-color-scheme:dark');
  // A figure that does not exist is an empty cell.
  expect(html).not.toContain('NaN');
});

test('bars are as long as their values, on an axis from 0 with round numbers', () => {
  const svg = barPlot('t', [
    { label: 'a', value: 0.4 },
    { label: 'b', value: 0.1, low: 0.05, high: 0.2 },
  ]);
  const widths = [...svg.matchAll(/class="other"[^>]* width="([\d.]+)"/g)].map((found) => Number(found[1]));
  expect(widths[0]! / widths[1]!).toBeCloseTo(4, 1);
  expect(ticks(0.42)).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5]);
  expect(ticks(7)).toEqual([0, 2, 4, 6, 8]);
  expect(ticks(0)).toEqual([0, 1]);
});

test('points lie in the order of their values', () => {
  const svg = scatterPlot('t', { x: 'x', y: 'y' }, [
    { label: 'a', x: 1, y: 5 },
    { label: 'b', x: 2, y: 4 },
  ]);
  const points = [...svg.matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)].map((found) => [Number(found[1]), Number(found[2])]);
  expect(points[0]![0]).toBeLessThan(points[1]![0]!);
  expect(points[0]![1]).toBeLessThan(points[1]![1]!);
});
