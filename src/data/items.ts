import { itemText } from '../domain';
import type { ReadOptions } from './csv';
import { isGarbled, note, type RowReport } from './report';
import { readTable } from './table';

/** A catalogue in columns; a row is an item's number everywhere in a log. */
export interface ItemTable {
  ids: string[];
  /** Row of an id. */
  rowOf: Map<string, number>;
  titles: string[];
  /** '' where unknown. */
  brands: string[];
  /** From the broadest to the narrowest, without the categories that (almost) every item shares. */
  categories: string[][];
  /** NaN where unknown. */
  prices: number[];
  /** False for what a shop sells beside its products, such as postage: items of category `service` where the file has both. */
  isProduct: boolean[];
}

/** A category of at least this share of the items tells nothing about an item and is left out of its text. */
export const COMMON_CATEGORY_SHARE = 0.9;

const COLUMNS = {
  required: ['item_id'],
  optional: ['title', 'category', 'brand', 'price'],
} as const;

/**
 * Reads a catalogue: `item_id, title, category, brand, price`; several categories are joined with `|`.
 * @throws HomebodyError as {@link readTable}
 */
export async function readItems(
  path: string,
  options: ReadOptions = {},
): Promise<{ items: ItemTable; report: RowReport }> {
  const items = newItemTable();
  const report = await readTable<'item_id' | 'title' | 'category' | 'brand' | 'price'>(
    path,
    COLUMNS,
    (row, report) => {
      const id = row('item_id');
      if (id === '') return note(report, 'missing-item');
      if (items.rowOf.has(id)) return note(report, 'duplicate-item');
      if (isGarbled(id)) return note(report, 'bad-encoding');
      const title = row('title');
      if (isGarbled(title)) note(report, 'garbled-title');
      if (title === '') note(report, 'empty-title');
      const price = row('price') === '' ? Number.NaN : Number(row('price'));
      const usable = Number.isFinite(price) && price >= 0;
      if (row('price') !== '' && !usable) note(report, 'bad-price');
      addItem(items, id, {
        title,
        brand: row('brand'),
        categories: categoriesOf(row('category')),
        price: usable ? price : Number.NaN,
      });
      report.kept++;
    },
    options,
  );
  settleCategories(items);
  return { items, report };
}

/** Names in a `category` field, joined with bars. */
export function categoriesOf(field: string): string[] {
  return field
    .split('|')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

export function newItemTable(): ItemTable {
  return { ids: [], rowOf: new Map(), titles: [], brands: [], categories: [], prices: [], isProduct: [] };
}

/** Appends an item and returns its row. */
export function addItem(
  items: ItemTable,
  id: string,
  facts: { title: string; brand: string; categories: string[]; price: number },
): number {
  const row = items.ids.length;
  items.ids.push(id);
  items.rowOf.set(id, row);
  items.titles.push(facts.title);
  items.brands.push(facts.brand);
  items.categories.push(facts.categories);
  items.prices.push(facts.price);
  items.isProduct.push(true);
  return row;
}

/** Items of every category. */
export function categoryCounts({ categories }: Pick<ItemTable, 'categories'>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const names of categories) {
    for (const name of new Set(names)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** Decides what is a product, then drops the categories that tell nothing. Once, after all items are known. */
function settleCategories(items: ItemTable): void {
  const counts = categoryCounts(items);
  // The pair of categories that formats.md's protocol knows: where it is used, only `product` is ranked.
  if (counts.has('product')) {
    for (const [row, categories] of items.categories.entries()) items.isProduct[row] = categories.includes('product');
  }
  const common = new Set(
    [...counts].filter(([, count]) => count >= COMMON_CATEGORY_SHARE * items.ids.length).map(([name]) => name),
  );
  // In a catalogue of one or two items every category is common.
  if (items.ids.length < 10 || common.size === 0) return;
  items.categories = items.categories.map((categories) => categories.filter((name) => !common.has(name)));
}

/** The text that is embedded for an item (title, brand, categories), as the browser makes it. */
export function textOf(items: ItemTable, row: number): string {
  return itemText({
    title: items.titles[row]!,
    brand: items.brands[row]!,
    categories: items.categories[row]!,
  });
}
