import type { Profile } from '../../domain';
import { h } from '../shop/dom';
import type { DrawerContext } from './index';

/** Colours told apart by most people, on light and on dark ground. */
const COLOURS = ['#3a7f9f', '#c2703d', '#5b8c4a', '#9a5f9e', '#b8963e', '#7a7f87'] as const;
const LINES = 5;

/** What seems to interest the visitor now, and how that came and went. */
export async function interestsTab({ shop, signal }: DrawerContext): Promise<HTMLElement> {
  if (!shop.homebody) return h('p', {}, 'Homebody is off.');
  const profile = await shop.homebody.profile();
  if (profile.interests.length === 0) {
    return h('p', { class: 'drawer-part' }, 'No interest yet. It takes one look at one product.');
  }
  const names = strongest(profile);
  const holder = h('div', { class: 'plot', 'data-testid': 'plot' });
  if (profile.timeline.length > 1) void plot(holder, profile, names, signal);
  else holder.append(h('p', { class: 'soft' }, 'A curve needs two moments. Come back after a few more clicks.'));

  const bars = (kind: 'category' | 'brand') =>
    profile.interests
      .filter((interest) => interest.kind === kind)
      .slice(0, 6)
      .map(({ name, share }) => bar(name, share, COLOURS[names.indexOf(name)]));
  return h(
    'div',
    {},
    h('section', { class: 'drawer-part' }, h('h3', {}, 'Over time'), holder, table(profile, names)),
    h(
      'section',
      { class: 'drawer-part' },
      h('h3', {}, 'Departments now'),
      h('ul', { class: 'bars' }, ...bars('category')),
    ),
    h('section', { class: 'drawer-part' }, h('h3', {}, 'Brands now'), h('ul', { class: 'bars' }, ...bars('brand'))),
  );
}

function bar(name: string, share: number, colour: string | undefined): HTMLElement {
  const style = `width:${(share * 100).toFixed(1)}%;${colour ? `background:${colour}` : ''}`;
  return h(
    'li',
    {},
    h('span', {}, name),
    h('span', { class: 'meter' }, h('span', { style })),
    h('span', { class: 'number' }, `${Math.round(share * 100)} %`),
  );
}

/** The categories with the highest peaks. */
function strongest(profile: Profile): string[] {
  const peaks = new Map<string, number>();
  for (const { shares } of profile.timeline) {
    for (const [name, share] of Object.entries(shares)) peaks.set(name, Math.max(share, peaks.get(name) ?? 0));
  }
  return [...peaks]
    .sort((a, b) => b[1] - a[1])
    .slice(0, LINES)
    .map(([name]) => name);
}

async function plot(holder: HTMLElement, profile: Profile, names: string[], signal: AbortSignal): Promise<void> {
  const { default: UPlot } = await import('uplot');
  if (signal.aborted) return;
  const style = getComputedStyle(document.documentElement);
  const axis = {
    stroke: style.getPropertyValue('--soft'),
    grid: { stroke: style.getPropertyValue('--line'), width: 1 },
  };
  const percent = (value: number | null) => (value === null ? '–' : `${Math.round(value * 100)} %`);
  const chart = new UPlot(
    {
      width: Math.max(240, holder.clientWidth || 400),
      height: 240,
      scales: { y: { range: [0, 1] } },
      axes: [axis, { ...axis, size: 56, values: (_, values) => values.map(percent) }],
      series: [
        {},
        ...names.map((name, index) => ({
          label: name,
          stroke: COLOURS[index],
          width: 2,
          points: { show: profile.timeline.length < 40 },
          value: (_: unknown, value: number | null) => percent(value),
        })),
      ],
    },
    [
      profile.timeline.map((point) => point.time / 1000),
      ...names.map((name) => profile.timeline.map((point) => point.shares[name] ?? 0)),
    ],
    holder,
  );
  const resized = new ResizeObserver(() => chart.setSize({ width: Math.max(240, holder.clientWidth), height: 240 }));
  resized.observe(holder);
  signal.addEventListener('abort', () => {
    resized.disconnect();
    chart.destroy();
  });
}

/** The same curve for those who cannot see it. */
function table(profile: Profile, names: string[]): HTMLElement {
  const rows = profile.timeline
    .slice(-12)
    .map(({ time, shares }) =>
      h(
        'tr',
        {},
        h('th', { scope: 'row' }, new Date(time).toLocaleString('en-GB')),
        ...names.map((name) => h('td', {}, `${Math.round((shares[name] ?? 0) * 100)} %`)),
      ),
    );
  const head = h('tr', {}, h('th', {}, 'When'), ...names.map((name) => h('th', { scope: 'col' }, name)));
  return h('table', { class: 'sr' }, h('caption', {}, 'Interest by category over time'), head, ...rows);
}
