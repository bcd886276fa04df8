import type { EventItemInput } from '../domain';

/** The facts of every schema.org Product in the document's JSON-LD, by item id (`sku`, else `productID`, `gtin`, `mpn`, `@id`). */
export function productFacts(root: ParentNode): Map<string, EventItemInput> {
  const found = new Map<string, EventItemInput>();
  for (const script of root.querySelectorAll('script[type="application/ld+json"]')) {
    try {
      visit(JSON.parse(script.textContent ?? ''), found, 0);
    } catch {
      // A page's broken JSON-LD is no affair of ours.
    }
  }
  return found;
}

function visit(node: unknown, found: Map<string, EventItemInput>, depth: number): void {
  if (typeof node !== 'object' || node === null || depth > 4) return;
  if (Array.isArray(node)) {
    for (const part of node) visit(part, found, depth + 1);
    return;
  }
  const product = node as Record<string, unknown>;
  if ([product['@type']].flat().includes('Product')) {
    const item = toItem(product);
    if (item && !found.has(String(item.item_id))) found.set(String(item.item_id), item);
  }
  visit(product['@graph'], found, depth + 1);
  visit(product.mainEntity, found, depth + 1);
}

function toItem(product: Record<string, unknown>): EventItemInput | undefined {
  const id = ['sku', 'productID', 'gtin', 'gtin13', 'mpn', '@id'].map((name) => text(product[name])).find(Boolean);
  if (!id) return undefined;
  const item: EventItemInput = { item_id: id };
  const name = text(product.name);
  if (name) item.item_name = name;
  const brand = text((product.brand as { name?: unknown })?.name ?? product.brand);
  if (brand) item.item_brand = brand;
  const category = text(product.category);
  if (category) {
    // Google's way to write a path: "Home > Garden > Chairs".
    for (const [i, part] of category.split('>').slice(0, 5).entries()) {
      item[`item_category${i === 0 ? '' : i + 1}` as 'item_category'] = part.trim();
    }
  }
  const offer = [product.offers].flat()[0] as { price?: unknown; lowPrice?: unknown; priceCurrency?: unknown };
  const price = Number.parseFloat(text(offer?.price ?? offer?.lowPrice) ?? '');
  if (price >= 0) item.price = price;
  const currency = text(offer?.priceCurrency);
  if (currency) item.currency = currency;
  return item;
}

function text(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}
