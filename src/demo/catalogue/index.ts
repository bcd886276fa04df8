/** The demo shop's catalogue: authored products with stable ids and a plausible popularity order. */
import { CULTURE } from './culture';
import { FAMILY } from './family';
import { hash } from './hash';
import { HOUSE } from './house';
import { OUTDOORS } from './outdoors';
import type { Shelf } from './section';
import { WEAR } from './wear';

/** One product of the demo shop. */
export interface Product {
  /** The slug of the title; stable as long as the title is. */
  id: string;
  title: string;
  brand: string;
  /** Department, then category. */
  category: [string, string];
  /** Euros. */
  price: number;
  /** 1 for the best seller. */
  rank: number;
  /** The drawing that shows it. */
  motif: string;
}

const SHELVES: readonly Shelf[] = [...HOUSE, ...WEAR, ...OUTDOORS, ...CULTURE, ...FAMILY];

/** Every product in popularity order, best seller first. Deterministic. Throws on two products with one id. */
export function catalogue(): Product[] {
  const products = SHELVES.flatMap((shelf) =>
    shelf.products.map(({ title, price }, place) => ({
      id: slug(title),
      title,
      brand: shelf.brands[(place + shelf.category.length) % shelf.brands.length] as string,
      category: [shelf.department, shelf.category] as [string, string],
      price,
      rank: 0,
      motif: shelf.motif,
      weight: demand(slug(title), price),
    })),
  );
  if (new Set(products.map((product) => product.id)).size !== products.length) throw new Error('two products, one id');
  products.sort((a, b) => b.weight - a.weight || (a.id < b.id ? -1 : 1));
  return products.map(({ weight: _, ...product }, index) => ({ ...product, rank: index + 1 }));
}

/** Departments in the order of the menu. */
export function departments(): string[] {
  return [...new Set(SHELVES.map((shelf) => shelf.department))];
}

/** `Chef's Knife, 20 cm` → `chefs-knife-20-cm`. */
export function slug(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[\u0300-\u036f'’]/g, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

/**
 * Invented demand: heavy-tailed luck (shops sell most of a few things) that cheap things win more often.
 * Departments take part alike, so that the best sellers mix them.
 */
function demand(id: string, price: number): number {
  const luck = (hash(id) + 0.5) / 2 ** 32;
  return (1 / luck) ** 0.6 / (1 + price / 120) ** 0.5;
}
