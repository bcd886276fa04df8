import type { Tensors } from '../parameters';
import { type FitOptions, fitHead, type HeadSettings, logitsOf, userAuc } from './fit';
import type { Scale } from './head';
import type { ConversionList } from './lists';
import { plattScale } from './platt';

/** Settings that are tried. */
export const SETTINGS: readonly HeadSettings[] = [
  { hidden: 16, decay: 0.05, interest: false },
  { hidden: 16, decay: 0.5, interest: false },
  { hidden: 16, decay: 0.5, interest: true },
];

export interface Choice {
  settings: HeadSettings;
  epochs: number;
  /** Mean AUC over users, each predicted by a head that was trained without their fold. */
  auc: number;
  /** Of those predictions: what makes them calibrated. */
  platt: { slope: number; offset: number };
  /** Calibrated logits of every list, out of fold. */
  logits: Float64Array[];
}

export interface ChooseOptions extends Pick<FitOptions, 'inputs' | 'seed' | 'signal'> {
  /** Most epochs of a fit. */
  epochs: number;
  /** Columns of the last block, `U ⊙ q`. */
  interestColumns: number;
  settings?: readonly HeadSettings[];
  /** Told after every fit; a turn of the event loop can be taken in it. */
  onFit?: (done: number, total: number) => Promise<void> | void;
}

/**
 * Chooses settings and the number of epochs by cross-validation over the folds of the lists: the best mean AUC out of
 * fold. Its predictions also give the Platt scale.
 */
export async function chooseSettings(lists: readonly ConversionList[], options: ChooseOptions): Promise<Choice> {
  const { epochs, inputs, interestColumns, settings = SETTINGS } = options;
  const folds = [...new Set(lists.map(({ fold }) => fold))].sort();
  let best: Choice | undefined;
  let done = 0;
  for (const setting of settings) {
    const columns = setting.interest ? inputs : inputs - interestColumns;
    // By epoch, the logits of every list out of fold.
    const logits = Array.from({ length: epochs }, () => new Array<Float64Array>(lists.length));
    for (const fold of folds) {
      const train = lists.filter((list) => list.fold !== fold);
      const onEpoch = (epoch: number, head: Tensors, scale: Scale) => {
        for (const [i, list] of lists.entries()) {
          if (list.fold === fold) logits[epoch - 1]![i] = logitsOf(head, scale, list, columns);
        }
      };
      fitHead(train, { ...options, settings: setting, columns, epochs, onEpoch });
      done += 1;
      await options.onFit?.(done, settings.length * folds.length);
    }
    for (const [at, mine] of logits.entries()) {
      const auc = userAuc(lists, mine);
      if (best && auc <= best.auc) continue;
      const platt = plattScale(joined(mine), joined(lists.map(({ bought }) => bought)));
      best = { settings: setting, epochs: at + 1, auc, platt, logits: mine };
    }
  }
  const { slope, offset } = best!.platt;
  return { ...best!, logits: best!.logits.map((one) => one.map((logit) => slope * logit + offset)) };
}

export function joined(parts: readonly ArrayLike<number>[]): Float64Array {
  const out = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
