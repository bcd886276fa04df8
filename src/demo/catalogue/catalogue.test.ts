import { expect, test } from 'vitest';
import { catalogue, departments, slug } from './index';

test('the catalogue is large, varied and in popularity order', () => {
  const products = catalogue();
  expect(products.length).toBeGreaterThanOrEqual(600);
  expect(departments().length).toBeGreaterThanOrEqual(10);
  expect(new Set(products.map((product) => product.title)).size).toBe(products.length);
  expect(products.map((product) => product.rank)).toEqual(products.map((_, index) => index + 1));
  for (const product of products) {
    expect(product.id).toMatch(/^[a-z0-9-]+$/);
    expect(product.price).toBeGreaterThan(0);
    const words = product.title
      .toLowerCase()
      .split(/[^a-z]+/)
      .filter((word) => word.length > 3);
    expect(new Set(words).size, product.title).toBe(words.length);
  }
});

test('best sellers mix departments, so that nobody is favoured before the first click', () => {
  const top = catalogue()
    .slice(0, 40)
    .map((product) => product.category[0]);
  expect(new Set(top).size).toBeGreaterThanOrEqual(10);
  for (const department of departments()) expect(top.filter((name) => name === department).length).toBeLessThan(10);
});

test('a slug has no accents, quotes or stray dashes', () => {
  expect(slug("Chef's Sauté Pan, 20 cm")).toBe('chefs-saute-pan-20-cm');
});
