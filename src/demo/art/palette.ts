import type { Colours } from './pencil';

/** Colour words of product titles; the last found in a title colours its picture. */
const WORDS: Readonly<Record<string, string>> = {
  'forest green': '#3f6b4f',
  'bottle green': '#2f6650',
  'sky blue': '#7db6d8',
  'sea blue': '#4f93a8',
  'dusty pink': '#d39a9b',
  'dusty rose': '#cc8f93',
  'midnight blue': '#2f3f63',
  'electric blue': '#3a6fd8',
  'ocean blue': '#3d7ea6',
  'racing red': '#c8402f',
  'butter yellow': '#ecc969',
  'petrol blue': '#2b6777',
  'neon yellow': '#d3de3f',
  'off-white': '#ece5d8',
  'stone grey': '#9c9a94',
  walnut: '#7a5236',
  oak: '#c39a67',
  birch: '#d8bd92',
  beech: '#d3a874',
  cedar: '#b0744a',
  bamboo: '#cdb16f',
  olive: '#7d8150',
  acacia: '#94603a',
  copper: '#c0764a',
  brass: '#c9a253',
  gold: '#d1aa55',
  silver: '#b9bec4',
  steel: '#a9b1b8',
  iron: '#4a4d52',
  terracotta: '#c9714c',
  tomato: '#d2503c',
  red: '#c94a3d',
  crimson: '#a8324a',
  cherry: '#b5304a',
  burgundy: '#7c2f42',
  bordeaux: '#7a2b3f',
  berry: '#a13d6c',
  raspberry: '#b83c66',
  plum: '#774769',
  purple: '#7d5ba6',
  lilac: '#b29ccf',
  lavender: '#a797c9',
  navy: '#2f4468',
  indigo: '#3c4a86',
  cobalt: '#2f58b0',
  denim: '#54719b',
  sky: '#86b8d6',
  blue: '#4b7fae',
  teal: '#2f8583',
  aqua: '#5fb9b9',
  mint: '#9fcfb4',
  sage: '#93a888',
  moss: '#6f8455',
  green: '#568a5e',
  emerald: '#2d8560',
  celadon: '#a9c5ae',
  lime: '#b0cf4b',
  yellow: '#e8bf4a',
  mustard: '#d3a13a',
  ochre: '#c78f3d',
  honey: '#d7a14a',
  amber: '#cf8f3a',
  orange: '#e0803d',
  rust: '#b5593a',
  coral: '#e58070',
  peach: '#efb08e',
  apricot: '#eba873',
  blush: '#e0b1a7',
  rose: '#cf8288',
  pink: '#dc9cab',
  cognac: '#9c5a36',
  tan: '#bb8657',
  camel: '#c19a6b',
  caramel: '#b97b44',
  chestnut: '#8a4f35',
  tobacco: '#8b6340',
  brown: '#7b563d',
  khaki: '#a99c75',
  sand: '#d9c6a1',
  stone: '#b3aca0',
  oatmeal: '#dccfb9',
  ecru: '#e3d8c2',
  cream: '#eee0c4',
  ivory: '#ece4d2',
  linen: '#ddd0ba',
  beige: '#d8c8ab',
  champagne: '#e0cda8',
  clay: '#c07f5e',
  cork: '#c8a06f',
  grey: '#9a9ea3',
  slate: '#6a7680',
  charcoal: '#4b5056',
  smoke: '#8d8f92',
  black: '#37393d',
  white: '#eef0ee',
  zinc: '#a9b0b3',
  porcelain: '#e9e6df',
  tortoise: '#7b5433',
  graphite: '#5a5d61',
  cocoa: '#6f4a37',
  carbon: '#42464b',
  fox: '#d5783f',
  lighthouses: '#c5503f',
};

const FALLBACK = [
  '#c9714c',
  '#4f7f86',
  '#d3a13a',
  '#7d8150',
  '#a8576b',
  '#5878a8',
  '#e08a5b',
  '#3f7a63',
  '#8c6bb1',
  '#c2504a',
  '#6f9fb8',
  '#b08a52',
] as const;

const ACCENT = ['#e9b44c', '#e07a5f', '#81b29a', '#f2cc8f', '#6d9dc5', '#d98b9c'] as const;

const GROUND = ['#f3ebe0', '#e6eeea', '#eee8f0', '#e7edf3', '#f5e8e4', '#eef0e2', '#e9e9e6', '#f4eedd'] as const;

/** The colours of a product: those its title names, else some chosen by `seed`; and the tint behind it. */
export function palette(title: string, seed: number): { colours: Colours; ground: string } {
  const a = named(title.toLowerCase()) ?? (FALLBACK[seed % FALLBACK.length] as string);
  const x = ACCENT[(seed >>> 5) % ACCENT.length] as string;
  return {
    colours: { a, d: mix(a, '#1d1f2b', 0.24), l: mix(a, '#ffffff', 0.34), x, k: '#2d3138', w: '#fbf8f2' },
    ground: GROUND[(seed >>> 9) % GROUND.length] as string,
  };
}

/** Longer words first, so that “stone grey” is not read as “stone” and then “grey”. */
const ANY = new RegExp(
  `\\b(?:${Object.keys(WORDS)
    .sort((a, b) => b.length - a.length)
    .join('|')})\\b`,
  'g',
);

/** The last colour word decides: “Cast Iron Teapot in Moss Green” is green. */
function named(title: string): string | undefined {
  return WORDS[title.match(ANY)?.at(-1) ?? ''];
}

/** Linear mix of two `#rrggbb` colours; `share` of the second, 0 to 1. */
function mix(one: string, two: string, share: number): string {
  const channel = (hex: string, at: number) => Number.parseInt(hex.slice(at, at + 2), 16);
  return `#${[1, 3, 5]
    .map((at) => Math.round(channel(one, at) * (1 - share) + channel(two, at) * share))
    .map((value) => value.toString(16).padStart(2, '0'))
    .join('')}`;
}
