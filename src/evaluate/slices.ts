/** Upper ends of the groups: of users by events in their history, of items by events in training. */
const HISTORY = [4, 9, 19, 49];
const TRAINED = [0, 5, 20, 100];
/** Up to these shares of the items with events, by falling number of them. */
const HEAD = 0.2;
const MIDDLE = 0.5;

/** `history 5–9` of a user with so many known events: cold start of users. */
export function userSlices(events: number): string[] {
  return [`history ${group(HISTORY, events)}`];
}

/**
 * Slices of an item: cold start (`item trained 1–5`, by its events in training) and the bias towards popular ones: `head`
 * (the fifth of the items with most events), `middle` (the next three tenths) or `tail`.
 * @param trained [items] events in training
 */
export function itemSlicer(trained: Int32Array): (item: number) => string[] {
  const order = [...trained.keys()].filter((row) => trained[row]! > 0).sort((a, b) => trained[b]! - trained[a]!);
  const names = new Map(
    order.map((row, place) => {
      if (place < HEAD * order.length) return [row, 'head items'];
      return [row, place < MIDDLE * order.length ? 'middle items' : 'tail items'];
    }),
  );
  return (item) => [`item trained ${group(TRAINED, trained[item]!)}`, names.get(item) ?? 'tail items'];
}

function group(ends: readonly number[], value: number): string {
  const at = ends.findIndex((end) => value <= end);
  if (at < 0) return `over ${ends.at(-1)}`;
  const from = at === 0 ? Math.min(1, ends[0]!) : ends[at - 1]! + 1;
  return from === ends[at] ? `${from}` : `${from}–${ends[at]}`;
}
