import type { FeatureSpec, GateInput } from '../model';
import type { NextItemSettingsInput } from './next-item';
import type { Preset } from './presets';

/** A part of the model that an ablation takes out. */
export type Block =
  | 'familiarity'
  | 'neighbours'
  | 'text'
  | 'words'
  | 'residual'
  | 'popularity'
  | 'prior'
  | 'network'
  | 'memories'
  | 'time-decay';

const COLUMNS: Partial<Record<FeatureSpec['kind'], Block>> = {
  familiarity: 'familiarity',
  met: 'familiarity',
  purchases: 'familiarity',
  neighbours: 'neighbours',
  text: 'text',
  bias: 'popularity',
  repeat: 'popularity',
  prior: 'prior',
  interest: 'network',
  memory: 'memories',
};

function withoutNetwork(inputs: readonly GateInput[]): GateInput[] {
  return inputs.filter((input) => input !== 'hidden' && input !== 'fused');
}

function blockOf(spec: FeatureSpec): Block | undefined {
  return spec.kind === 'text' && spec.words ? 'words' : COLUMNS[spec.kind];
}

/** The columns without those of some blocks; a product goes with either of its factors. */
export function columnsWithout(features: readonly FeatureSpec[], blocks: readonly Block[]): FeatureSpec[] {
  const place: number[] = [];
  const kept: FeatureSpec[] = [];
  for (const [column, spec] of features.entries()) {
    const block = blockOf(spec);
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
    ...(blocks.includes('network') ? { gate: withoutNetwork(preset.gate) } : {}),
    ...(blocks.includes('memories') ? { memories: { halfLives: [], stepDecays: [] } } : {}),
    ...(blocks.includes('time-decay') ? { cellDecay: false } : {}),
  };
}

/**
 * Settings of the next-item trainer with some blocks taken out. `text` goes from the items' vectors too, `residual` leaves
 * them to their text; `network` is the interest column and what the gate reads of the LSTM; `time-decay` that of its cell.
 */
export function settingsWithout(settings: NextItemSettingsInput, blocks: readonly Block[]): NextItemSettingsInput {
  if (blocks.length === 0) return settings;
  const has = (block: Block) => blocks.includes(block);
  const features = settings.features?.filter(({ kind }) => !blocks.includes(COLUMNS[kind]!));
  return {
    ...settings,
    ...(features ? { features } : {}),
    ...(has('text') ? { itemVector: 'residual' } : has('residual') ? { itemVector: 'text' } : {}),
    ...(has('network') ? { gate: withoutNetwork(settings.gate ?? []) } : {}),
    ...(has('memories') ? { memories: { halfLives: [], stepDecays: [] } } : {}),
    ...(has('time-decay') ? { timeDecay: false } : {}),
  };
}
