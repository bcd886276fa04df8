/** The script tag: `window.homebody`, its queue of earlier calls, and its `data-*` options. */
export { type HomebodyTag, install } from './install';
export { readOptions, type TagOptions } from './options';
export { startPage } from './page';
export { startTag } from './start';
