// What an ablation compares: the whole model, it without each part, and the five systems that it is made of.
import { type Block, type NextItemSettingsInput, SYSTEMS, type SystemName, settingsWithout } from '../../src/train';

export interface NextItemVariant {
  title: string;
  settings: NextItemSettingsInput;
}

const TITLES: Partial<Record<Block, string>> = {
  text: 'without text',
  residual: 'without residuals',
  'time-decay': 'without time decay of the cell',
  memories: 'without memories',
  familiarity: 'without familiarity',
  neighbours: 'without neighbours',
  popularity: 'without popularity',
  network: 'without the network’s columns',
};

/** Of the next-item trainer, by name. */
export function nextItemVariants(): Record<string, NextItemVariant> {
  const { settings } = SYSTEMS.whole;
  const out: Record<string, NextItemVariant> = { whole: { title: 'the whole', settings } };
  for (const [block, title] of Object.entries(TITLES)) {
    out[block] = { title, settings: settingsWithout(settings, [block as Block]) };
  }
  for (const fusion of ['weighted', 'concat'] as const) {
    out[fusion] = { title: `${fusion} fusion in place of attention`, settings: { ...settings, fusion } };
  }
  for (const name of ['s1', 's2', 's3', 's4', 's5'] satisfies SystemName[]) {
    out[name] = { title: SYSTEMS[name].title, settings: SYSTEMS[name].settings };
  }
  return out;
}

/** Of `homebody train --preset shop`: what it is told to leave out. */
export const SHOP_VARIANTS: Record<string, { title: string; without: Block[] }> = {
  whole: { title: 'the whole', without: [] },
  familiarity: { title: 'without familiarity', without: ['familiarity'] },
  neighbours: { title: 'without neighbours', without: ['neighbours'] },
  text: { title: 'without text columns', without: ['text'] },
  popularity: { title: 'without popularity bias', without: ['popularity'] },
  prior: { title: 'without the prior', without: ['prior'] },
  network: { title: 'without interest, all that reads the network', without: ['network'] },
  memories: { title: 'without memories', without: ['memories'] },
  'time-decay': { title: 'without time decay of the cell', without: ['time-decay'] },
  s1: {
    title: 'S1 as a shop’s model: interest of a plain LSTM and text',
    without: ['familiarity', 'neighbours', 'popularity', 'memories', 'time-decay'],
  },
  s2: {
    title: 'S2 as a shop’s model: interest of a plain LSTM, text and popularity',
    without: ['familiarity', 'neighbours', 'memories', 'time-decay'],
  },
  s3: {
    title: 'S3 as a shop’s model: interest, memories, popularity and counts of what was met',
    without: ['neighbours', 'text', 'time-decay'],
  },
  s4: {
    title: 'S4 as a shop’s model: interest and counts that fade with time',
    without: ['neighbours', 'text', 'popularity'],
  },
  s5: {
    title: 'S5 as a shop’s model: long-term and short-term interest, fused',
    without: ['familiarity', 'neighbours', 'text', 'time-decay'],
  },
};
