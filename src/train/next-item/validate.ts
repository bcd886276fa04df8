import { type Tensor2D, tensor, tidy } from '@tensorflow/tfjs-core';
import type { Tensors } from '../parameters';
import { packWindows } from './batch';
import { allScores, type DenseColumns } from './head';
import { readShoppers } from './network';
import { ITEM_BIAS } from './plan';
import type { UserSequence, Window } from './sequences';
import { type ShardContext, weightLeaves } from './shard';
import type { Validation } from './state';
import { Tape } from './tape';

/** Users in one pass. */
const CHUNK = 64;

/**
 * Scores of every item for each sequence's next step, in the order given: [n] each.
 * @param history steps of a history that the network replays
 */
export async function* scoreNext(
  context: ShardContext,
  weights: Tensors,
  q: Float32Array,
  sequences: readonly UserSequence[],
  history: number,
  denseOf?: (windows: readonly Window[]) => DenseColumns,
): AsyncGenerator<{ sequence: UserSequence; scores: Float32Array }> {
  const { backend, manifest } = context;
  const { item: D } = manifest.sizes;
  const n = q.length / D;
  // Alike lengths go together: a pass takes as many steps as its longest history.
  const byLength = [...sequences].sort((a, b) => a.steps - b.steps);
  for (let from = 0; from < byLength.length; from += CHUNK) {
    const windows = byLength
      .slice(from, from + CHUNK)
      .map((sequence) => ({ sequence, from: Math.max(0, sequence.steps - history), to: sequence.steps }));
    const packed = packWindows(manifest, windows, n, false);
    const scores = tidy(() => {
      const tape = new Tape();
      const { leaves } = weightLeaves(tape, manifest, weights, n);
      const table = tape.leaf(tensor(q, [n, D]) as Tensor2D);
      const { query, gate } = readShoppers(tape, backend, manifest, leaves, table, packed.batch);
      const column = manifest.features.findIndex((spec) => spec.kind === 'bias');
      const dense = denseOf?.(packed.windows);
      return allScores({
        query,
        gate,
        q: table,
        ...(column >= 0 ? { bias: { node: leaves.matrix(ITEM_BIAS), column } } : {}),
        ...(dense ? { dense } : {}),
      });
    });
    const values = (await scores.data()) as Float32Array;
    scores.dispose();
    for (const [i, { sequence }] of packed.windows.entries()) {
      yield { sequence, scores: values.subarray(i * n, (i + 1) * n) };
    }
  }
}

/** Place of the target among the items that the user has not met, 0 for the first; ties go to the lower row. */
export function rankOf(scores: Float32Array, sequence: UserSequence): number {
  const target = sequence.items[sequence.steps]!;
  const own = scores[target]!;
  const seen = new Set(sequence.items.subarray(0, sequence.steps));
  let above = 0;
  for (let i = 0; i < scores.length; i += 1) {
    if (scores[i]! < own || (scores[i] === own && i >= target) || seen.has(i)) continue;
    above += 1;
  }
  return above;
}

/** Leave-one-out: every item ranked for the step after each sequence, those already met left out. */
export async function validate(...args: Parameters<typeof scoreNext>): Promise<Validation> {
  let ndcg = 0;
  let hits = 0;
  let users = 0;
  for await (const { sequence, scores } of scoreNext(...args)) {
    const rank = rankOf(scores, sequence);
    users += 1;
    if (rank >= 10) continue;
    ndcg += 1 / Math.log2(rank + 2);
    hits += 1;
  }
  return { 'ndcg@10': ndcg / Math.max(1, users), 'hr@10': hits / Math.max(1, users), users };
}
