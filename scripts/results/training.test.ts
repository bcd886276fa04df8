import { expect, test } from 'vitest';
import { ablationSection, matchSection } from './training';

const about = { command: 'npm run bench', commit: 'abc', machine: 'a machine' };

test('without a run there is no section', () => {
  expect(matchSection([])).toEqual([]);
  expect(ablationSection([])).toEqual([]);
});

test('a match has a line for each epoch', () => {
  const row = {
    epoch: 2,
    loss: { ours: 7.1, torch: 7.2 },
    'ndcg@10': { ours: 0.051, torch: 0.05 },
    apart: 0.001,
    eventsPerSecond: { ours: 3000, torch: 9000 },
  };
  const page = matchSection([
    { ...about, data: 'films', users: 1200, validationUsers: 1200, most: 0.001, rows: [row] },
  ]);
  expect(page).toContain('| films, 1,200 users | 2 | 7.1000 | 7.2000 | 0.0510 | 0.0500 | 0.0010 | 3,000 | 9,000 |');
});

test('an ablation begins with the whole, then what hurts most to lose', () => {
  const common = { slice: 'all', 'ndcg@10': 0.05, low: 0.04, high: 0.06 };
  const other = (title: string, difference: number) => ({
    ...common,
    variant: title,
    title,
    difference,
    differenceLow: difference - 0.01,
    differenceHigh: difference + 0.01,
  });
  const rows = [
    other('without a', 0.002),
    other('without b', -0.02),
    { ...common, variant: 'whole', title: 'the whole' },
  ];
  const setting = { ...about, data: 'shop', protocol: 'p', trainer: 't', epochs: 2, seed: 1, users: 10 };
  const lines = ablationSection([{ ...setting, rows }]).filter((line) => line.startsWith('| ') && line.includes('('));
  expect(lines).toEqual([
    '| the whole | 0.0500 (0.0400–0.0600) |  |',
    '| without b | 0.0500 (0.0400–0.0600) | −0.0200 (−0.0300 to −0.0100) |',
    '| without a | 0.0500 (0.0400–0.0600) | +0.0020 (−0.0080 to +0.0120) |',
  ]);
});
