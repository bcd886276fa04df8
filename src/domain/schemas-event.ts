import * as v from 'valibot';
import type { Vector } from './candidate';
import { EVENT_NAMES, type EventItem, type ItemFacts, type LoggedEvent } from './event';
import { LIMITS } from './limits';
import {
  clean,
  detailEntries,
  factsOf,
  type Issue,
  idSchema,
  lenient,
  numberSchema,
  safely,
  textSchema,
} from './schemas';

const quantity = v.pipe(numberSchema, v.gtValue(0), v.maxValue(1e6));
const price = v.pipe(numberSchema, v.minValue(0), v.maxValue(1e12));
const itemSchema = v.object({ item_id: idSchema, ...detailEntries, quantity: lenient(quantity) });

const eventSchema = v.object({
  event: v.picklist(EVENT_NAMES),
  id: v.optional(idSchema),
  timestamp: lenient(numberSchema),
  timestamp_micros: lenient(numberSchema),
  utc_offset: lenient(v.pipe(numberSchema, v.minValue(-840), v.maxValue(840))),
  items: v.fallback(v.optional(v.array(v.unknown())), undefined),
  search_term: lenient(textSchema(LIMITS.name)),
  dwell: lenient(v.pipe(numberSchema, v.minValue(0))),
  progress: lenient(numberSchema),
  rating: lenient(numberSchema),
  rating_max: lenient(v.pipe(numberSchema, v.gtValue(0))),
});

export interface NormalizeOptions {
  /** Unix ms, the engine's clock. */
  now: number;
  newId: () => string;
  /** Minutes that local time is ahead of UTC at a time (Unix ms); used when the event does not say. */
  utcOffset: (time: number) => number;
}

export interface NormalizedEvent {
  /** Without its arrival number, which the log gives. Absent: the event is invalid, `issues` says why. */
  event?: Omit<LoggedEvent, 'seq'>;
  /** What the event says of its items; items of which only the id was given are left out. */
  facts: ItemFacts[];
  vectors: { id: string; vector: Vector }[];
  issues: Issue[];
}

function limit(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

type Parsed = v.InferOutput<typeof eventSchema>;

function timeOf(input: Parsed, now: number, issues: Issue[]): number {
  const given = input.timestamp ?? (input.timestamp_micros === undefined ? undefined : input.timestamp_micros / 1000);
  if (given === undefined) return Math.round(now);
  if (given <= now + LIMITS.clockSkew) return Math.round(given);
  issues.push({
    code: 'clock-skew',
    message: `a timestamp ${Math.round((given - now) / 1000)} s ahead of the clock was set to now`,
    remedy: 'Send Unix milliseconds in `timestamp`, or leave it out.',
  });
  return Math.round(now);
}

function readItems(
  input: Parsed,
  issues: Issue[],
): Pick<NormalizedEvent, 'facts' | 'vectors'> & { items: EventItem[] } {
  const items: EventItem[] = [];
  const facts: ItemFacts[] = [];
  const vectors: { id: string; vector: Vector }[] = [];
  const given = input.items ?? [];
  if (given.length > LIMITS.eventItems) {
    const message = `an event of ${given.length} items was cut to ${LIMITS.eventItems}`;
    issues.push({ code: 'too-many', message });
  }
  for (const entry of given.slice(0, LIMITS.eventItems)) {
    const result = safely(itemSchema, entry);
    if ('problem' in result) {
      issues.push({ code: 'invalid-event', message: `an item of ${input.event} was skipped: ${result.problem}` });
      continue;
    }
    const item = result.output;
    items.push(clean({ id: item.item_id, quantity: item.quantity, price: item.price }));
    const known = factsOf(item.item_id, item);
    if (known.title !== '' || known.brand !== undefined || known.categories.length > 0) facts.push(known);
    if (item.vector) vectors.push({ id: item.item_id, vector: clean(item.vector) as Vector });
  }
  return { items, facts, vectors };
}

/**
 * Turns what a page hands to `observe()` (untrusted) into a record of the log. Never throws: an event that cannot be used
 * has no `event` in the result. A time over 5 minutes ahead of the clock is clamped; items over 500 are cut; bad items
 * are skipped; bad optional fields count as absent.
 */
export function normalizeEvent(input: unknown, options: NormalizeOptions): NormalizedEvent {
  const issues: Issue[] = [];
  const result = safely(eventSchema, input);
  const invalid = (message: string): NormalizedEvent => ({
    facts: [],
    vectors: [],
    issues: [...issues, { code: 'invalid-event', message, remedy: 'See EventInput in the documentation.' }],
  });
  if ('problem' in result) return invalid(`an event was skipped: ${result.problem}`);
  const parsed = result.output;
  const time = timeOf(parsed, options.now, issues);
  const { items, facts, vectors } = readItems(parsed, issues);
  const isSearch = parsed.event === 'search' && parsed.search_term !== undefined;
  if (items.length === 0 && !isSearch) return invalid(`${parsed.event} without a usable item was skipped`);
  const { dwell, progress, rating } = parsed;
  const event: Omit<LoggedEvent, 'seq'> = clean({
    id: parsed.id ?? options.newId(),
    name: parsed.event,
    time,
    utcOffset: Math.round(parsed.utc_offset ?? limit(options.utcOffset(time) || 0, -840, 840)),
    items,
    search: isSearch ? parsed.search_term : undefined,
    dwell: dwell === undefined ? undefined : limit(dwell, 0, LIMITS.dwell),
    progress: progress === undefined ? undefined : limit(progress, 0, 1),
    rating: rating === undefined ? undefined : limit(rating / (parsed.rating_max ?? 5), 0, 1),
  });
  return { event, facts, vectors, issues };
}

const unit = v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)));
const loggedSchema = v.object({
  id: v.pipe(v.string(), v.minLength(1), v.maxLength(LIMITS.id)),
  seq: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER)),
  name: v.picklist(EVENT_NAMES),
  time: v.pipe(v.number(), v.finite()),
  utcOffset: v.pipe(v.number(), v.minValue(-840), v.maxValue(840)),
  items: v.pipe(
    v.array(
      v.object({
        id: v.pipe(v.string(), v.minLength(1), v.maxLength(LIMITS.id)),
        quantity: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1e6))),
        price: v.optional(price),
      }),
    ),
    v.maxLength(LIMITS.eventItems),
  ),
  search: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(LIMITS.name))),
  dwell: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(LIMITS.dwell))),
  progress: unit,
  rating: unit,
});

/** One event of an export; undefined when it is not a record that {@link normalizeEvent} could have made. */
export function parseLoggedEvent(value: unknown): LoggedEvent | undefined {
  const result = safely(loggedSchema, value);
  return 'output' in result
    ? (clean({ ...result.output, items: result.output.items.map(clean) }) as LoggedEvent)
    : undefined;
}
