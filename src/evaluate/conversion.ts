import type { DataFolder } from '../data';
import { HomebodyError } from '../domain';
import { conversionInput, conversionLogits, prepareCandidates, scoreCandidates } from '../model';
import type { PurchaseRanker } from './purchases';
import { type ReplayOptions, replayLog } from './replay';

/**
 * The model's conversion head as a browser runs it: the candidates' logits of being bought.
 * @throws HomebodyError `strategy-unavailable` when the model has no head
 */
export function conversionRanker(data: DataFolder, options: ReplayOptions & { name?: string }): PurchaseRanker {
  const { model } = options;
  const head = model.conversion;
  if (!head) {
    throw new HomebodyError('strategy-unavailable', `${model.manifest.id} has no conversion head.`, {
      remedy: 'Train one: homebody train --objective conversion.',
    });
  }
  const replay = replayLog(data, options);
  return {
    name: options.name ?? `${model.manifest.id}, conversion`,
    isLogit: true,
    async score(query) {
      const state = await replay.stateFor(query);
      const batch = prepareCandidates(model, Array.from(query.candidates, replay.candidate));
      const scored = scoreCandidates(model, state, batch, { now: query.time * 1000, utcOffset: 0 });
      return conversionLogits(head, conversionInput(model, state, batch, scored, 0));
    },
  };
}
