// What the bench's worker, page and command tell one another. Plain data.

/** One contender at one length of sequence. */
export interface Row {
  name: string;
  steps: number;
  /** Milliseconds of one run: median and least over `rounds` rounds. */
  median: number;
  least: number;
  rounds: number;
}

export interface Report {
  inputSize: number;
  hiddenSize: number;
  rows: Row[];
  /** Contenders that could not run here, and why. */
  missing: Record<string, string>;
  gpu?: { vendor: string; architecture: string; description: string; dispatches: number };
}

export type Message =
  | { type: 'progress'; done: number; total: number; label: string }
  | { type: 'done'; report: Report }
  | { type: 'failed'; message: string };
