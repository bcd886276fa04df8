import { type Tensor2D, tensor, tidy } from '@tensorflow/tfjs-core';
import type { Tensors } from '../parameters';
import { type Carried, joinCarried, longestFirst, packWindows, rowOfCarried } from './batch';
import { denseColumns } from './columns';
import { allScores } from './head';
import { readShoppers } from './network';
import { ITEM_BIAS } from './plan';
import type { UserSequence, Window } from './sequences';
import { type ShardContext, weightLeaves } from './shard';
import type { Validation } from './state';
import { Tape } from './tape';

/** Users in one pass, and steps of one window. */
const CHUNK = 64;
const WINDOW = 200;

/**
 * Scores of every item for each sequence's next step, [n] each; the sequences come in an order of their own.
 * @param history steps of a history that the network replays
 */
export async function* scoreNext(
  context: ShardContext,
  weights: Tensors,
  q: Float32Array,
  sequences: readonly UserSequence[],
  history: number,
): AsyncGenerator<{ sequence: UserSequence; scores: Float32Array }> {
  const n = q.length / context.manifest.sizes.item;
  // Alike lengths go together: a pass takes as many steps as its longest history.
  const byLength = [...sequences].sort((a, b) => a.steps - b.steps);
  for (let from = 0; from < byLength.length; from += CHUNK) {
    const open = new Map(
      byLength.slice(from, from + CHUNK).map((sequence) => [sequence, firstStep(sequence, history)]),
    );
    let carried = new Map<UserSequence, Carried>();
    while (open.size > 0) {
      const windows = longestFirst(
        [...open].map(([sequence, at]) => ({ sequence, from: at, to: Math.min(sequence.steps, at + WINDOW) })),
      );
      const ended = windows.filter(({ sequence, to }) => to === sequence.steps);
      const { scores, after } = await pass(context, weights, q, windows, joinCarried(windows, carried));
      carried = new Map(windows.map(({ sequence }, b) => [sequence, rowOfCarried(after, b, windows.length)]));
      for (const { sequence, to } of windows) open.set(sequence, to);
      for (const window of ended) {
        const b = windows.indexOf(window);
        open.delete(window.sequence);
        yield { sequence: window.sequence, scores: scores.subarray(b * n, (b + 1) * n) };
      }
    }
  }
}

const firstStep = (sequence: UserSequence, history: number): number => Math.max(0, sequence.steps - history);

/** Scores [windows, n] after the last step of each window, and the state there. */
async function pass(
  context: ShardContext,
  weights: Tensors,
  q: Float32Array,
  windows: readonly Window[],
  start: Carried | undefined,
): Promise<{ scores: Float32Array; after: Carried }> {
  const { backend, manifest } = context;
  const { item: D } = manifest.sizes;
  const n = q.length / D;
  const batch = packWindows(manifest, windows, n, { readAll: false, ...(start ? { start } : {}) });
  const dense = denseColumns(backend.columns, manifest, context.columns, windows, {
    lastOnly: true,
    isTraining: false,
  });
  const out = tidy(() => {
    const tape = new Tape();
    const { leaves } = weightLeaves(tape, manifest, weights, n);
    const table = tape.leaf(tensor(q, [n, D]) as Tensor2D);
    const { query, gate, after } = readShoppers(tape, backend, manifest, leaves, table, batch);
    const column = manifest.features.findIndex((spec) => spec.kind === 'bias');
    const bias = column >= 0 ? { bias: { node: leaves.matrix(ITEM_BIAS), column } } : {};
    return { scores: allScores({ query, gate, q: table, ...bias, ...(dense ? { dense } : {}) }), ...after };
  });
  const read = async (tensor: Tensor2D) => {
    const values = (await tensor.data()) as Float32Array;
    tensor.dispose();
    return values;
  };
  const scores = await read(out.scores);
  return { scores, after: { h: await read(out.h), c: await read(out.c), memories: await read(out.memories) } };
}

/** Place of the target, 0 for the first, among all items or those that the user has not met; ties go to the lower row. */
export function rankOf(scores: Float32Array, sequence: UserSequence, ranksSeen: boolean): number {
  const target = sequence.items[sequence.steps]!;
  const own = scores[target]!;
  const seen = new Set(ranksSeen ? [] : sequence.items.subarray(0, sequence.steps));
  let above = 0;
  for (let i = 0; i < scores.length; i += 1) {
    if (scores[i]! < own || (scores[i] === own && i >= target) || seen.has(i)) continue;
    above += 1;
  }
  return above;
}

/** Every item ranked for the step after each sequence; those already met left out unless `ranksSeen`. By user, 0 for the first. */
export async function ranksOf(ranksSeen: boolean, ...args: Parameters<typeof scoreNext>): Promise<Map<number, number>> {
  const ranks = new Map<number, number>();
  for await (const { sequence, scores } of scoreNext(...args)) {
    ranks.set(sequence.user, rankOf(scores, sequence, ranksSeen));
  }
  return ranks;
}

/** NDCG@10 of one relevant item at a rank. */
export const gainOf = (rank: number): number => (rank < 10 ? 1 / Math.log2(rank + 2) : 0);

/** Means over users. */
export function validate(ranks: ReadonlyMap<number, number>): Validation {
  let ndcg = 0;
  let hits = 0;
  for (const rank of ranks.values()) {
    ndcg += gainOf(rank);
    if (rank < 10) hits += 1;
  }
  const users = ranks.size;
  return { 'ndcg@10': ndcg / Math.max(1, users), 'hr@10': hits / Math.max(1, users), users };
}
