import type { EventInput, EventItemInput, Recommender } from '../domain';
import { listenToAttributes } from './attributes';
import { listenToDataLayer } from './data-layer';
import { DwellMeter } from './dwell';
import { productFacts } from './json-ld';

/** What can be listened to. */
export type Source = 'datalayer' | 'jsonld' | 'attributes';

export interface CaptureOptions {
  sources: ReadonlySet<Source | string>;
  /** Seconds of looking after which a held view is sent; 0 sends views at once, without dwell. Default 30. */
  dwell?: number;
  /** The page's `dataLayer`; default `window.dataLayer`, made when absent. */
  dataLayer?: unknown[];
  document?: Document;
  /** Milliseconds, steady; default `performance.now()`. */
  clock?: () => number;
  /** Unix ms; default `Date.now()`. */
  now?: () => number;
}

export interface Capture {
  /** Sends a view that is being held for its dwell: call it before a list is ranked. */
  flush(): void;
  /** Ends all listening. */
  stop(): void;
}

/** Listens to a page that knows nothing of us and hands its events to `observe`. Never throws into the page. */
export function startCapture(recommender: Pick<Recommender, 'observe'>, options: CaptureOptions): Capture {
  const page = options.document ?? document;
  const now = options.now ?? Date.now;
  const meter = new DwellMeter({
    document: page,
    clock: options.clock ?? (() => performance.now()),
    most: options.dwell ?? 30,
    send: (event) => void recommender.observe(event),
  });
  const has = (source: Source) => options.sources.has(source);
  const facts = has('jsonld') ? productFacts(page) : new Map<string, EventItemInput>();
  const take = (event: EventInput) => {
    const timed = event.timestamp === undefined && event.timestamp_micros === undefined;
    meter.take({ ...event, ...(timed ? { timestamp: now() } : {}), items: enrich(event.items, facts) });
  };

  const stops: (() => void)[] = [];
  if (has('datalayer')) {
    const view = page.defaultView as { dataLayer?: unknown[] } | null;
    const layer = options.dataLayer ?? view?.dataLayer ?? [];
    if (view && !options.dataLayer) view.dataLayer = layer;
    if (Array.isArray(layer)) stops.push(listenToDataLayer(layer, take));
  }
  if (has('attributes')) stops.push(listenToAttributes(page, take));
  // A page about one product, in a shop that tells its views no other way.
  if (!has('datalayer') && !page.querySelector('[data-homebody-view]') && facts.size === 1) {
    take({ event: 'view_item', items: [...facts.values()] });
  }
  return {
    flush: () => meter.flush(),
    stop() {
      for (const stop of stops) stop();
      meter.stop();
    },
  };
}

/** What the event itself says of an item wins over the page's JSON-LD. */
function enrich(items: EventItemInput[] | undefined, facts: Map<string, EventItemInput>): EventItemInput[] | undefined {
  return facts.size === 0 ? items : items?.map((item) => ({ ...facts.get(String(item.item_id)), ...item }));
}
