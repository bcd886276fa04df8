import * as v from 'valibot';
import { EVENT_NAMES, HomebodyError } from '../../domain';
import { EVENT_ALIASES } from '../events';

/** What `prepare` reads of an event row; all but the first two may be missing. */
export const EVENT_FIELDS = [
  'user_id',
  'item_id',
  'event',
  'timestamp',
  'value',
  'order_id',
  'revenue',
  'title',
  'category',
  'brand',
  'price',
] as const;
export type EventField = (typeof EVENT_FIELDS)[number];
/** What `prepare` reads of a row of the catalogue. */
export const ITEM_FIELDS = ['item_id', 'title', 'category', 'brand', 'price'] as const;
export type ItemField = (typeof ITEM_FIELDS)[number];

/** Names by which a column is known without being told, best first; compared without case, spaces, `-` and `_`. */
export const KNOWN_COLUMNS: Record<EventField, readonly string[]> = {
  user_id: ['userid', 'user', 'customerid', 'customer', 'visitorid', 'userpseudoid', 'clientid', 'reviewerid', 'uid'],
  item_id: ['itemid', 'item', 'productid', 'product', 'sku', 'stockcode', 'articleid', 'asin', 'movieid', 'id'],
  event: ['event', 'eventname', 'eventtype', 'action', 'behaviortype', 'behaviourtype', 'behavior', 'behaviour'],
  timestamp: [
    'timestamps',
    'timestamp',
    'eventtimestamp',
    'eventtime',
    'time',
    'ts',
    'datetime',
    'createdat',
    'date',
  ].concat(['invoicedate', 'orderdate', 'unixreviewtime']),
  value: ['value', 'quantity', 'qty', 'rating', 'stars', 'overall'],
  order_id: ['orderid', 'transactionid', 'invoiceno', 'invoice', 'orderno'],
  revenue: [],
  title: ['title', 'itemname', 'productname', 'name', 'producttitle', 'description'],
  category: ['category', 'categories', 'itemcategory', 'categorycode', 'productcategory', 'genres', 'categoryid'],
  brand: ['brand', 'itembrand', 'manufacturer', 'vendor'],
  price: ['price', 'unitprice', 'itemprice'],
};

/** Names of other systems' events, beside GA4's and those of formats.md; in lower case, `_` for spaces and hyphens. */
export const KNOWN_EVENTS: Readonly<Record<string, (typeof EVENT_NAMES)[number]>> = {
  ...EVENT_ALIASES,
  pv: 'view_item',
  view: 'view_item',
  product_viewed: 'view_item',
  click: 'select_item',
  product_clicked: 'select_item',
  fav: 'add_to_wishlist',
  wishlist: 'add_to_wishlist',
  product_added_to_wishlist: 'add_to_wishlist',
  cart: 'add_to_cart',
  addtocart: 'add_to_cart',
  product_added: 'add_to_cart',
  remove_from_cart: 'remove_from_cart',
  product_removed: 'remove_from_cart',
  buy: 'purchase',
  order: 'purchase',
  transaction: 'purchase',
  order_completed: 'purchase',
  return: 'refund',
  order_refunded: 'refund',
};

/** GA4's own events that say nothing of an item: left out on purpose, not as bad rows. */
export const OTHER_EVENTS: readonly string[] = [
  ...[
    'page_view',
    'session_start',
    'first_visit',
    'user_engagement',
    'scroll',
    'screen_view',
    'first_open',
    'exception',
  ],
  ...[
    'file_download',
    'video_start',
    'video_progress',
    'video_complete',
    'form_start',
    'form_submit',
    'login',
    'sign_up',
  ],
  ...['view_search_results', 'view_cart', 'begin_checkout', 'add_payment_info', 'add_shipping_info', 'view_promotion'],
  ...['select_promotion', 'generate_lead', 'timing_complete', 'app_remove', 'app_update', 'os_update'],
];
/** And those that in GA4's export come without items. */
export const OTHER_GA4_EVENTS: readonly string[] = ['click', 'search', 'share'];

/** Users who look like programs; each number is the most that a person is taken to do. */
const bots = v.strictObject({
  /** Events (not rows of an order, ratings or impressions) within one minute. */
  perMinute: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 60),
  /** Distinct hours of one day (UTC) with an event. */
  hoursOfDay: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(24)), 20),
  /** Events of one day. */
  perDay: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 2000),
});

const text = v.pipe(v.string(), v.minLength(1));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const patterns = v.union([
  v.pipe(
    text,
    v.transform((one) => [one]),
  ),
  v.array(text),
]);

/** The file of `--config`, and what the flags become. */
const schema = v.strictObject({
  /** Files, folders or globs (`logs/2024-*.csv.gz`, `**` too). */
  events: v.pipe(patterns, v.minLength(1, 'no files of events')),
  items: v.optional(patterns, []),
  out: text,
  /** `rows`: one item a row; `ga4`: BigQuery's export, items nested; `auto`: by the columns. */
  shape: v.optional(v.picklist(['auto', 'rows', 'ga4']), 'auto'),
  /** Our name → the file's column (JSON and GA4: a path with dots). */
  columns: v.optional(v.partial(v.strictObject(v.entriesFromList(EVENT_FIELDS, text))), {}),
  itemColumns: v.optional(v.partial(v.strictObject(v.entriesFromList(ITEM_FIELDS, text))), {}),
  /** The log's name → ours, or `ignore`. */
  eventNames: v.optional(v.record(text, v.picklist([...EVENT_NAMES, 'ignore'])), {}),
  /** What every row is, in a log without a column for it. */
  event: v.optional(v.picklist(EVENT_NAMES)),
  timeUnit: v.optional(v.picklist(['auto', 's', 'ms', 'us', 'ns', 'text']), 'auto'),
  /** strptime's pattern of texts that are not ISO 8601, for example `%d/%m/%Y %H:%M`. */
  timeFormat: v.optional(text),
  /** Of times without an offset. */
  timeZone: v.optional(text, 'UTC'),
  delimiter: v.optional(v.union([v.literal('auto'), v.pipe(text, v.maxLength(1))]), 'auto'),
  encoding: v.optional(v.picklist(['auto', 'utf-8', 'latin1', 'utf-16le', 'utf-16be']), 'auto'),
  minUserEvents: v.optional(count, 0),
  minItemEvents: v.optional(count, 0),
  /** A gap of more minutes begins a new session. */
  sessionMinutes: v.optional(v.pipe(v.number(), v.gtValue(0)), 30),
  duplicates: v.optional(v.picklist(['drop', 'keep']), 'drop'),
  bots: v.optional(v.picklist(['flag', 'drop', 'ignore']), 'flag'),
  botRules: v.optional(bots, {}),
  /** What a damaged file (truncated, corrupt) does: end everything, or give what can be read of it. */
  damaged: v.optional(v.picklist(['refuse', 'keep']), 'refuse'),
  to: v.optional(v.picklist(['csv', 'parquet']), 'csv'),
  memory: v.optional(v.pipe(v.string(), v.regex(/^\d+(\.\d+)?\s*[KMG]i?B$/i, 'such as 2GB')), '2GB'),
  threads: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
});

export type PrepareInput = v.InferInput<typeof schema>;
export type PrepareSettings = v.InferOutput<typeof schema>;

/**
 * Checks settings (of a file and of flags, put together) and fills in the defaults.
 * @throws HomebodyError `invalid-input` that names the first wrong setting
 */
export function parseSettings(input: unknown): PrepareSettings {
  const parsed = v.safeParse(schema, input);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const path = v.getDotPath(issue) ?? 'settings';
  throw new HomebodyError('invalid-input', `${path}: ${issue.message}`, {
    remedy: 'docs/prepare.md lists the settings.',
  });
}
