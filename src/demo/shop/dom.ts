type Props = Record<string, string | number | boolean | undefined | ((event: never) => void)>;

/**
 * Makes an element: `on…` properties are listeners, the others attributes (`false` and `undefined` leave one out).
 * Text goes in as text nodes, so nothing that a server sent can become markup.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: (Node | string | undefined | false)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value as (event: Event) => void);
    else if (value !== false && value !== undefined) element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child): child is Node | string => child !== undefined && child !== false));
  return element;
}

/** Gives the browser a chance to paint and to handle input between two pieces of work. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** `€12.50` for people. Without `Intl`, whose first use costs more than all else on the page. */
export function money(price: number): string {
  const [whole = '0', cents] = price.toFixed(2).split('.');
  return `€${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${cents}`;
}

const PATHS = {
  heart:
    'M12 20s-7-4.6-9-9c-1.2-2.8.6-6 3.9-6 2 0 3.700 1 5.100 3 1.400-2 3.100-3 5.100-3 3.300 0 5.100 3.200 3.900 6-2 4.400-9 9-9 9z',
  bag: 'M5 8h14l-1 12H6L5 8zm4 0V7a3 3 0 0 1 6 0v1',
  search: 'M11 5a6 6 0 1 0 0 12 6 6 0 0 0 0-12zm4.500 10.500L20 20',
  device:
    'M8 3h8a1.500 1.500 0 0 1 1.500 1.500v15A1.500 1.500 0 0 1 16 21H8a1.500 1.500 0 0 1-1.500-1.500v-15A1.500 1.500 0 0 1 8 3zm3 15h2',
  moon: 'M20 14.500A8 8 0 0 1 9.500 4 8 8 0 1 0 20 14.500z',
  close: 'M6 6l12 12M18 6L6 18',
  info: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zm0 7v5m0-8v.01',
} as const;

/** A small line drawing for a button; the button itself carries the name. */
export function icon(name: keyof typeof PATHS): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.classList.add('icon');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}
