import { EVENT_NAMES, type EventInput, type EventItemInput, type EventName } from '../domain';

/** The parts of a push that we read. */
interface Ecommerce {
  items?: unknown;
  transaction_id?: unknown;
}

const names: ReadonlySet<unknown> = new Set(EVENT_NAMES);

/**
 * Reads what a shop pushes to `dataLayer`: gtag()'s arguments (`['event', 'view_item', { items }]`) and Tag Manager's
 * objects (`{ event: 'view_item', ecommerce: { items } }`, also with `ecommerce` pushed before the event, until
 * `ecommerce: null` clears it). One reader per `dataLayer`, since Tag Manager's form has that memory.
 */
export class Ga4Reader {
  #ecommerce: Ecommerce | undefined;

  /** The event that this push tells, or `undefined` when it is none of ours. Never writes to `entry`. */
  read(entry: unknown): EventInput | undefined {
    if (typeof entry !== 'object' || entry === null) return undefined;
    // gtag pushes its `arguments` object, which is no array.
    if ((entry as { 0?: unknown })[0] === 'event') {
      const [, name, parameters] = Array.from(entry as ArrayLike<unknown>);
      return toEvent(name, parameters);
    }
    const push = entry as { event?: unknown; ecommerce?: Ecommerce | null };
    if (push.ecommerce === null) this.#ecommerce = undefined;
    else if (typeof push.ecommerce === 'object') this.#ecommerce = push.ecommerce;
    if (push.event === undefined) return undefined;
    return toEvent(push.event, this.#ecommerce ?? push, push);
  }
}

function toEvent(name: unknown, parameters: unknown, more: unknown = parameters): EventInput | undefined {
  if (!names.has(name) || typeof parameters !== 'object' || parameters === null) return undefined;
  const event: EventInput = { event: name as EventName };
  const { items, transaction_id: order } = parameters as Ecommerce;
  if (Array.isArray(items)) event.items = items.filter((item) => typeof item === 'object' && item) as EventItemInput[];
  const { search_term, rating, timestamp_micros } = more as EventInput;
  if (typeof search_term === 'string') event.search_term = search_term;
  if (typeof rating === 'number') event.rating = rating;
  if (typeof timestamp_micros === 'number') event.timestamp_micros = timestamp_micros;
  if (!event.items?.length && event.search_term === undefined) return undefined;
  // A thank-you page that is loaded again pushes its purchase again: the order's number makes it one event.
  const repeatable = name === 'purchase' && (typeof order === 'string' || typeof order === 'number') && order !== '';
  if (repeatable) event.id = `${name}:${order}`;
  return event;
}
