/** Pictures of the demo shop's products, drawn by code: no photograph, and no request that could tell what is shown. */
import { hash } from '../catalogue/hash';
import { CARE } from './care';
import { CULTURE } from './culture';
import { FAMILY } from './family';
import { GARDEN } from './garden';
import { HOUSE } from './house';
import { OUTDOORS } from './outdoors';
import { palette } from './palette';
import { type Motif, oval } from './pencil';
import { VARIANTS } from './variants';
import { WEAR } from './wear';

const MOTIFS: Readonly<Record<string, Motif>> = {
  ...HOUSE,
  ...GARDEN,
  ...CARE,
  ...WEAR,
  ...OUTDOORS,
  ...CULTURE,
  ...FAMILY,
};

/** The SVG source of a product's picture, 400 × 400, the same for the same product always. */
export function picture(product: { id: string; title: string; motif: string }): string {
  const seed = hash(product.id);
  const { colours, ground } = palette(product.title, seed);
  const variant = VARIANTS[product.motif]?.find(([words]) => words.test(product.title))?.[1] ?? seed % 3;
  const draw = MOTIFS[product.motif];
  const drawing = draw ? draw(colours, variant).replaceAll('var(--ground)', ground) : '';
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400"><rect width="400" height="400" fill="${ground}"/>` +
    `${oval(200, 318, 140, 13, 'rgba(40,36,30,.10)')}${drawing}</svg>`
  );
}

/** The same as an address for `<img src>`. */
export function pictureAddress(product: { id: string; title: string; motif: string }): string {
  return `data:image/svg+xml,${encodeURIComponent(picture(product))}`;
}
