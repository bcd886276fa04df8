import type { Comparison, RecordRow, ResultRow } from '../../evaluate';
import { table } from '../table';
import type { PriorName } from './protocols';

/** What `homebody evaluate --json` prints. */
export interface EvaluationReport {
  /** Model id, or the name given with --name. */
  model: string;
  protocol: string;
  /** What the candidates carried as the server's own score. */
  prior: PriorName;
  data: string;
  /** Evaluated customers: of these folds; `all`: every one. */
  folds: number[] | 'all';
  seed: number;
  executor: string;
  /** How many items were ranked. */
  candidates: number;
  /** Wall clock of the rankings. */
  seconds: number;
  rows: ResultRow[];
  /** The model against every other row, customers paired. */
  comparisons: Comparison[];
}

/** The report as a table for a terminal. */
export function describeResult(report: EvaluationReport): string {
  const digits = (value: number): string => (Number.isNaN(value) ? '' : value.toFixed(4));
  const rows = report.rows.map((row) => ({
    name: row.name,
    slice: row.slice,
    'ndcg@10': digits(row['ndcg@10']),
    '95 %': `${digits(row.low)}–${digits(row.high)}`,
    'hr@10': digits(row['hr@10']),
    'recall@10': digits(row['recall@10']),
    mrr: digits(row.mrr),
    ...(row.gauc === undefined ? {} : { gauc: digits(row.gauc) }),
    coverage: row.coverage,
    novelty: row['novelty@10'].toFixed(2),
    diversity: digits(row['diversity@10']),
    gini: digits(row['gini@10']),
    rankings: row.baskets,
    customers: row.customers,
  }));
  const { protocol, prior, executor, candidates, seconds } = report;
  const settings = new Map(report.rows.flatMap((row) => (row.settings ? [[row.name, row.settings]] : [])));
  return [
    `${protocol}, ${candidates} items ranked, prior: ${prior}, executor: ${executor}, ${seconds.toFixed(0)} s`,
    table(rows),
    ...describeComparisons(report.comparisons),
    ...[...settings].map(([name, words]) => `${name}: ${words}`),
  ].join('\n');
}

function describeComparisons(comparisons: readonly Comparison[]): string[] {
  if (comparisons.length === 0) return [];
  const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;
  const rows = comparisons.map(({ b, slice, difference, low, high, p }) => ({
    against: b,
    slice,
    difference: signed(difference),
    '95 %': `${signed(low)} to ${signed(high)}`,
    p: p.toFixed(3),
  }));
  return ['', `NDCG@10 of ${comparisons[0]!.a} less that of:`, table(rows), ''];
}

/** Metrics that a record keeps, and whether a row's interval is theirs. */
const RECORDED = [
  ['ndcg@10', true],
  ['hr@10', false],
  ['mrr', false],
  ['gauc', false],
  ['coverage', false],
  ['novelty@10', false],
  ['diversity@10', false],
  ['gini@10', false],
] as const;

/** A report's rows as a record keeps them. */
export function recordRows(
  report: EvaluationReport,
  about: Pick<RecordRow, 'data' | 'trainer' | 'seed' | 'trained' | 'command' | 'commit' | 'machine' | 'sample'>,
): RecordRow[] {
  const { trainer, seed, trained, ...common } = about;
  return report.rows.flatMap((row) => {
    // With the diversity switch it is the same model.
    const isModel = row.name === report.model || row.name.startsWith(`${report.model}, diversity `);
    return RECORDED.flatMap(([metric, hasInterval]): RecordRow[] => {
      const value = row[metric];
      if (value === undefined || !Number.isFinite(value)) return [];
      return [
        {
          data: common.data,
          protocol: report.protocol,
          slice: row.slice,
          model: row.name,
          trainer: isModel ? (trainer ?? 'homebody train') : 'none',
          seed: isModel ? seed : report.seed,
          metric,
          value: rounded(value),
          low: hasInterval ? rounded(row.low) : null,
          high: hasInterval ? rounded(row.high) : null,
          command: common.command,
          commit: common.commit,
          machine: common.machine,
          seconds: Math.round(report.seconds),
          customers: row.customers,
          rankings: row.baskets,
          ...(report.folds === 'all' ? {} : { folds: report.folds.join(',') }),
          ...(common.sample === undefined ? {} : { sample: common.sample }),
          ...(row.settings ? { settings: row.settings } : {}),
          ...(isModel && trained ? { trained } : {}),
        },
      ];
    });
  });
}

const rounded = (value: number): number => Math.round(value * 1e5) / 1e5;
