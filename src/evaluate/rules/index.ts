import { fitWhitening } from '../../data';
import type { Protocol, Ranker } from '../query';
import type { RecentPurchases } from '../recent';
import { blend } from './blend';
import { fadedFrequency, popularity, recentPopularity } from './counts';
import type { Decay } from './history';
import { itemKnn, type KnnSetting } from './item-knn';
import type { Rule } from './rule';
import { type TextSetting, type TextTable, textMean, textTable, wordTable } from './text';
import { type TunedRanker, type TuneOptions, tuned } from './tune';

export { fitTogether } from './item-knn';
export { textRule } from './text';
export { meritOf, type TuneOptions } from './tune';

export interface RulesOptions extends TuneOptions {
  /** Folds of the customers that are judged. */
  folds: readonly number[];
  /** Raw text embeddings by item row; absent: no rules on text. */
  raw?: readonly Float32Array[];
  /** Where times are known: popularity of the last days is a rule. */
  recent?: RecentPurchases;
  /** Told which rule's settings are being chosen. */
  onRule?: (name: string) => void;
}

/** Histories fade by time where it is known, by step where it is not. */
function decays(isTimed: boolean): Decay[] {
  if (isTimed) return [{}, { halfLife: 30 }, { halfLife: 60 }, { halfLife: 120 }, { halfLife: 240 }];
  return [{}, { stepDecay: 0.95 }, { stepDecay: 0.8 }, { stepDecay: 0.5 }];
}

function knnSettings(isTimed: boolean): KnnSetting[] {
  const shrinkages = [2, 20];
  const fading: Decay[] = isTimed
    ? decays(true)
    : [...decays(false), { stepDecay: 0.8, last: 10 }, { stepDecay: 0.5, last: 10 }];
  return shrinkages.flatMap((shrinkage) => fading.map((decay) => ({ shrinkage, ...decay })));
}

function textSettings(tables: readonly TextTable[], isTimed: boolean, powers: readonly number[]): TextSetting[] {
  return tables.flatMap((table) =>
    powers.flatMap((power) => decays(isTimed).map((decay) => ({ table, power, ...decay }))),
  );
}

/** Plain, centred and half-whitened unit vectors; what is fitted is fitted on the catalogue, not on the log. */
export function textTables(raw: readonly Float32Array[]): [plain: TextTable, centred: TextTable, whitened: TextTable] {
  const known = raw.filter((vector) => vector.some((value) => value !== 0));
  const { mean, matrix } = fitWhitening(known);
  const size = mean.length;
  const centred = raw.map((vector) =>
    vector.some((value) => value !== 0) ? vector.map((value, i) => value - mean[i]!) : vector,
  );
  const whitened = centred.map((vector) => {
    const out = new Float32Array(size);
    for (let row = 0; row < size; row++) {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += matrix[row * size + i]! * vector[i]!;
      out[row] = sum;
    }
    return out;
  });
  return [textTable('plain text', raw), textTable('centred text', centred), textTable('half-whitened text', whitened)];
}

/**
 * The rules that need no training, each with its constants chosen on validation: popularity, that of the last days, own
 * frequency with decay (where what was seen is ranked), item-kNN, shared words of titles, text means and powers, and their best fixed blend.
 * @throws HomebodyError `aborted`
 */
export async function tunedRules(protocol: Protocol, options: RulesOptions): Promise<Ranker[]> {
  const { folds, raw, recent } = options;
  const isTimed = recent !== undefined;
  const rankers: TunedRanker[] = [];
  const add = async <S>(make: (protocol: Protocol) => Rule<S>): Promise<void> => {
    options.onRule?.(make(protocol).name);
    rankers.push(await tuned(protocol, make, folds, options));
  };
  await add(popularity);
  if (recent) await add(() => recentPopularity(recent, [7, 14, 30, 60]));
  if (protocol.ranksSeen) await add((on) => fadedFrequency(on, decays(isTimed)));
  await add((on) => itemKnn(on, knnSettings(isTimed)));
  const words = wordTable(protocol.data.items.titles);
  await add((on) => ({ ...textMean(on, textSettings([words], isTimed, [1, 2])), name: 'shared words' }));
  if (raw) {
    const tables = textTables(raw);
    await add((on) => textMean(on, textSettings(tables, isTimed, [1])));
    await add((on) => ({ ...textMean(on, textSettings(tables.slice(2), isTimed, [3])), name: 'text, 3rd power' }));
  }
  options.onRule?.('blend of rules');
  return [...rankers, await blend(protocol, rankers, folds, options)];
}
