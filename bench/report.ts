// Turns a report into the table that the command prints.
import { milliseconds, sized } from './plot';
import type { Report } from './protocol';

/** Rows aligned in columns. */
function aligned(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((text, column) => text.padEnd(widths[column]!)).join('  ')).join('\n');
}

/** Medians by contender and size and, with a reference, each as a multiple of the reference's at the same size. */
export function table(report: Report): string {
  const sizes = [...new Set(report.rows.map((row) => row.size))].sort((a, b) => a - b);
  const names = [...new Set(report.rows.map((row) => row.name))];
  const find = (name: string | undefined, size: number) =>
    report.rows.find((row) => row.name === name && row.size === size);
  const cell = (name: string, size: number): string => {
    const row = find(name, size);
    const base = find(report.reference, size);
    if (!row) return '';
    return `${milliseconds(row.median)}${base ? ` (${(row.median / base.median).toFixed(2)}x)` : ''}`;
  };
  return aligned([
    [report.reference ? `median (ratio to ${report.reference})` : 'median', ...sizes.map((n) => sized(n, report.unit))],
    ...names.map((name) => [name, ...sizes.map((size) => cell(name, size))]),
  ]);
}
