import type { FeatureSpec } from '../model';
import type { Preset } from './presets';

/** A part of the model that an ablation takes out. */
export type Block =
  | 'familiarity'
  | 'neighbours'
  | 'text'
  | 'popularity'
  | 'prior'
  | 'network'
  | 'memories'
  | 'time-decay';

const COLUMNS: Partial<Record<FeatureSpec['kind'], Block>> = {
  familiarity: 'familiarity',
  met: 'familiarity',
  neighbours: 'neighbours',
  text: 'text',
  textMax: 'text',
  bias: 'popularity',
  prior: 'prior',
  interest: 'network',
  memory: 'memories',
};

/** The columns without those of some blocks; a product goes with either of its factors. */
export function columnsWithout(features: readonly FeatureSpec[], blocks: readonly Block[]): FeatureSpec[] {
  const place: number[] = [];
  const kept: FeatureSpec[] = [];
  for (const [column, spec] of features.entries()) {
    const block = COLUMNS[spec.kind];
    const factors = spec.kind === 'product' ? spec.of.map((factor) => place[factor]!) : [];
    place[column] = -1;
    if ((block && blocks.includes(block)) || factors.includes(-1)) continue;
    place[column] = kept.length;
    kept.push(spec.kind === 'product' ? { kind: 'product', of: [factors[0]!, factors[1]!] } : spec);
  }
  return kept;
}

/**
 * The preset with some blocks taken out: their columns; for `network` also what the gate reads of the LSTM; for `memories`
 * the long-term half of the interest; for `time-decay` the decay of the LSTM's cell (it stays 1, as in `torch.nn.LSTM`).
 */
export function withoutBlocks(preset: Preset, blocks: readonly Block[]): Preset {
  if (blocks.length === 0) return preset;
  const features = columnsWithout(preset.features, blocks);
  return {
    ...preset,
    features,
    tables: preset.tables && features.some((spec) => spec.kind === 'neighbours' || spec.kind === 'bias'),
    ...(blocks.includes('network') ? { gate: ['items', 'distinct', 'sessions', 'hasPrior'] } : {}),
    ...(blocks.includes('memories') ? { memories: { halfLives: [], stepDecays: [] } } : {}),
    ...(blocks.includes('time-decay') ? { cellDecay: false } : {}),
  };
}
