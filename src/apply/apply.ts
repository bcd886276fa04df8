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

/** `Node.moveBefore` moves without losing focus (Chromium 133, Firefox 144); not in TypeScript's library yet. */
type Movable = Element & { moveBefore?: (node: Node, before: Node | null) => void };

function place(container: Element, before: Element[], after: Element[]): void {
  const root = container.ownerDocument;
  const active = root.activeElement;
  const focused = active && active !== root.body ? after.find((child) => child.contains(active)) : undefined;
  const scroller = root.scrollingElement;
  const top = scroller?.scrollTop ?? 0;
  const left = container.scrollLeft;
  const canMove = typeof (container as Movable).moveBefore === 'function';
  // Where the focused child cannot be moved with its focus, it stays in the document and all others go around it.
  const around = focused && !canMove && after.indexOf(focused) !== before.indexOf(focused);
  // From the last to the first: what stands behind a child is in place when the child comes to stand before it.
  let behind: Element | null = null;
  for (let i = after.length - 1; i >= 0; i--) {
    const child = after[i]!;
    if (child !== before[i] || around) {
      if (child !== focused) container.insertBefore(child, behind);
      else if (canMove) (container as Movable).moveBefore!(child, behind);
    }
    behind = child;
  }
  // A child that kept its box would count as shifted; hidden and shown again in one go it gets a new one, and the
  // focus, which is only looked at when the page is next drawn, does not notice.
  if (focused && after.indexOf(focused) !== before.indexOf(focused)) renewBox(focused);
  container.scrollLeft = left;
  if (scroller && scroller.scrollTop !== top) scroller.scrollTop = top;
}

function renewBox(child: Element): void {
  if (!(child instanceof HTMLElement)) return;
  const { display } = child.style;
  child.style.display = 'none';
  void child.offsetWidth;
  child.style.display = display;
}
