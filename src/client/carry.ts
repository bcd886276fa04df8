import type { Consent, EventInput } from '../domain';
import type { Outbox } from './outbox';

/**
 * Carries events over a page change: a click that leaves the page ends the worker before it could make the click
 * durable, so what is not yet answered for waits in the tab's session storage for its next page, and is sent again
 * there under its old id. Only with consent; the entry goes as soon as it is read, or when consent is denied.
 */
export function carryOver(outbox: Outbox, scope: string, storage: Storage | undefined, consent: () => Consent) {
  const key = `homebody:${scope}:leaving`;
  const quietly = (use: (storage: Storage) => void) => {
    try {
      if (storage) use(storage);
    } catch {
      // Full or blocked: these events were never acknowledged as stored.
    }
  };
  const onLeave = () =>
    quietly((store) => {
      const events = outbox.events;
      if (consent() === 'granted' && events.length > 0) store.setItem(key, JSON.stringify(events));
    });
  // Back from the back/forward cache: the outbox is still there, and sends them itself.
  const onReturn = (event: PageTransitionEvent) => {
    if (event.persisted) quietly((store) => store.removeItem(key));
  };
  const resume = () =>
    quietly((store) => {
      if (consent() === 'pending') return;
      const text = store.getItem(key);
      if (text === null) return;
      store.removeItem(key);
      if (consent() !== 'granted') return;
      for (const event of JSON.parse(text) as (EventInput & { id: string })[]) void outbox.add(event, 0);
    });
  addEventListener('pagehide', onLeave);
  addEventListener('pageshow', onReturn);
  resume();
  return {
    /** Call after a change of consent. */
    resume,
    stop() {
      removeEventListener('pagehide', onLeave);
      removeEventListener('pageshow', onReturn);
      quietly((store) => store.removeItem(key));
    },
  };
}
