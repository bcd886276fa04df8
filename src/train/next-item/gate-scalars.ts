import type { GateInput, ModelManifest } from '../../model';
import { CLOCK_SIZE, encodeClock, encodeGap, GAP_SIZE, SESSION_GAP } from '../../model';
import type { UserSequence } from './sequences';

const widthOf = (input: GateInput): number => {
  if (input === 'hidden' || input === 'fused') return 0;
  if (input === 'gap') return GAP_SIZE;
  return input === 'clock' ? CLOCK_SIZE : 1;
};

/** S, the number of values that the gate reads beside `hidden` and `fused`. */
export function scalarWidth(manifest: Pick<ModelManifest, 'gate'>): number {
  return manifest.gate.inputs.reduce((sum, input) => sum + widthOf(input), 0);
}

const logDays = (from: number, to: number): number => {
  const days = (to - from) / 86_400_000;
  return days > 0 ? Math.log1p(days) : 0;
};

/**
 * Writes what {@link gateInput} of src/model gives for a reading after step p at `now`, without hidden and fused state
 * and for lists without a prior. Steps must be asked in rising order.
 */
export function gateScalars(manifest: ModelManifest, sequence: UserSequence, products: number) {
  const seen = new Set<number>();
  let done = 0;
  let sessions = 0;
  let first = Number.NaN;
  let last = Number.NaN;
  return (p: number, now: number, out: Float32Array, at: number): void => {
    for (; done <= p; done += 1) {
      const time = sequence.time[done]!;
      if (done === 0 || sequence.event[done] !== sequence.event[done - 1]) {
        if (sessions === 0 || time - last > SESSION_GAP * 1000) sessions += 1;
      }
      if (!Number.isNaN(time)) {
        if (Number.isNaN(first)) first = time;
        last = time;
      }
      if (sequence.weight[done]! !== 0) seen.add(sequence.items[done]!);
    }
    let place = at;
    for (const input of manifest.gate.inputs) {
      const width = widthOf(input);
      if (input === 'gap') encodeGap((now - last) / 1000, out, place);
      else if (input === 'clock') encodeClock(now, 0, out, place);
      else if (input === 'items') out[place] = Math.log1p(p + 1);
      else if (input === 'distinct') out[place] = Math.log1p(seen.size);
      else if (input === 'sessions') out[place] = Math.log1p(sessions);
      else if (input === 'days') out[place] = logDays(last, now);
      else if (input === 'age') out[place] = logDays(first, now);
      else if (input === 'hasPrior') out[place] = 0;
      else if (input === 'known') out[place] = seen.size / products;
      place += width;
    }
  };
}
