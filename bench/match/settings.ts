// A config of examples/pytorch as settings of `homebody train --objective next-item`.
import type { EventName } from '../../src/domain';
import type { NextItemSettingsInput } from '../../src/train';

/** What a config of examples/pytorch holds (its README tells what each means). */
export interface ReferenceConfig {
  manifest: {
    id: string;
    embedder: { id: string };
    sizes: { embedding: number; item: number; hidden: number; type: number };
    eventTypes: EventName[];
    timeDecay: boolean;
    fusion: NonNullable<NextItemSettingsInput['fusion']>;
    memories: NonNullable<NextItemSettingsInput['memories']>;
    kinds: NonNullable<NextItemSettingsInput['kinds']>;
    recent: number;
    features: NonNullable<NextItemSettingsInput['features']>;
    gate: { inputs: NonNullable<NextItemSettingsInput['gate']> };
  };
  training: {
    seed: number;
    minCount: number;
    epochs: number;
    batch: number;
    window: number;
    fill: number;
    negatives: number;
    maskSeen: boolean;
    rate: number;
    warmup: number;
    clip: number;
    ema: number;
    dropout: number;
    itemdrop: number;
    start: number[];
    popularity: number;
    neighbours?: NonNullable<NextItemSettingsInput['neighbours']>;
  };
}

/** The same training here, stopped after `stop` epochs of its plan. */
export function settingsOf({ manifest, training }: ReferenceConfig, stop: number): NextItemSettingsInput {
  const { sizes, features, gate, timeDecay, fusion, memories, kinds, recent } = manifest;
  return {
    hidden: sizes.hidden,
    item: sizes.item,
    type: sizes.type,
    timeDecay,
    fusion,
    memories,
    kinds,
    recent,
    features: features.map((feature, j) => ({ ...feature, start: training.start[j]! })),
    gate: gate.inputs,
    ...(training.neighbours ? { neighbours: training.neighbours } : {}),
    biasStart: training.popularity > 0 ? 'popularity' : 'zero',
    epochs: training.epochs,
    stop,
    patience: training.epochs,
    batch: training.batch,
    window: training.window,
    rate: training.rate,
    warmup: training.warmup,
    // There the gradient is cut in units of a share `fill` of batch · window. Adam does not see the unit.
    clip: training.clip * training.fill,
    dropout: training.dropout,
    itemDropout: training.itemdrop,
    maskSeen: training.maskSeen,
    negatives: training.negatives,
    average: training.ema,
    minItemEvents: training.minCount,
  };
}
