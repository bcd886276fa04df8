/** Why a row of a file was left out, or read with a gap. */
export type RowProblem =
  | 'missing-user' // left out
  | 'missing-item' // left out
  | 'bad-row' // a line of a JSONL file that is no object; left out
  | 'unknown-event' // a name that is neither GA4's nor one of formats.md's; left out
  | 'bad-time' // not a number of seconds; left out, since its place in the order is unknown
  | 'time-unit' // a number that cannot be seconds (milliseconds, microseconds); left out
  | 'bad-encoding' // an id that is not UTF-8; left out
  | 'garbled-title' // kept, with a mark in place of what is not UTF-8
  | 'bad-value' // not a number; kept, value missing
  | 'duplicate-item' // an item id met twice in the items file; the first row counts
  | 'bad-price' // not a number of 0 or more; kept, price missing
  | 'empty-title' // kept: the item has no text
  | 'unlisted-item'; // an event's item that is not in the items file; kept, without text

/** What was read from one file and what was wrong with it. */
export interface RowReport {
  file: string;
  /** Rows after the header. */
  rows: number;
  kept: number;
  problems: Partial<Record<RowProblem, number>>;
  /** The first row of each problem, 1-based after the header. */
  firstRow: Partial<Record<RowProblem, number>>;
}

export function newReport(file: string): RowReport {
  return { file, rows: 0, kept: 0, problems: {}, firstRow: {} };
}

/** Counts a problem of the row that is being read. */
export function note(report: RowReport, problem: RowProblem): void {
  report.problems[problem] = (report.problems[problem] ?? 0) + 1;
  report.firstRow[problem] ??= report.rows;
}

/** One line for a log: `events.csv.gz: 205,305 rows, 3 unknown-event (first: row 17)`. */
export function describe(report: RowReport): string {
  const problems = Object.entries(report.problems).map(
    ([problem, count]) => `${count} ${problem} (first: row ${report.firstRow[problem as RowProblem]})`,
  );
  return [`${report.file}: ${report.rows.toLocaleString('en')} rows`, ...problems].join(', ');
}

/** True for a text that was no UTF-8 (decoding left U+FFFD) or holds a NUL, as UTF-16 read as UTF-8 does. */
export function isGarbled(text: string): boolean {
  return text.includes('\ufffd') || text.includes('\0');
}
