// The demo shop's server side: candidate lists in popularity order, in the shapes of formats.md.
// It knows the catalogue and, once built, the catalogue's vectors. It knows nothing of any visitor.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const HOME = 480;
const RELATED = 72;

/**
 * Reads `catalogue.json` (and `vectors.json`, when there) from the site's folder.
 * Rejects with a remedy when the catalogue was not built.
 * @param {string} folder
 */
export async function createShop(folder) {
  const { items, departments } = await readFile(join(folder, 'catalogue.json'), 'utf8').then(JSON.parse, () => {
    throw new Error(`No ${join(folder, 'catalogue.json')}: run \`npm run build\` first.`);
  });
  const vectors = await readFile(join(folder, 'vectors.json'), 'utf8').then(JSON.parse, () => ({ items: {} }));
  const products = items.map((item) => {
    const vector = vectors.items?.[item.id];
    return vector ? { ...item, vector } : item;
  });
  const byId = new Map(products.map((product) => [product.id, product]));

  /** Slots that need nothing but the catalogue's order. */
  const plain = {
    home: () => products.slice(0, HOME),
    all: () => products,
    small: () => products.filter((product) => product.price < 20).slice(0, RELATED),
  };

  return {
    /** The JSON answer to an address below `/api/`, or `undefined` where there is nothing. */
    answer(/** @type {string} */ path, /** @type {URLSearchParams} */ query) {
      if (path === '/api/departments') return { departments };
      if (path === '/api/product') return byId.get(query.get('id') ?? '');
      if (path !== '/api/candidates') return undefined;
      const slot = query.get('slot') ?? 'home';
      const list = candidates(slot, query);
      return list && { slot, items: list };
    },
  };

  function candidates(slot, query) {
    if (Object.hasOwn(plain, slot)) return plain[slot]();
    if (slot === 'category') {
      const name = query.get('name');
      return departments.includes(name) ? products.filter((product) => product.category[0] === name) : undefined;
    }
    if (slot === 'product') return related(byId.get(query.get('id') ?? ''))?.map(ga4);
    if (slot === 'search') return search(query.get('q') ?? '');
    return undefined;
  }

  /** What a shop would show beside a product: its category, its department, then best sellers, in popularity order. */
  function related(product) {
    if (!product) return undefined;
    const [department, category] = product.category;
    const near = products.filter((other) => other !== product && other.category[0] === department);
    const nearest = near.filter((other) => other.category[1] === category);
    const chosen = new Set([...nearest, ...near, ...products].slice(0, RELATED));
    chosen.delete(product);
    return products.filter((other) => chosen.has(other));
  }

  function search(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean).slice(0, 8);
    if (words.length === 0) return [];
    return products.filter((product) => {
      const all = `${product.title} ${product.brand} ${product.category.join(' ')}`.toLowerCase();
      return words.every((word) => all.includes(word.replace(/s$/, '')));
    });
  }
}

/** A candidate in GA4's item field names, which some shops' endpoints send. */
function ga4({ id, title, brand, category, price, currency, url, prior, motif, vector }, index) {
  const item = { item_id: id, item_name: title, item_brand: brand, item_category: category[0] };
  return { ...item, item_category2: category[1], price, currency, index, url, prior, motif, ...(vector && { vector }) };
}
