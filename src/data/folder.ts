import { join } from 'node:path';
import { HomebodyError } from '../domain';
import type { ReadOptions } from './csv';
import { type EventLog, readEvents } from './events';
import { type ItemTable, readItems } from './items';
import { describe, type RowReport } from './report';
import { TABLE_ENDINGS } from './table';
import { firstThere } from './there';

/** A shop's log and catalogue. */
export interface DataFolder {
  path: string;
  items: ItemTable;
  events: EventLog;
  reports: RowReport[];
}

/**
 * Reads `items` and `events` of a folder, each as `.csv`, `.csv.gz` or `.parquet`.
 * @throws HomebodyError `invalid-input` when a file is missing or unusable, `aborted`
 */
export async function readFolder(path: string, options: ReadOptions = {}): Promise<DataFolder> {
  const { items, report: itemReport } = await readItems(await find(path, 'items'), options);
  const { events, report: eventReport } = await readEvents(await find(path, 'events'), items, options);
  return { path, items, events, reports: [itemReport, eventReport] };
}

/** Lines for a log: what was read and what was wrong with it. */
export function describeReports(reports: RowReport[]): string[] {
  return reports.map(describe);
}

/** `name.csv`, `name.csv.gz` or `name.parquet` in a folder. */
export async function find(folder: string, name: string): Promise<string> {
  const path = await firstThere(TABLE_ENDINGS.map((ending) => join(folder, `${name}${ending}`)));
  if (path !== undefined) return path;
  throw new HomebodyError(
    'invalid-input',
    `${folder} has neither ${name}.csv nor ${name}.csv.gz nor ${name}.parquet.`,
    {
      remedy:
        'Give a folder with items.csv (item_id, title, …) and events.csv (user_id, item_id, event, timestamp_s, …), or what homebody prepare wrote.',
    },
  );
}
