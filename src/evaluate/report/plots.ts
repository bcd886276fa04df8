/** Text for HTML and SVG. */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** A bar with an interval. */
export interface Bar {
  label: string;
  value: number;
  low?: number;
  high?: number;
  /** The model under test stands out. */
  isOurs?: boolean;
}

const WIDTH = 840;
const LABEL = 320;
const ROW = 26;
const RIGHT = 74;

/** Round numbers that cover 0 to `top`, at most seven of them. */
export function ticks(top: number): number[] {
  if (!(top > 0)) return [0, 1];
  const raw = top / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= raw)!;
  return Array.from({ length: Math.ceil(top / step - 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

/** Horizontal bars from 0, one a row, in the order given, intervals as whiskers. SVG text of its own. */
export function barPlot(title: string, bars: readonly Bar[], digits = 4): string {
  const top = Math.max(...bars.map(({ value, high }) => Math.max(value, high ?? 0)), 0);
  const axis = ticks(top);
  const most = axis.at(-1)!;
  const x = (value: number): number => LABEL + (Math.max(0, value) / most) * (WIDTH - LABEL - RIGHT);
  const height = 12 + bars.length * ROW + 24;
  const grid = axis.flatMap((value) => [
    `<line class="grid" x1="${x(value).toFixed(1)}" x2="${x(value).toFixed(1)}" y1="8" y2="${height - 22}"/>`,
    `<text class="tick" x="${x(value).toFixed(1)}" y="${height - 6}" text-anchor="middle">${value}</text>`,
  ]);
  const rows = bars.flatMap(({ label, value, low, high, isOurs }, at) => {
    const y = 12 + at * ROW;
    const middle = y + ROW / 2 - 2;
    const end = Math.max(x(value), x(high ?? value));
    const whisker =
      low === undefined || high === undefined
        ? []
        : [
            `<path class="whisker" d="M${x(low).toFixed(1)} ${middle}H${x(high).toFixed(1)}M${x(low).toFixed(1)} ${middle - 4}v8M${x(high).toFixed(1)} ${middle - 4}v8"/>`,
          ];
    return [
      `<text x="${LABEL - 8}" y="${middle + 4}" text-anchor="end"${isOurs ? ' class="ours-label"' : ''}>${escapeText(shorten(label))}</text>`,
      `<rect class="${isOurs ? 'ours' : 'other'}" x="${LABEL}" y="${y + 2}" width="${(x(value) - LABEL).toFixed(1)}" height="${ROW - 8}" rx="2"/>`,
      ...whisker,
      `<text class="value" x="${(end + 6).toFixed(1)}" y="${middle + 4}">${value.toFixed(digits)}</text>`,
    ];
  });
  return svg(title, height, [...grid, ...rows]);
}

/** A point of a scatter plot. */
export interface Point {
  label: string;
  x: number;
  y: number;
  isOurs?: boolean;
}

const TALL = 320;

/** Points with their names; both axes start where the data do, a little before. `joined` draws a line in the order given. */
export function scatterPlot(
  title: string,
  axes: { x: string; y: string },
  points: readonly Point[],
  joined = false,
): string {
  const bounds = (values: number[]): [number, number] => {
    const low = Math.min(...values);
    const high = Math.max(...values);
    const margin = (high - low || Math.abs(high) || 1) * 0.12;
    return [low - margin, high + margin];
  };
  const [x0, x1] = bounds(points.map((point) => point.x));
  const [y0, y1] = bounds(points.map((point) => point.y));
  const left = 70;
  const bottom = 44;
  const px = (value: number): number => left + ((value - x0) / (x1 - x0)) * (WIDTH - left - 20);
  const py = (value: number): number => TALL - bottom - ((value - y0) / (y1 - y0)) * (TALL - bottom - 12);
  const lines = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => {
    const x = x0 + share * (x1 - x0);
    const y = y0 + share * (y1 - y0);
    return [
      `<line class="grid" x1="${left}" x2="${WIDTH - 20}" y1="${py(y).toFixed(1)}" y2="${py(y).toFixed(1)}"/>`,
      `<text class="tick" x="${left - 6}" y="${(py(y) + 4).toFixed(1)}" text-anchor="end">${three(y)}</text>`,
      `<text class="tick" x="${px(x).toFixed(1)}" y="${TALL - bottom + 16}" text-anchor="middle">${three(x)}</text>`,
    ];
  });
  const path = points.map((point, at) => `${at === 0 ? 'M' : 'L'}${px(point.x).toFixed(1)} ${py(point.y).toFixed(1)}`);
  const placed = labelPlaces(points.map((point) => ({ x: px(point.x), y: py(point.y) })));
  const marks = points.flatMap((point, at) => {
    const isLeft = px(point.x) > WIDTH * 0.72;
    return [
      `<circle class="${point.isOurs ? 'ours' : 'other'}" cx="${px(point.x).toFixed(1)}" cy="${py(point.y).toFixed(1)}" r="${point.isOurs ? 6 : 4.5}"/>`,
      `<text class="point" x="${(px(point.x) + (isLeft ? -9 : 9)).toFixed(1)}" y="${placed[at]!.toFixed(1)}"${isLeft ? ' text-anchor="end"' : ''}>${escapeText(shorten(point.label))}</text>`,
    ];
  });
  return svg(title, TALL, [
    ...lines,
    ...(joined ? [`<path class="joined" d="${path.join('')}"/>`] : []),
    ...marks,
    `<text class="tick" x="${(WIDTH + left) / 2}" y="${TALL - 6}" text-anchor="middle">${escapeText(axes.x)}</text>`,
    `<text class="tick" transform="rotate(-90)" x="${-(TALL - bottom) / 2}" y="14" text-anchor="middle">${escapeText(axes.y)}</text>`,
  ]);
}

/** Heights of labels, moved so that those near each other do not lie on one another. */
function labelPlaces(points: readonly { x: number; y: number }[]): number[] {
  const places = points.map(({ y }) => y + 4);
  const order = [...points.keys()].sort((a, b) => places[a]! - places[b]!);
  for (const [at, one] of order.entries()) {
    for (const other of order.slice(0, at)) {
      const isNear = Math.abs(points[one]!.x - points[other]!.x) < 190;
      if (isNear && places[one]! < places[other]! + 13) places[one] = places[other]! + 13;
    }
  }
  return places;
}

function svg(title: string, height: number, parts: readonly string[]): string {
  return [
    `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" xmlns="http://www.w3.org/2000/svg">`,
    `<title>${escapeText(title)}</title>`,
    ...parts,
    '</svg>',
  ].join('\n');
}

const three = (value: number): string => String(Number(value.toPrecision(3)));
const shorten = (label: string): string => (label.length > 44 ? `${label.slice(0, 43)}…` : label);

/** Colours of plots, for light and dark pages. */
export const PLOT_STYLE = `
svg{display:block;width:100%;max-width:${WIDTH}px;height:auto;font:12px system-ui,sans-serif;color:var(--text)}
svg text{fill:var(--text)}
svg .tick{fill:var(--faint);font-size:11px}
svg .point{font-size:11px}
svg .value{font-variant-numeric:tabular-nums}
svg .ours-label{font-weight:600}
svg .grid{stroke:var(--line);stroke-width:1}
svg .ours{fill:var(--ours)}
svg .other{fill:var(--other)}
svg .whisker,svg .joined{fill:none;stroke:var(--text);stroke-width:1.2;opacity:.75}`;
