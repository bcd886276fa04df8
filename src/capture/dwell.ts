import type { EventInput } from '../domain';

export interface DwellParts {
  /** The page; its visibility decides what counts as looking. */
  document: Document;
  /** Milliseconds, steady. */
  clock(): number;
  /** Seconds of looking after which a view is sent anyway. */
  most: number;
  send(event: EventInput): void;
}

/**
 * Holds a `view_item` until the shopper is done with it, so that it is logged once, with the seconds it was really
 * looked at: until the next event or list ({@link flush}), the page is hidden or left, or `most` seconds passed. The
 * log stays exact: one record, one id, and the time at which the view began.
 */
export class DwellMeter {
  readonly #parts: DwellParts;
  #view: { event: EventInput; from: number; timer: ReturnType<typeof setTimeout> } | undefined;
  readonly #onHidden = () => {
    if (this.#parts.document.visibilityState === 'hidden') this.flush();
  };

  constructor(parts: DwellParts) {
    this.#parts = parts;
    // On phones a hidden page may never run again, so hiding ends the look; coming back adds nothing.
    parts.document.addEventListener('visibilitychange', this.#onHidden, true);
    // In the capturing phase: before the recommender puts aside what could not be sent.
    parts.document.defaultView?.addEventListener('pagehide', this.#onLeave, true);
  }

  readonly #onLeave = () => this.flush();

  /** Takes any event: a view is held, any other is sent behind the view that it ends. */
  take(event: EventInput): void {
    this.flush();
    const unmeasured = event.event === 'view_item' && event.dwell === undefined && event.items?.length === 1;
    if (!unmeasured || this.#parts.most <= 0 || this.#parts.document.visibilityState === 'hidden') {
      this.#parts.send(event);
      return;
    }
    const timer = setTimeout(() => this.flush(), this.#parts.most * 1_000);
    this.#view = { event, from: this.#parts.clock(), timer };
  }

  /** Sends the held view, if any, with its dwell so far. */
  flush(): void {
    const view = this.#view;
    if (!view) return;
    this.#view = undefined;
    clearTimeout(view.timer);
    const seconds = Math.min((this.#parts.clock() - view.from) / 1_000, this.#parts.most);
    this.#parts.send({ ...view.event, dwell: Math.round(seconds * 10) / 10 });
  }

  /** Sends what is held and stops listening. */
  stop(): void {
    this.flush();
    this.#parts.document.removeEventListener('visibilitychange', this.#onHidden, true);
    this.#parts.document.defaultView?.removeEventListener('pagehide', this.#onLeave, true);
  }
}
