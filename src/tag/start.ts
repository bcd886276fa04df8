import { whenIdle } from '../client';
import type { Recommender } from '../domain';
import { type HomebodyTag, install } from './install';
import { readOptions, type TagOptions } from './options';

/** What dist/client.js exports. */
interface PageModule {
  startPage(options: TagOptions, script: string): Recommender;
}

/** Reads the script tag, puts `window.homebody` there at once, and loads the rest at the page's next idle moment. */
export function startTag(target: Window, script: HTMLScriptElement): HomebodyTag {
  const options = readOptions(script.dataset);
  const rest = new URL('client.js', folder(options.base, script.src)).href;
  const loading = whenIdle()
    .then((): Promise<PageModule> => import(/* @vite-ignore */ rest))
    .then(({ startPage }) => startPage(options, rest));
  return install(target as { homebody?: unknown }, loading);
}

function folder(base: string | undefined, script: string): URL {
  if (base === undefined) return new URL('.', script);
  return new URL(base.endsWith('/') ? base : `${base}/`, document.baseURI);
}
