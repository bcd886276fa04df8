import { wrap } from 'idb';
import { blockedError, openError } from './errors';
import { type Database, migrate, SCHEMA_VERSION, type Upgrade } from './schema';
import type { StoreLoss } from './types';

const OPEN_TIMEOUT = 10_000;
const BLOCKED_TIMEOUT = 2_000;

export interface ConnectionHandlers {
  /** Milliseconds to wait for an older tab to let go. Default 2,000. */
  blockedTimeout?: number;
  onLost: (why: StoreLoss) => void;
  onDamaged: (why: string) => void;
}

/** Chromium's own fields: it found the database damaged, threw it away, and began an empty one. */
type LossyVersionChange = IDBVersionChangeEvent & { dataLoss?: 'none' | 'total'; dataLossMessage?: string };

/**
 * Opens (and, if need be, creates or migrates) a database. Not idb's own `openDB`, which knows the origin's factory
 * alone and keeps the upgrade's event to itself.
 */
export async function openDatabase(factory: IDBFactory, name: string, handlers: ConnectionHandlers): Promise<Database> {
  const request = factory.open(name, SCHEMA_VERSION);
  let tellBlocked: (error: Error) => void = () => undefined;
  const blocked = new Promise<never>((_, reject) => {
    tellBlocked = reject;
  });
  request.addEventListener('upgradeneeded', (event) => {
    const { dataLoss, dataLossMessage } = event as LossyVersionChange;
    if (dataLoss === 'total') handlers.onDamaged(dataLossMessage ?? 'no reason given');
    const tx = wrap(request.transaction!) as unknown as Upgrade;
    tx.done.catch(() => undefined); // the opening itself rejects with it
    migrate(wrap(request.result) as unknown as Database, event.oldVersion, tx);
  });
  request.addEventListener('blocked', () => {
    setTimeout(() => tellBlocked(blockedError(name)), handlers.blockedTimeout ?? BLOCKED_TIMEOUT);
  });
  const opening = wrap(request) as unknown as Promise<Database>;
  // A slow disk gets more time than an older tab.
  const db = await settle(Promise.race([opening, blocked]), OPEN_TIMEOUT, 'opening took too long').catch((error) => {
    // Whoever comes too late must not keep a connection that nobody holds.
    opening.then(
      (late) => late.close(),
      () => undefined,
    );
    throw error;
  });
  db.addEventListener('versionchange', (event) => {
    db.close();
    handlers.onLost(event.newVersion === null ? 'erased' : 'upgraded');
  });
  db.addEventListener('close', () => handlers.onLost('terminated'));
  return db;
}

/** Deletes a database without opening it. Rejects with `storage-blocked` or `storage-unavailable`. */
export async function deleteDatabase(
  factory: IDBFactory,
  name: string,
  blockedTimeout = BLOCKED_TIMEOUT,
): Promise<void> {
  const done = wrap(factory.deleteDatabase(name)) as Promise<unknown>;
  await settle(done, blockedTimeout, blockedError(name)).catch((error) => {
    throw openError(error);
  });
}

/** `promise`, or a rejection with `late` after `ms`. */
function settle<T>(promise: Promise<T>, ms: number, late: Error | string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(typeof late === 'string' ? new Error(late) : late), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
