/** An authored shelf of the demo shop: one category with its products, before ids, ranks and colours are worked out. */
export interface Shelf {
  department: string;
  category: string;
  /** Which drawing in `src/demo/art` shows its products. */
  motif: string;
  brands: readonly string[];
  products: readonly { title: string; price: number }[];
}

/**
 * Reads a shelf from text, one product a line as `Title | price in euros`.
 * Throws when a line has no price, so that a typing error cannot reach the shop.
 */
export function shelf(department: string, category: string, motif: string, brands: string[], lines: string): Shelf {
  const products = lines
    .trim()
    .split('\n')
    .map((line) => {
      const [title, price] = line.split('|').map((part) => part.trim());
      if (!title || !price || !Number.isFinite(Number(price))) throw new Error(`no title or price in “${line}”`);
      return { title, price: Number(price) };
    });
  return { department, category, motif, brands, products };
}
