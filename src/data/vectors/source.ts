import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { itemText } from '../../domain';
import { medianFor, medianOf } from '../catalogue';
import type { ReadOptions, Row } from '../csv';
import { COMMON_CATEGORY_SHARE, categoriesOf } from '../items';
import { readJsonl } from '../jsonl';
import { note, type RowReport } from '../report';
import { streamTable } from '../table';

type Column = 'item_id' | 'title' | 'category' | 'brand' | 'price';
const COLUMNS: { required: Column[]; optional: Column[] } = {
  required: ['item_id'],
  optional: ['title', 'category', 'brand', 'price'],
};

/** What is kept of a catalogue of any size: its ids and what its categories cost. Texts are read again when needed. */
export interface Scan {
  path: string;
  /** SHA-256 of the file. */
  sha256: string;
  /** Row of an id, in the order of the file. */
  rowOf: Map<string, number>;
  /** Categories that (almost) every item shares: no part of a text. */
  common: ReadonlySet<string>;
  priceMedians: Record<string, number>;
  report: RowReport;
}

/** One item in the order of its row. */
export interface ScannedItem {
  row: number;
  id: string;
  text: string;
  /** Median price of its narrowest category; NaN where unknown. */
  median: number;
}

function read(
  path: string,
  onRow: (row: Row<Column>, report: RowReport) => void | Promise<void>,
  options: ReadOptions,
): Promise<RowReport> {
  const isJsonl = /\.(jsonl|ndjson)(\.gz)?$/.test(path);
  return isJsonl ? readJsonl(path, onRow, options) : streamTable<Column>(path, COLUMNS, onRow, options);
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/**
 * Reads a catalogue once: CSV, Parquet, or JSONL with the same fields (`category` may be a list). Same rules as `readItems`.
 * @throws HomebodyError as `readCsv`
 */
export async function scanCatalogue(path: string, options: ReadOptions = {}): Promise<Scan> {
  const rowOf = new Map<string, number>();
  const counts = new Map<string, number>();
  const prices = new Map<string, number[]>();
  const report = await read(
    path,
    (row, rows) => {
      const id = row('item_id');
      if (id === '') return note(rows, 'missing-item');
      if (rowOf.has(id)) return note(rows, 'duplicate-item');
      rowOf.set(id, rowOf.size);
      if (row('title') === '') note(rows, 'empty-title');
      const price = Number(row('price'));
      if (row('price') !== '' && !(Number.isFinite(price) && price >= 0)) note(rows, 'bad-price');
      for (const name of new Set(categoriesOf(row('category')))) {
        counts.set(name, (counts.get(name) ?? 0) + 1);
        if (!(price > 0) || !Number.isFinite(price)) continue;
        const known = prices.get(name);
        if (known) known.push(price);
        else prices.set(name, [price]);
      }
      rows.kept++;
    },
    options,
  );
  const isLarge = rowOf.size >= 10;
  const common = new Set(
    [...counts].filter(([, count]) => isLarge && count >= COMMON_CATEGORY_SHARE * rowOf.size).map(([name]) => name),
  );
  const priceMedians: Record<string, number> = {};
  for (const [name, all] of prices) if (!common.has(name)) priceMedians[name] = medianOf(all);
  return { path, sha256: await hashOf(path), rowOf, common, priceMedians, report };
}

/** Reads the catalogue again, item by item; waits for `onItem`. Rows before `from` are passed over. */
export async function readScanned(
  scan: Scan,
  from: number,
  onItem: (item: ScannedItem) => void | Promise<void>,
  options: ReadOptions = {},
): Promise<void> {
  let next = 0;
  await read(
    scan.path,
    (row) => {
      const id = row('item_id');
      // A repeated id has an earlier row.
      if (id === '' || scan.rowOf.get(id) !== next) return;
      const at = next;
      next += 1;
      if (at < from) return;
      const categories = categoriesOf(row('category')).filter((name) => !scan.common.has(name));
      const text = itemText({ title: row('title'), brand: row('brand'), categories });
      return onItem({ row: at, id, text, median: medianFor(scan.priceMedians, categories) });
    },
    options,
  );
}
