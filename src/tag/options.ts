import type { ClientOptions } from '../client';
import type { Consent, RecommenderOptions } from '../domain';

/** What the script tag's `data-*` attributes say; anything unreadable falls back to the default. */
export interface TagOptions extends ClientOptions {
  /** What is listened to: `datalayer`, `jsonld`, `attributes`; default none. */
  capture: Set<string>;
  /** Seconds a view is held to be sent with its dwell. */
  dwell: number;
}

/**
 * Reads the script tag: `data-model` (required), `data-consent` (`pending`), `data-embedder` (URL or `false`),
 * `data-backend`, `data-scope`, `data-base`, `data-timeout` (ms), `data-retention` (days, or `false`), `data-capture`
 * (`datalayer jsonld attributes`), `data-dwell` (seconds, default 30; 0 sends views at once).
 */
export function readOptions(data: DOMStringMap): TagOptions {
  return {
    model: data.model ?? '',
    consent: oneOf<Consent>(data.consent, ['granted', 'denied', 'pending']) ?? 'pending',
    embedder: data.embedder === 'false' ? false : data.embedder,
    backend: oneOf<NonNullable<RecommenderOptions['backend']>>(data.backend, ['auto', 'webgpu', 'wasm', 'cpu']),
    scope: data.scope,
    base: data.base,
    timeout: number(data.timeout),
    retention: data.retention === 'false' ? false : days(number(data.retention)),
    capture: new Set(data.capture?.split(/[\s,]+/)),
    dwell: number(data.dwell) ?? 30,
  };
}

function oneOf<T extends string>(value: string | undefined, allowed: readonly T[]): T | undefined {
  return allowed.find((one) => one === value);
}

function number(value: string | undefined): number | undefined {
  const parsed = Number.parseFloat(value ?? '');
  return parsed >= 0 ? parsed : undefined;
}

function days(value: number | undefined): { days: number } | undefined {
  return value === undefined ? undefined : { days: value };
}
