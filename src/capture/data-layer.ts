import type { EventInput } from '../domain';
import { Ga4Reader } from './ga4';

/**
 * Calls `onEvent` for what was pushed to `dataLayer` before and for what is pushed from now on. The host's `push` is
 * called first, with the same arguments, and gives the result; nothing that goes wrong here reaches it.
 * Returns a function that ends the listening.
 */
export function listenToDataLayer(layer: unknown[], onEvent: (event: EventInput) => void): () => void {
  const reader = new Ga4Reader();
  let listening = true;
  const take = (entry: unknown) => {
    if (!listening) return;
    try {
      const event = reader.read(entry);
      if (event) onEvent(event);
    } catch (error) {
      console.warn(error);
    }
  };
  for (const entry of [...layer]) take(entry);

  const hostPush = layer.push;
  const push = function (this: unknown, ...entries: unknown[]): number {
    const result = hostPush.apply(layer, entries);
    for (const entry of entries) take(entry);
    return result;
  };
  layer.push = push;
  return () => {
    listening = false;
    // Tag Manager may have wrapped ours meanwhile: then ours stays in the chain, silent.
    if (layer.push === push) layer.push = hostPush;
  };
}
