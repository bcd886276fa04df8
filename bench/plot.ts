// Draws a report as an SVG: a panel for each size, a bar for each contender, time on a logarithmic axis.
import type { Report } from './protocol';

const WIDTH = 860;
const LABEL = 280;
const BAR = 18;
const PANEL_HEAD = 44;

/** Milliseconds in three significant figures. */
export function milliseconds(value: number): string {
  return `${Number(value.toPrecision(3))} ms`;
}

/** `1 step`, `50 steps`. */
export function sized(size: number, unit: string): string {
  return `${size} ${unit}${size === 1 ? '' : 's'}`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/** The SVG document. Readable on light and dark pages: it brings its own background. */
export function plot(report: Report, title: string): string {
  const sizes = [...new Set(report.rows.map((row) => row.size))];
  const medians = report.rows.map((row) => row.median);
  const low = Math.floor(Math.log10(Math.min(...medians)));
  const high = Math.ceil(Math.log10(Math.max(...medians)));
  const at = (value: number): number => LABEL + ((Math.log10(value) - low) / (high - low)) * (WIDTH - LABEL - 90);
  const parts: string[] = [];
  let y = 40;
  for (const size of sizes) {
    const rows = report.rows.filter((row) => row.size === size).sort((a, b) => a.median - b.median);
    parts.push(`<text x="12" y="${y + 22}" font-weight="bold">${sized(size, report.unit)}</text>`);
    y += PANEL_HEAD - 12;
    for (let power = low; power <= high; power += 1) {
      const x = at(10 ** power);
      parts.push(`<line x1="${x}" x2="${x}" y1="${y}" y2="${y + rows.length * (BAR + 4)}" stroke="#ccc"/>`);
    }
    for (const row of rows) {
      const fill = row.name.startsWith('homebody') ? '#2a6f5e' : '#9a9a9a';
      parts.push(
        `<text x="${LABEL - 8}" y="${y + 14}" text-anchor="end">${escapeXml(row.name)}</text>`,
        `<rect x="${LABEL}" y="${y + 2}" width="${at(row.median) - LABEL}" height="${BAR - 2}" fill="${fill}"/>`,
        `<text x="${at(row.median) + 6}" y="${y + 14}">${milliseconds(row.median)}</text>`,
      );
      y += BAR + 4;
    }
    y += 12;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y + 10}" font-family="sans-serif" font-size="12">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="12" y="24" font-size="15" font-weight="bold">${escapeXml(title)}</text>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}
