import type { Diagnostic, Diagnostics, HomebodyCode } from '../domain';
import { HomebodyError } from '../domain';

const KEPT = 256;

/** Medians and maxima of the last 256 durations by name, in ms. */
export class Timings {
  private readonly byName = new Map<string, { count: number; last: number[] }>();

  add(name: string, ms: number): void {
    let entry = this.byName.get(name);
    if (!entry) {
      entry = { count: 0, last: [] };
      this.byName.set(name, entry);
    }
    entry.last[entry.count % KEPT] = ms;
    entry.count += 1;
  }

  report(): Diagnostics['timings'] {
    const report: Diagnostics['timings'] = {};
    for (const [name, { count, last }] of this.byName) {
      const sorted = [...last].sort((a, b) => a - b);
      report[name] = { count, median: sorted[sorted.length >> 1]!, max: sorted.at(-1)! };
    }
    return report;
  }
}

/** Keeps each diagnostic once, by code and message, and tells a listener; at most 64 are kept. */
export class DiagnosticLog {
  private readonly all = new Map<string, Diagnostic>();
  constructor(
    private readonly now: () => number,
    private readonly tell: (diagnostic: Diagnostic) => void,
  ) {}

  add(code: HomebodyCode, message: string, remedy?: string): void {
    const at = this.now();
    const key = `${code}\n${message}`;
    const old = this.all.get(key);
    const diagnostic: Diagnostic = old
      ? { ...old, lastAt: at, count: old.count + 1 }
      : { code, message, ...(remedy ? { remedy } : {}), at, lastAt: at, count: 1 };
    this.all.delete(key);
    this.all.set(key, diagnostic);
    if (this.all.size > 64) this.all.delete(this.all.keys().next().value!);
    this.tell(diagnostic);
  }

  /** Adds what was thrown, under its own code or `fallback`. */
  caught(error: unknown, fallback: HomebodyCode = 'internal'): void {
    if (error instanceof HomebodyError) this.add(error.code, error.message, error.remedy);
    else this.add(fallback, error instanceof Error ? error.message : String(error));
  }

  report(): Diagnostic[] {
    return [...this.all.values()];
  }
}
