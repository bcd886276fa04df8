import { expect, test } from 'vitest';
import type { RecordRow } from '../../src/evaluate';
import { diversityTable, entriesOf, groupNotes, groupsOf, groupTable } from './page';

const row = (changes: Partial<RecordRow>): RecordRow => ({
  data: 'shop',
  protocol: 'next-basket',
  slice: 'all',
  model: 'm-1',
  trainer: 'homebody train',
  seed: 3,
  metric: 'ndcg@10',
  value: 0.2,
  low: 0.1,
  high: 0.3,
  command: 'homebody evaluate --data shop',
  commit: 'abc',
  machine: 'one',
  seconds: 1234,
  ...changes,
});

test('rows come together by log and protocol, those of the goals first', () => {
  const rows = [row({}), row({ data: 'amazon-beauty', protocol: 'leave-one-out' }), row({ slice: 'new' })];
  expect(groupsOf(rows).map(({ key, rows: of }) => [key, of.length])).toEqual([
    ['amazon-beauty, leave-one-out', 1],
    ['shop, next-basket', 2],
  ]);
});

test('a table has a line for each contender, best first, with who was judged; rules are not bold', () => {
  const rows = [
    row({ model: 'rule', trainer: 'none', value: 0.15, settings: 'half-life 3 | no decay' }),
    row({ folds: '4', metric: 'coverage', value: 1234, low: null, high: null }),
    row({ folds: '4' }),
    row({ folds: '4', slice: 'new', value: 0.05 }),
    row({ settings: 'prior: popularity', value: 0.25, sample: 80 }),
  ];
  const [group] = groupsOf(rows);
  const lines = groupTable(group!).split('\n');
  expect(lines[0]).toBe('|  | NDCG@10 all | NDCG@10 new | coverage | trained by | seed |');
  expect(lines.slice(2)).toEqual([
    '| **m-1 + prior** (80 customers) | 0.2500 (0.1000–0.3000) |  |  | homebody train | 3 |',
    '| **m-1** (fold 4) | 0.2000 (0.1000–0.3000) | 0.0500 (0.1000–0.3000) | 1,234 | homebody train | 3 |',
    '| rule | 0.1500 (0.1000–0.3000) |  |  |  |  |',
  ]);
  expect(groupNotes(group!)).toContain('- *rule*: half-life 3 | no decay');
  expect(groupNotes(group!)).toContain('commit abc, 1,234 s on one');
});

test('a command is told with all customers it judged, not with those of a slice', () => {
  const rows = [row({ customers: 12 }), row({ slice: 'tail', customers: 5 })];
  expect(groupNotes(groupsOf(rows)[0]!)).toMatch(/, 12 customers$/);
});

test('the diversity table tells changes against the same model on the same customers', () => {
  const both = (model: string, ndcg: number, distance: number, sample?: number) => {
    const whom = sample === undefined ? {} : { sample };
    return [
      row({ model, value: ndcg, ...whom }),
      row({ model, metric: 'diversity@10', value: distance, ...whom }),
      row({ model, metric: 'coverage', value: 10, ...whom }),
    ];
  };
  const rows = [...both('m-1', 0.2, 0.5, 9), ...both('m-1', 0.9, 0.9), ...both('m-1, diversity 0.5', 0.198, 0.6, 9)];
  const [group] = groupsOf(rows);
  expect(diversityTable(group!).split('\n').slice(2)).toEqual([
    '| m-1 (9 customers) | 0.5 | 0.1980 (−1.0 %) | 0.6000 (+20.0 %) | 10 |',
  ]);
  expect(diversityTable({ ...group!, rows: both('m-1', 0.2, 0.5) })).toBe('');
  expect(entriesOf(group!)).toHaveLength(3);
});
