import { startCapture } from '../capture';
import { createRecommender } from '../client';
import type { Recommender } from '../domain';
import type { TagOptions } from './options';

/**
 * What the tag loads at idle (dist/client.js): the recommender, with the listeners that the tag asks for. A view that is
 * held for its dwell goes out before any list is ranked, and before anything is shown, forgotten or exported.
 */
export function startPage({ capture: sources, dwell, ...options }: TagOptions, script: string): Recommender {
  const recommender = createRecommender(options, script);
  if (sources.size === 0) return recommender;
  const capture = startCapture(recommender, { sources, dwell });
  const after = <A extends unknown[], R>(call: (...args: A) => R) => {
    return (...args: A): R => {
      capture.flush();
      return call(...args);
    };
  };
  return {
    ...recommender,
    rerank: after(recommender.rerank),
    profile: after(recommender.profile),
    forget: after(recommender.forget),
    export: after(recommender.export),
    dispose() {
      capture.stop();
      return recommender.dispose();
    },
  };
}
