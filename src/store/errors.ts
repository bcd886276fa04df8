import { HomebodyError } from '../domain';

/** Turns what IndexedDB throws at a write into our error, with what to do about it. */
export function writeError(cause: unknown): HomebodyError {
  if (cause instanceof HomebodyError) return cause;
  const name = cause instanceof Error || cause instanceof DOMException ? cause.name : '';
  const remedy =
    name === 'QuotaExceededError'
      ? 'Free space on the device, or set a shorter `retention`.'
      : 'The event is kept in memory and written with the next one.';
  return new HomebodyError('storage-write-failed', `IndexedDB refused a write (${name || String(cause)}).`, {
    cause,
    remedy,
  });
}

/** The same for opening and reading. */
export function openError(cause: unknown): HomebodyError {
  if (cause instanceof HomebodyError) return cause;
  return new HomebodyError('storage-unavailable', `IndexedDB cannot be used (${String(cause)}).`, {
    cause,
    remedy: 'Nothing is needed: this visit is kept in memory only. Private windows and blocked storage cause this.',
  });
}

export function blockedError(name: string): HomebodyError {
  return new HomebodyError('storage-blocked', `An older tab keeps an older version of ${name} open.`, {
    remedy: 'Close or reload the other tabs of this shop; until then this visit is kept in memory only.',
  });
}
