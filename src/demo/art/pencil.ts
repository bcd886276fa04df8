/** Colours of one drawing: `a` the thing itself, `d` its shaded side, `l` its light side, `x` an accent, `k` dark ink, `w` paper. */
export interface Colours {
  a: string;
  d: string;
  l: string;
  x: string;
  k: string;
  w: string;
}

/** Draws on a 400 × 400 canvas whose ground line is at y = 316. `v` (0, 1 or 2) picks a variant. */
export type Motif = (c: Colours, v: number) => string;

/** Rectangle with rounded corners. */
export const box = (x: number, y: number, w: number, h: number, r: number, fill: string): string =>
  `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="${r}" fill="${fill}"/>`;

/** Circle. */
export const dot = (x: number, y: number, r: number, fill: string): string =>
  `<circle cx="${x}" cy="${y}" r="${r}" fill="${fill}"/>`;

/** Ellipse. */
export const oval = (x: number, y: number, rx: number, ry: number, fill: string): string =>
  `<ellipse cx="${x}" cy="${y}" rx="${rx}" ry="${ry}" fill="${fill}"/>`;

/** Filled path. */
export const shape = (d: string, fill: string): string => `<path d="${d}" fill="${fill}"/>`;

/** Stroked path with round ends. */
export const line = (d: string, stroke: string, width: number): string =>
  `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"/>`;

/** Turns what is drawn by `degrees` about a point. */
export const turn = (degrees: number, x: number, y: number, inner: string): string =>
  `<g transform="rotate(${degrees} ${x} ${y})">${inner}</g>`;

/** Repeats a drawing `count` times. */
export const times = (count: number, draw: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => draw(index)).join('');
