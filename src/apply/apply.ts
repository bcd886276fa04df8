import type { Ranking } from '../domain';

export interface ApplyOptions {
  /** The candidate id that a child of the container shows; default its `data-homebody-item`. Children without one stay where they are. */
  key?: (child: Element) => string | null | undefined;
}

/** What {@link applyRanking} did. */
export interface Applied {
  /** Children that now stand at another place. */
  moved: number;
  /** Ids of the ranking that no child shows. */
  missing: string[];
}

/**
 * Reorders the children of `container` as `ranking` says. Nodes keep their identity, listeners and state; children
 * without a key keep their places, and keyed ones that the ranking does not name follow in their old order. Every
 * moved child is taken out and put back in one go, which browsers do not count as layout shift as long as the
 * places are of one size; the child that holds the focus is not taken out, so that it keeps it. Scroll stays.
 */
export function applyRanking(container: Element, ranking: Pick<Ranking, 'items'>, options: ApplyOptions = {}): Applied {
  const key = options.key ?? ((child: Element) => child.getAttribute('data-homebody-item'));
  const children = [...container.children];
  const keyed = new Map<string, Element[]>();
  const places: number[] = [];
  for (const [place, child] of children.entries()) {
    const id = key(child);
    if (id === null || id === undefined) continue;
    places.push(place);
    keyed.set(id, [...(keyed.get(id) ?? []), child]);
  }
  const missing: string[] = [];
  const wanted: Element[] = [];
  for (const { id } of ranking.items) {
    const child = keyed.get(id)?.shift();
    if (child) wanted.push(child);
    else missing.push(id);
  }
  const named = new Set(wanted);
  for (const place of places) if (!named.has(children[place]!)) wanted.push(children[place]!);

  const next = [...children];
  for (const [i, place] of places.entries()) next[place] = wanted[i]!;
  const moved = next.filter((child, place) => child !== children[place]).length;
  if (moved > 0) place(container, children, next);
  return { moved, missing };
}

function place(container: Element, before: Element[], after: Element[]): void {
  const root = container.ownerDocument;
  const focused = after.find((child) => child.contains(root.activeElement) && root.activeElement !== root.body);
  const scroller = root.scrollingElement;
  const top = scroller?.scrollTop ?? 0;
  const left = container.scrollLeft;
  // Everything goes around the focused child, which stays in the document; the rest is put back in the new order.
  let reached = false;
  for (const [i, child] of after.entries()) {
    if (child === focused) {
      reached = true;
    } else if (child !== before[i] || focused) {
      container.insertBefore(child, reached || !focused ? childAt(container, i) : focused);
    }
  }
  container.scrollLeft = left;
  if (scroller && scroller.scrollTop !== top) scroller.scrollTop = top;
}

function childAt(container: Element, i: number): Element | null {
  return container.children[i] ?? null;
}
