// What the bench's pages and the command tell one another. Plain data.

/** One contender at one size: steps of the LSTM, or candidates of a list. */
export interface Row {
  name: string;
  size: number;
  /** Milliseconds of one run: median and least over `rounds` rounds. */
  median: number;
  least: number;
  rounds: number;
}

export interface Report {
  /** What is compared, for the plot's title. */
  title: string;
  /** What a size counts: `step`, `candidate`. */
  unit: string;
  /** The contender that ratios are taken to. */
  reference?: string;
  rows: Row[];
  /** Contenders that could not run here, and why. */
  missing: Record<string, string>;
  gpu?: { vendor: string; architecture: string; description: string; dispatches: number };
}

export type Message =
  | { type: 'progress'; done: number; total: number; label: string }
  | { type: 'done'; report: Report }
  | { type: 'failed'; message: string };

declare global {
  interface Window {
    /** Given by the command that opened the page. */
    benchMessage?: (message: Message) => void;
  }
}

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
