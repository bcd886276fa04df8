import { expect, test } from 'vitest';
import golden from '../../../test/fixtures/golden/next-item.json';
import { elapsedOf, type FeatureSpec } from '../../model';
import { Adam, Tensors } from '../parameters';
import { openBackend } from './backend';
import { planManifest } from './plan';
import type { UserSequence, Window } from './sequences';
import { type NextItemSettingsInput, parseSettings } from './settings';
import { shardGradient } from './shard';
import { itemTable, tableBackward } from './table';

const ITEMS = 12;
const E = 6;
const D = 5;
const H = 8;

/** Numerical Recipes' 32-bit generator, as in scripts/golden/lstm.py; gives numbers in [0, 1). */
function generator(seed: number) {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const tensor = (size: number, scale: number) =>
    Float32Array.from({ length: size }, () => (uniform() * 2 - 1) * scale);
  return { uniform, tensor };
}

function unpack(base64: string): Float32Array {
  return new Float32Array(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer);
}

/** One history, drawn in the script's order. */
function drawHistory(draw: ReturnType<typeof generator>, user: number, steps: number, timed: boolean): UserSequence {
  const items = Int32Array.from({ length: steps + 1 }, () => Math.floor(draw.uniform() * ITEMS));
  // purchase and view_item: the first two rows of type.weight (the settings below).
  const kinds = Uint8Array.from({ length: steps }, () => Math.floor(draw.uniform() * 2));
  const context = draw.tensor(steps * 18, 1);
  let now = 1.6e12;
  const time = Float64Array.from({ length: steps + 1 }, () => {
    now += Math.floor(draw.uniform() * 1e8);
    return timed ? now : Number.NaN;
  });
  const weight = Float64Array.from({ length: steps }, () => 0.25 + draw.uniform());
  const elapsed = Float32Array.from({ length: steps }, (_, t) =>
    elapsedOf((time[t]! - (time[t - 1] ?? Number.NaN)) / 1000),
  );
  const event = Int32Array.from({ length: steps }, (_, t) => t + 1);
  return { user, steps, items, kinds, context, elapsed, time, event, weight };
}

function normalized(rows: Float32Array, width: number): Float32Array {
  const out = rows.slice();
  for (let at = 0; at < out.length; at += width) {
    const length = Math.hypot(...rows.subarray(at, at + width));
    for (let i = at; i < at + width; i += 1) out[i] = rows[i]! / length;
  }
  return out;
}

const backends = { kernel: 'our kernel', tfjs: 'tfjs’ operations' } as const;

test.each(
  golden.cases.flatMap((one) =>
    Object.keys(backends).map((how) => [one.name, how as keyof typeof backends, one] as const),
  ),
)('loss and every gradient are PyTorch’s: %s, by %s', async (_, how, one) => {
  const draw = generator(one.seed);
  const weights = new Tensors(
    one.shapes.map(([name, shape]) => {
      const size = (shape as number[]).reduce((product, n) => product * n, 1);
      return [name as string, draw.tensor(size, 0.5)];
    }),
  );
  const e = normalized(draw.tensor(ITEMS * E, 1), E);
  const sequences = one.lengths.map((steps, user) => drawHistory(draw, user, steps, one.decay));
  const settings = parseSettings({
    hidden: H,
    item: D,
    type: 2,
    timeDecay: one.decay,
    fusion: one.fusion,
    memories: {
      halfLives: one.memories.filter(([kind]) => kind === 'halfLife').map(([, value]) => value),
      stepDecays: one.memories.filter(([kind]) => kind === 'step').map(([, value]) => value),
    },
    recent: one.recent,
    features: one.features,
    gate: one.decay ? ['hidden', 'fused', 'items'] : ['hidden'],
  } as NextItemSettingsInput);
  const manifest = planManifest({ id: 'x', dtype: 'q8', dimension: E }, settings);
  // The golden kinds 0 and 1 are these two.
  manifest.eventTypes = ['view_item_list', 'select_item'];
  expect(manifest.features).toEqual(one.features as FeatureSpec[]);
  const { kernel, ...backend } = await openBackend('wasm');
  const windows = sequences.map((sequence): Window => ({ sequence, from: 0, to: sequence.steps }));
  const B = windows.length;
  const K = one.memories.length;
  const start = one.decay
    ? undefined
    : { h: new Float32Array(B * H), c: new Float32Array(B * H), memories: new Float32Array(B * K * D) };
  start?.h.set(draw.tensor(H, 1));
  start?.c.set(draw.tensor(H, 1));
  const sample = one.sample && {
    rows: Int32Array.from(one.sample, ([row]) => row!),
    logWeight: Float32Array.from(one.sample, ([, weight]) => weight!),
  };
  const context = {
    backend: how === 'kernel' ? { ...backend, kernel } : backend,
    manifest,
    dropout: { share: 0, items: 0 },
    columns: {
      e,
      categories: { offsets: new Int32Array(ITEMS + 1), values: new Int32Array(0) },
      brands: new Int32Array(ITEMS).fill(-1),
      neighbours: [],
      folds: new Uint8Array(B),
    },
  };
  const q = await itemTable(weights, e, manifest.sizes);
  const input = {
    windows,
    maskSeen: true,
    weight: 1,
    seed: 1,
    ...(start ? { start } : {}),
    ...(sample ? { sample } : {}),
  };
  const { loss, gradient, dq } = await shardGradient(context, weights, q, input);
  const full = weights.zeros();
  for (const [name, values] of gradient.entries()) full.get(name).set(values);
  await tableBackward(weights, e, manifest.sizes, dq, full);

  expect(Math.abs(loss - one.loss)).toBeLessThan(1e-3);
  const expected = one.gradients as unknown as Record<string, string>;
  for (const name of weights.names) {
    const own = full.get(name);
    if (!expected[name]) {
      expect(Math.max(...own.map(Math.abs)), `${name} takes no part`).toBe(0);
      continue;
    }
    const theirs = unpack(expected[name]);
    const scale = Math.max(1, ...theirs.map(Math.abs));
    theirs.forEach((value, i) => {
      expect(Math.abs(own[i]! - value) / scale, `${name}[${i}]: ${own[i]} here, ${value} by PyTorch`).toBeLessThan(
        1e-4,
      );
    });
  }
});

test('Adam with the gradient’s length cut is torch.optim.Adam', () => {
  const draw = generator(golden.adam.seed);
  const weights = new Tensors([['w', draw.tensor(10, 1)]]);
  const adam = new Adam(weights.zeros(), weights.zeros());
  for (const rate of golden.adam.rates) {
    adam.update(weights, new Tensors([['w', draw.tensor(10, 1)]]), {
      clip: 1,
      beta2: 0.98,
      rate: () => rate,
      decay: () => 0,
    });
  }
  unpack(golden.adam.weights).forEach((value, i) => {
    expect(weights.get('w')[i]).toBeCloseTo(value, 5);
  });
});
