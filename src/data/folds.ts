import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { EventLog } from './events';

/** Evaluation folds of formats.md: shipped weights train on 0 to 2, choose on 3; 4 gives the model card's figures. */
export const FOLDS = 5;

/** `crc32(user_id) mod 5` over the id's UTF-8 bytes. */
export function foldOf(userId: string): number {
  return crc32(userId) % FOLDS;
}

/**
 * Names a log by its customers and how many rows each has, whatever file it lies in: hex SHA-256. A model's manifest
 * carries that of its training log, so that an evaluation on the same log can leave out the customers it trained on.
 */
export function fingerprintOf(events: Pick<EventLog, 'users' | 'offsets'>): string {
  const lines = events.users.map((id, user) => `${id}\t${events.offsets[user + 1]! - events.offsets[user]!}\n`);
  const hash = createHash('sha256');
  for (const line of lines.sort()) hash.update(line);
  return hash.digest('hex');
}
