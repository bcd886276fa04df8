import type { Diagnostic, HomebodyCode } from '../domain';

/** The page's own diagnostics, each code told once and counted; the engine keeps its own. */
export class PageDiagnostics {
  readonly #byCode = new Map<HomebodyCode, Diagnostic>();
  readonly #listener: ((diagnostic: Diagnostic) => void) | undefined;

  constructor(listener?: (diagnostic: Diagnostic) => void) {
    this.#listener = listener;
  }

  add(code: HomebodyCode, message: string, remedy?: string): void {
    const now = Date.now();
    const known = this.#byCode.get(code);
    const next = { code, message, remedy, at: known?.at ?? now, lastAt: now, count: (known?.count ?? 0) + 1 };
    this.#byCode.set(code, next);
    this.tell(next);
  }

  /** Hands a diagnostic to the page's listener; what the listener throws is the page's own affair, and stays there. */
  tell(diagnostic: Diagnostic): void {
    try {
      this.#listener?.({ ...diagnostic });
    } catch (error) {
      console.error(error);
    }
  }

  list(): Diagnostic[] {
    return [...this.#byCode.values()];
  }
}
