/**
 * Group commit: whatever is handed in while a write is under way goes into the next one together, and nothing waits
 * for a timer. A group that fails as a whole is tried again one by one, so that a bad change fails alone.
 */
export class GroupCommit<T> {
  private queue: { item: T; resolve: () => void; reject: (error: unknown) => void }[] = [];
  private running: Promise<void> | undefined;
  constructor(private readonly write: (items: T[]) => Promise<void>) {}

  add(item: T): Promise<void> {
    return new Promise((resolve, reject) => {
      this.queue.push({ item, resolve, reject });
      this.running ??= this.drain();
    });
  }

  /** Resolves when nothing is being written any more. */
  async idle(): Promise<void> {
    while (this.running) await this.running;
  }

  private async drain(): Promise<void> {
    // One turn of the microtask queue: what is handed in synchronously together is written together.
    await undefined;
    while (this.queue.length > 0) {
      const group = this.queue;
      this.queue = [];
      try {
        await this.write(group.map((entry) => entry.item));
        for (const entry of group) entry.resolve();
      } catch (error) {
        if (group.length === 1) group[0]!.reject(error);
        else await this.oneByOne(group);
      }
    }
    this.running = undefined;
  }

  private async oneByOne(group: typeof this.queue): Promise<void> {
    for (const entry of group) {
      try {
        await this.write([entry.item]);
        entry.resolve();
      } catch (error) {
        entry.reject(error);
      }
    }
  }
}
