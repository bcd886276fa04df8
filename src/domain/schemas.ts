import * as v from 'valibot';
import type { Vector } from './candidate';
import type { HomebodyCode } from './errors';
import type { ItemFacts } from './event';
import { LIMITS } from './limits';

/** Something that validation noticed; the engine counts it among its diagnostics. */
export interface Issue {
  code: HomebodyCode;
  message: string;
  remedy?: string;
}

/** An id: a string, or a number as GA4 allows. */
export const idSchema = v.pipe(
  v.union([v.string(), v.pipe(v.number(), v.finite())]),
  v.transform(String),
  v.minLength(1),
  v.maxLength(LIMITS.id),
);

/** An optional field: what does not fit counts as absent, so that one bad detail does not lose the item. */
export function lenient<const S extends v.BaseSchema<unknown, unknown, v.BaseIssue<unknown>>>(schema: S) {
  return v.fallback(v.optional(schema), undefined);
}

/** Text cut to `limit`, never through a surrogate pair; empty text counts as absent. */
export function textSchema(limit: number) {
  return v.pipe(
    v.string(),
    v.transform((value) => {
      if (value.length <= limit) return value.trim();
      const cut = value.slice(0, limit);
      return (/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut).trim();
    }),
    v.minLength(1),
  );
}

/** A number, or a string that is one, as shops' data layers often have it. */
export const numberSchema = v.pipe(
  v.union([
    v.number(),
    v.pipe(v.string(), v.regex(/^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i), v.maxLength(40), v.transform(Number)),
  ]),
  v.finite(),
);

const amountSchema = v.pipe(numberSchema, v.minValue(0), v.maxValue(1e12));

/** Only addresses that cannot run anything. */
const urlSchema = v.pipe(v.string(), v.maxLength(LIMITS.url), v.regex(/^\s*(https?:|data:image\/|[^:]*$|[^:]*[/?#])/i));

const logarithm = lenient(v.pipe(v.number(), v.finite(), v.minValue(-1e3), v.maxValue(1e3)));
const base64 = v.pipe(v.string(), v.maxLength(Math.ceil(LIMITS.vector / 3) * 4), v.regex(/^[A-Za-z0-9+/]*={0,2}$/));
const scale = v.pipe(v.number(), v.finite(), v.minValue(0));

/** A shipped vector's shape; whether it fits the loaded model is for the model to say. */
export const vectorSchema = v.object({
  model: v.pipe(v.string(), v.minLength(1), v.maxLength(LIMITS.id)),
  q: base64,
  qScale: scale,
  e: lenient(base64),
  eScale: lenient(scale),
  bias: logarithm,
  repeat: logarithm,
  median: lenient(v.pipe(v.number(), v.finite(), v.gtValue(0))),
  neighbours: lenient(
    v.pipe(
      v.array(v.tuple([idSchema, v.pipe(v.number(), v.finite(), v.minValue(-1e3), v.maxValue(1e3))])),
      v.maxLength(LIMITS.neighbours),
    ),
  ),
});

const name = textSchema(LIMITS.name);

/** The details of an item, in our names or GA4's; {@link factsOf} joins them. */
export const detailEntries = {
  title: lenient(textSchema(LIMITS.title)),
  item_name: lenient(textSchema(LIMITS.title)),
  brand: lenient(name),
  item_brand: lenient(name),
  category: lenient(
    v.union([
      name,
      v.pipe(
        v.array(v.unknown()),
        v.transform((list) => list.slice(0, LIMITS.categories).flatMap((entry) => parsed(name, entry))),
      ),
    ]),
  ),
  item_category: lenient(name),
  item_category2: lenient(name),
  item_category3: lenient(name),
  item_category4: lenient(name),
  item_category5: lenient(name),
  price: lenient(amountSchema),
  currency: lenient(
    v.pipe(
      v.string(),
      v.regex(/^[A-Za-z]{3}$/),
      v.transform((code) => code.toUpperCase()),
    ),
  ),
  url: lenient(urlSchema),
  image: lenient(urlSchema),
  vector: lenient(vectorSchema),
};

type Details = { [K in keyof typeof detailEntries]?: v.InferOutput<(typeof detailEntries)[K]> };

function parsed<const S extends v.BaseSchema<unknown, unknown, v.BaseIssue<unknown>>>(
  schema: S,
  value: unknown,
): v.InferOutput<S>[] {
  const result = v.safeParse(schema, value);
  return result.success ? [result.output] : [];
}

/** Facts from details in either naming; a missing title is empty text. */
export function factsOf(id: string, details: Details): ItemFacts {
  const given = details.category;
  const own = given === undefined ? [] : typeof given === 'string' ? [given] : given;
  const ga4 = [
    details.item_category,
    details.item_category2,
    details.item_category3,
    details.item_category4,
    details.item_category5,
  ].filter((entry) => entry !== undefined);
  const { price, currency, url, image } = details;
  return clean({
    id,
    title: details.title ?? details.item_name ?? '',
    categories: own.length > 0 ? own : ga4,
    brand: details.brand ?? details.item_brand,
    price,
    currency,
    url,
    image,
  }) as ItemFacts;
}

/** A shipped vector of an export or a list; undefined when it is not one. */
export function parseVector(value: unknown): Vector | undefined {
  const result = v.safeParse(vectorSchema, value);
  return result.success ? (clean(result.output) as Vector) : undefined;
}

/** Drops keys that are undefined: records stay small and compare equal. */
export function clean<T extends object>(value: T): T {
  const out: Partial<T> = {};
  for (const key of Object.keys(value) as (keyof T)[]) if (value[key] !== undefined) out[key] = value[key];
  return out as T;
}

/** `safeParse` that also survives getters and proxies that throw. */
export function safely<const S extends v.BaseSchema<unknown, unknown, v.BaseIssue<unknown>>>(
  schema: S,
  value: unknown,
): { output: v.InferOutput<S> } | { problem: string } {
  try {
    const result = v.safeParse(schema, value, { abortEarly: true });
    if (result.success) return { output: result.output };
    const issue = result.issues[0];
    return { problem: `${v.getDotPath(issue) ?? 'value'}: ${issue.message}` };
  } catch (error) {
    return { problem: `unreadable: ${error instanceof Error ? error.message : 'an exception'}` };
  }
}
