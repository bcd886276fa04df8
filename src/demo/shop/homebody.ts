import type { Consent } from '../../domain';
import type { HomebodyTag } from '../../tag';

const METHODS = [
  'setConsent',
  'observe',
  'rerank',
  'profile',
  'forget',
  'export',
  'import',
  'pause',
  'resume',
  'diagnostics',
] as const;

/**
 * What a shop pastes into its page: a queue under `window.homebody`, and the one script tag. The tag is made by code
 * only because the demo's address may ask for a backend (`?backend=wasm`) or for none of us (`?homebody=off`).
 */
export function loadHomebody(target: Window, consent: Consent): HomebodyTag | undefined {
  const query = new URLSearchParams(target.location.search);
  if (query.get('homebody') === 'off') return undefined;
  const queue: unknown[] = [];
  const stub: Record<string, unknown> = { q: queue };
  for (const method of METHODS) {
    stub[method] = (...args: unknown[]) =>
      new Promise((resolve, reject) => {
        queue.push([method, args, resolve, reject]);
      });
  }
  (target as { homebody?: unknown }).homebody = stub;

  const tag = target.document.createElement('script');
  tag.async = true;
  tag.src = '/homebody/homebody.js';
  tag.dataset.model = '/models/universal';
  tag.dataset.consent = consent;
  tag.dataset.scope = 'demo-shop';
  tag.dataset.capture = 'datalayer';
  const backend = query.get('backend');
  if (backend) tag.dataset.backend = backend;
  target.document.head.append(tag);
  return stub as unknown as HomebodyTag;
}

/** The visitor's answer to the shop's question, kept by the shop. */
export function readConsent(storage: Storage | undefined): Consent {
  try {
    const answer = storage?.getItem('shop.consent');
    return answer === 'granted' || answer === 'denied' ? answer : 'pending';
  } catch {
    return 'pending';
  }
}

export function writeConsent(storage: Storage | undefined, consent: Consent): void {
  try {
    storage?.setItem('shop.consent', consent);
  } catch {
    // The question comes again at the next visit.
  }
}
